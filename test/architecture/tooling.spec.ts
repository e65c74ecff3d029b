import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it, onTestFinished } from 'vitest';
import { filesBelow, syntaxBelow } from '../support/source.js';

const crookedFile = `
export default function crooked(a: string, b: string, c: string, d: string, e: string, f: string): string {
  console.log(process.env.HOME);
  const [first] = [a, b, c, d, e, f];
${'  void first;\n'.repeat(40)}
  return first!;
}
`;

/** The rules that complain about the crooked file when it lies in this folder of a house with our linter. */
function complaints(folder: string): string[] {
  const root = mkdtempSync(join(tmpdir(), 'hadir-lint-'));
  onTestFinished(() => rmSync(root, { recursive: true }));
  cpSync('.oxlintrc.json', join(root, '.oxlintrc.json'));
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, folder, 'crooked.ts'), crookedFile);
  const linter = resolve('node_modules/oxlint/bin/oxlint');
  const { stdout, stderr } = spawnSync(process.execPath, [linter, '--format', 'json'], { cwd: root, encoding: 'utf8' });
  if (!stdout.startsWith('{')) throw new Error(stdout + stderr);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string }[] };
  return [...new Set(diagnostics.map(({ code }) => /\((.+)\)/.exec(code)?.[1] ?? code))].sort();
}

const strict = [
  'max-lines-per-function',
  'max-params',
  'no-console',
  'no-default-export',
  'no-non-null-assertion',
  'no-process-env',
];

describe('the linter', () => {
  it.each(['src', 'src/realtime', 'src/realtime/checks', 'client/src', 'console/src'])('is strict in %s', (folder) => {
    expect(complaints(folder)).toEqual(strict);
  });

  it('lets tests print, assert and be long', () => {
    expect(complaints('test/unit')).toEqual([]);
  });
});

const syntax = [...syntaxBelow('src'), ...syntaxBelow('client/src'), ...syntaxBelow('console/src')];

/** The signature was chosen by somebody else. */
function isOverride(node: ts.MethodDeclaration): boolean {
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Override) !== 0;
}

describe('the source', () => {
  it('takes at most four parameters per function and five dependencies per constructor', () => {
    const crowded = syntax.filter(({ node }) => {
      if (ts.isConstructorDeclaration(node)) return node.parameters.length > 5;
      if (ts.isMethodDeclaration(node) && isOverride(node)) return false;
      return ts.isFunctionLike(node) && node.parameters.length > 4;
    });
    expect(crowded.map(({ at }) => at)).toEqual([]);
  });

  it('has no port of more than six methods', () => {
    const isAbstract = (member: ts.ClassElement) =>
      ts.isMethodDeclaration(member) && ts.getCombinedModifierFlags(member) & ts.ModifierFlags.Abstract;
    const wide = syntax.filter(({ node }) => ts.isClassDeclaration(node) && node.members.filter(isAbstract).length > 6);
    expect(wide.map(({ at }) => at)).toEqual([]);
  });

  it('reads the process environment in config/env.ts only', () => {
    const readers = syntax.filter(
      ({ node }) => ts.isPropertyAccessExpression(node) && node.getText() === 'process.env',
    );
    expect([...new Set(readers.map(({ at }) => at.replace(/:\d+$/, '')))]).toEqual(['src/config/env.ts']);
  });

  it('names things for what they are', () => {
    const vague = syntax.filter(({ node }) => {
      if (ts.isInterfaceDeclaration(node) && /^I[A-Z][a-z]/.test(node.name.text)) return true;
      return ts.isClassDeclaration(node) && /(Impl|Manager|Helper|Utils?)$/.test(node.name?.text ?? '');
    });
    expect(vague.map(({ at }) => at)).toEqual([]);
  });

  it('stays flat, without folders that are named for a kind of file', () => {
    const files = filesBelow('src');
    expect(files.filter((path) => /\/(dto|dtos|interfaces|types|utils|helpers|entities)\//.test(path))).toEqual([]);
    expect(files.filter((path) => path.split('/').length > 4)).toEqual([]);
  });
});
