import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow } from '../support/source.js';

const own = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', 'client/README.md', 'console/README.md'];
const pages = [...own, ...filesBelow('docs')].filter((path) => path.endsWith('.md') && existsSync(path));

/** The text of a page without what stands in code, where brackets mean something else. */
function prose(path: string): string {
  return readFileSync(path, 'utf8')
    .replace(/^(```+)[^]*?^\1/gm, '')
    .replace(/`[^`\n]*`/g, (code) => code.replace(/[[\]()]/g, ''));
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchors(path: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = [...prose(path).matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading]) => {
    const text = heading!.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = text.replace(/[^\p{L}\p{N}\p{M} _-]/gu, '').replaceAll(' ', '-');
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    return before === 0 ? slug : `${slug}-${before}`;
  });
  const named = [...prose(path).matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name]) => name!);
  return new Set([...headings, ...named]);
}

function linksOf(path: string): string[] {
  const text = prose(path);
  const inline = [...text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)];
  const defined = [...text.matchAll(/^\[[^\]]+\]:\s*<?(\S+?)>?\s*$/gm)];
  return [...inline, ...defined].map(([, target]) => target!);
}

function isDead(path: string, target: string): boolean {
  if (/^(https|mailto):/.test(target)) return false;
  if (target.startsWith('http:')) return !/^http:\/\/localhost[:/]/.test(target);
  const [file, anchor] = target.split('#') as [string, string?];
  const page = file === '' ? path : join(dirname(path), file);
  if (!existsSync(page)) return true;
  return anchor !== undefined && page.endsWith('.md') && !anchors(page).has(anchor);
}

describe.each(pages)('%s', (page) => {
  it('links to files and headings that exist', () => {
    expect(linksOf(page).filter((target) => isDead(page, target))).toEqual([]);
  });

  it('names tests that exist', () => {
    const named = readFileSync(page, 'utf8').match(/\btest\/[\w/-]+\.spec\.ts/g) ?? [];
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe('the check of links', () => {
  it.each(['nowhere.md', '#no-such-heading', 'docs/guide.en.md#no-such-heading', 'http://example.com/'])(
    'finds %s',
    (target) => expect(isDead('README.md', target)).toBe(true),
  );

  it('sees the links of the guide', () => {
    expect(linksOf('docs/guide.en.md')).toEqual(
      expect.arrayContaining(['guide.id.md', 'lifecycle.md', '#coming-back']),
    );
  });
});
