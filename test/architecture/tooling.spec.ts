import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it, onTestFinished } from 'vitest';
import { filesBelow, syntaxBelow } from '../support/source.js';

interface Lock {
  packages: Record<
    string,
    { version: string; resolved?: string; link?: true; optionalDependencies?: Record<string, string> }
  >;
}

const lockText = readFileSync('package-lock.json', 'utf8');
const { packages } = JSON.parse(lockText) as Lock;

/** Every installed version of a package, wherever it lies in the tree. */
function versionsOf(name: string): string[] {
  return Object.entries(packages)
    .filter(([path]) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`))
    .map(([, { version }]) => version);
}

function isBelow(version: string, floor: string): boolean {
  return version.localeCompare(floor, 'en', { numeric: true }) < 0;
}

/** Below these versions a package has a published weakness, or lacks what we rely on. */
const floors = {
  ws: '8.23.0',
  express: '5.2.0',
  'body-parser': '2.2.1',
  multer: '2.0.2',
  qs: '6.14.1',
  'path-to-regexp': '8.2.0',
  jsonwebtoken: '9.0.2',
  jws: '3.2.3',
  mysql2: '3.9.8',
  validator: '13.15.22',
};

describe('the lock file', () => {
  it('installs one copy of ws', () => {
    expect(versionsOf('ws')).toHaveLength(1);
  });

  it.each(Object.entries(floors))('installs no %s below %s', (name, floor) => {
    expect(versionsOf(name).filter((version) => isBelow(version, floor))).toEqual([]);
  });

  it('names no download addresses, so that every registry serves', () => {
    const named = Object.values(packages).filter(({ resolved, link }) => resolved && !link);
    expect(named).toEqual([]);
    expect(lockText).not.toMatch(/"resolved": "[^"]*:/);
  });

  it('knows every optional dependency, so that `npm ci` works on every platform', () => {
    const known = new Set(Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, '')));
    const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies),
    );
    expect(wanted.filter((name) => !known.has(name))).toEqual([]);
  });

  it('was written for the manifest that lies beside it', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, unknown>;
    const root = packages[''] as unknown as Record<string, unknown>;
    for (const part of ['dependencies', 'devDependencies', 'engines']) expect(root[part]).toEqual(manifest[part]);
  });
});

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
  it.each(['src', 'src/realtime', 'src/realtime/checks', 'client/src'])('is strict in %s', (folder) => {
    expect(complaints(folder)).toEqual(strict);
  });

  it('lets tests print, assert and be long', () => {
    expect(complaints('test/unit')).toEqual([]);
  });
});

const syntax = [...syntaxBelow('src'), ...syntaxBelow('client/src')];

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
