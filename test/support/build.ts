import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const MAIN = 'dist/main.js';
const INPUTS = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
const FOLDERS = ['src', 'console', 'client/src'];

/** Builds the server once before the specs that run it as a process, unless the build is newer than its sources. */
export default function build(): void {
  if (existsSync(MAIN) && newest([...INPUTS, ...sources()]) < statSync(MAIN).mtimeMs) return;
  const { status, stdout, stderr } = spawnSync('npm', ['run', 'build'], { encoding: 'utf8', shell: false });
  if (status !== 0) throw new Error(`The server does not build.\n${stdout}${stderr}`);
}

function sources(): string[] {
  return FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path)),
  );
}

function newest(files: string[]): number {
  return Math.max(...files.map((file) => statSync(file).mtimeMs));
}
