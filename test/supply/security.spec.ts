import { readFileSync } from 'node:fs';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { handshakeChecks } from '../../src/docs/handshake-table.js';
import { syntaxBelow } from '../support/source.js';

const page = readFileSync('SECURITY.md', 'utf8');

/** The part of the page under a heading. */
function section(heading: string): string {
  const [, text] = page.split(`\n## ${heading}\n`);
  if (text === undefined) throw new Error(`SECURITY.md has no ${heading}`);
  return text.split('\n## ')[0]!;
}

/** The cells of every row of the first table in a text, without its head. */
function table(text: string): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith('|'));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

const namesIn = (text: string) => [...text.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name!);

/** The events that the source records; two of them begin with what they are recorded for. */
function recorded(): string[] {
  const events = [...syntaxBelow('src')].flatMap(({ node }): string[] => {
    if (!ts.isCallExpression(node) || !/(log|security|SecurityLog\))\.record$/.test(node.expression.getText()))
      return [];
    const [event] = node.arguments;
    if (event && ts.isStringLiteral(event)) return [event.text];
    expect(event?.getText()).toBe('`${occasion}_${ending}`');
    return ['login', 'password_check'].flatMap((occasion) =>
      ['ok', 'limited', 'failed'].map((end) => `${occasion}_${end}`),
    );
  });
  return [...new Set(events)].sort();
}

describe('SECURITY.md', () => {
  it('explains the checks of the handshake in their order, each with what it refuses', () => {
    const rows = table(section('What each check of the handshake is for'));
    expect(rows.map(([number]) => number)).toEqual(handshakeChecks.map((_, index) => String(index + 1)));
    expect(rows.map(([, , refusals]) => namesIn(refusals!).sort())).toEqual(
      handshakeChecks.map(([, refusals]) => [...refusals].sort()),
    );
    for (const [, , , reason] of rows) expect(reason!.length).toBeGreaterThan(40);
  });

  it('lists every security event there is', () => {
    const [, list = ''] = section('What is logged').split('Security events:');
    expect(namesIn(list)).toEqual(recorded());
  });

  it('has a class for everything worth protecting, and says what each class means', () => {
    const text = section('What is worth protecting');
    const classes = table(text.slice(text.indexOf('What a class means'))).map(([name]) => name!);
    expect(classes).toEqual(['secret', 'private', 'shown']);
    const data = table(text).filter(([asset]) => asset !== 'that it answers at all');
    expect(data.length).toBeGreaterThan(7);
    expect(data.filter(([, level]) => !classes.some((name) => level!.startsWith(name)))).toEqual([]);
  });

  it('promises a time for every severity, the shortest for the worst', () => {
    const hours = { hours: 1, days: 24 } as const;
    const frames = table(section('Reporting a weakness')).map(([severity = '', time = '']) => {
      const [count = '', unit = ''] = time.split(' ');
      return [severity.split(' ')[0], Number(count) * hours[unit as keyof typeof hours]];
    });
    expect(frames).toEqual([
      ['critical', 72],
      ['high', 168],
      ['others', 720],
    ]);
  });

  it.each(['README.md', 'CONTRIBUTING.md'])('is named in %s', (path) => {
    expect(readFileSync(path, 'utf8')).toContain('](SECURITY.md)');
  });
});
