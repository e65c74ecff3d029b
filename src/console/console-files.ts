import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Problem } from '../common/problem.js';
import { ServerSettings } from '../config/settings.js';

/** One file of the page. */
export interface ConsoleFile {
  readonly content: Buffer;
  readonly type: string;
  /** Of the content, quoted as in a header. */
  readonly etag: string;
}

/** Where the build puts the page: beside this file once it is built. */
const FOLDER = join(import.meta.dirname, 'page');
const TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};
/** No slash and no dot at the start: nothing outside the folder has such a name. */
const NAME = /^[\w-][\w.-]*$/;
/** Whether this is production, as the page is told. */
const MARK = 'data-admins-only="false"';

/** The built page. Files are read once; a build that lies nowhere is looked for again at each request. */
@Injectable()
export class ConsoleFiles {
  private readonly known = new Map<string, ConsoleFile>();

  constructor(private readonly settings: ServerSettings) {}

  shell(): Promise<ConsoleFile> {
    return this.find('index.html');
  }

  /** @throws Problem not_found */
  async asset(name: string): Promise<ConsoleFile> {
    if (!NAME.test(name)) throw new Problem('not_found');
    return this.find(join('assets', name));
  }

  private async find(path: string): Promise<ConsoleFile> {
    const known = this.known.get(path);
    if (known) return known;
    const type = TYPES[extname(path)];
    if (!type) throw new Problem('not_found');
    const raw = await readFile(join(FOLDER, path)).catch(asNotFound);
    const content = path === 'index.html' ? this.forEnvironment(raw) : raw;
    const file = { content, type, etag: `"${createHash('sha256').update(content).digest('base64url')}"` };
    this.known.set(path, file);
    return file;
  }

  private forEnvironment(shell: Buffer): Buffer {
    if (this.settings.environment !== 'production') return shell;
    return Buffer.from(shell.toString().replace(MARK, MARK.replace('false', 'true')));
  }
}

/** A file that is not there is no failure of ours. @throws Problem not_found, or the error as it is */
function asNotFound(error: unknown): never {
  throw error instanceof Error && 'code' in error && error.code === 'ENOENT' ? new Problem('not_found') : error;
}
