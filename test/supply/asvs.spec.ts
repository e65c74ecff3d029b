import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** What version 5.0.0 of the standard has at levels 1 and 2, chapter by chapter. */
const CHAPTERS = [27, 11, 19, 10, 9, 35, 18, 7, 7, 29, 14, 9, 13, 9, 13, 16, 7];
const LEVEL_1 = 70;
const LEVEL_2 = 183;
const STATUSES = ['met', 'not applicable', 'open'];

const page = readFileSync('docs/asvs.md', 'utf8');

interface Row {
  readonly id: string;
  readonly level: string;
  readonly requirement: string;
  readonly status: string;
  readonly by: string;
}

const rows = page.split('\n').flatMap((line): Row[] => {
  const [id = '', level = '', requirement = '', status = '', by = ''] = line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
  return /^\d+\.\d+\.\d+$/.test(id) ? [{ id, level, requirement, status, by }] : [];
});

const testsIn = (text: string) => [...text.matchAll(/test\/[\w/-]+\.spec\.ts/g)].map(([path]) => path);
const count = (level: string, status: string) =>
  rows.filter((row) => row.level === level && row.status === status).length;

describe('docs/asvs.md', () => {
  it('has every requirement of levels 1 and 2 once', () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    const perChapter = CHAPTERS.map((_, index) => rows.filter(({ id }) => id.startsWith(`${index + 1}.`)).length);
    expect(perChapter).toEqual(CHAPTERS);
    expect(rows.filter(({ level }) => level === '1')).toHaveLength(LEVEL_1);
    expect(rows.filter(({ level }) => level === '2')).toHaveLength(LEVEL_2);
  });

  it('keeps them in order, under their chapters', () => {
    const chapters = page.split(/^## V(\d+) /m).slice(1);
    for (let index = 0; index < chapters.length; index += 2) {
      const ids = [...chapters[index + 1]!.matchAll(/^\| (\d+\.\d+\.\d+) /gm)].map(([, id]) => id!);
      expect(ids.filter((id) => !id.startsWith(`${chapters[index]}.`))).toEqual([]);
      expect(ids).toEqual([...ids].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })));
    }
  });

  it('says of each what it asks, how it stands and why', () => {
    for (const { id, requirement, status, by } of rows) {
      expect(STATUSES, id).toContain(status);
      expect(requirement.length, id).toBeGreaterThan(5);
      expect(by.length, id).toBeGreaterThan(5);
    }
  });

  it('names tests that exist', () => {
    const named = new Set(testsIn(page));
    expect(named.size).toBeGreaterThan(50);
    expect([...named].filter((path) => !existsSync(path))).toEqual([]);
  });

  it('leaves what is met without a test to few rows', () => {
    const untested = rows.filter(({ status, by }) => status === 'met' && testsIn(by).length === 0).map(({ id }) => id);
    expect(untested).toEqual(['8.1.1', '11.2.1', '15.1.3']);
  });

  it.each(['1', '2'])('counts level %s right', (level) => {
    const counts = STATUSES.map((status) => count(level, status));
    const all = rows.filter((row) => row.level === level).length;
    const cells = page.split('\n').map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
    const shown = cells.filter(([first, ...more]) => first === level && more.every((cell) => /^\d+$/.test(cell)));
    expect(shown).toEqual([[level, ...counts, all].map(String)]);
  });
});
