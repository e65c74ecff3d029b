import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { syntaxBelow } from '../support/source.js';

const fileOf = (at: string) => at.replace(/:\d+$/, '');

const syntax = [...syntaxBelow('src'), ...syntaxBelow('client/src')];

/** The files that import one of these modules for more than its types. */
function importersOf(...modules: string[]): string[] {
  const importers = syntax.filter(
    ({ node }) =>
      ts.isImportDeclaration(node) &&
      !node.importClause?.isTypeOnly &&
      modules.includes((node.moduleSpecifier as ts.StringLiteral).text.replace(/^node:/, '')),
  );
  return [...new Set(importers.map(({ at }) => fileOf(at)))].sort();
}

/** The files that call, make or name one of these. */
function usersOf(...names: string[]): string[] {
  const users = syntax.filter(
    ({ node }) =>
      (ts.isCallExpression(node) || ts.isNewExpression(node) ? names.includes(node.expression.getText()) : false) ||
      (ts.isPropertyAccessExpression(node) && names.includes(node.getText())),
  );
  return [...new Set(users.map(({ at }) => fileOf(at)))].sort();
}

describe('What is shipped', () => {
  it('runs no other program', () => {
    expect(importersOf('child_process', 'cluster', 'worker_threads')).toEqual([]);
  });

  it('takes no text for code or for a pattern', () => {
    expect(importersOf('vm', 'repl', 'inspector')).toEqual([]);
    expect(usersOf('eval', 'Function', 'RegExp')).toEqual([]);
  });

  it('calls nobody but the database and Redis; the doctor looks at the address it is given', () => {
    expect(importersOf('http', 'https', 'http2', 'tls', 'dgram', 'dns')).toEqual([
      'src/app.server.ts',
      'src/cli/doctor-running.ts',
      'src/realtime/refuse.ts',
    ]);
    expect(usersOf('fetch', 'XMLHttpRequest', 'EventSource').filter((path) => path.startsWith('src/'))).toEqual([]);
  });

  it('reads and writes no files but those of its settings', () => {
    expect(importersOf('fs', 'fs/promises')).toEqual([
      // The copy that `hadir backup` makes.
      'src/cli/backup.ts',
      'src/cli/doctor-database.ts',
      'src/cli/doctor-files.ts',
      'src/cli/rotate-secret.ts',
      'src/config/development-secret.ts',
      'src/config/env.ts',
      'src/console/console-files.ts',
    ]);
  });

  it('leaves to plain chance only when somebody comes back', () => {
    expect(usersOf('Math.random').filter((path) => path.startsWith('src/'))).toEqual([
      'src/realtime/drain.ts',
      'src/redis/link.ts',
    ]);
  });

  it('hashes with SHA-256; Redis alone calls its scripts by SHA-1', () => {
    const weak = syntax.filter(({ node }) => ts.isStringLiteral(node) && /^(md[45]|sha-?1|rmd160)$/i.test(node.text));
    expect(weak.map(({ at }) => fileOf(at))).toEqual(['src/redis/script.ts']);
  });

  it('keeps nothing in the storage of a browser', () => {
    const storage = /^(localStorage|sessionStorage|indexedDB|cookieStore|cookie)$/;
    const uses = syntax.filter(
      ({ node, at }) => at.startsWith('client/') && ts.isIdentifier(node) && storage.test(node.text),
    );
    expect(uses).toEqual([]);
  });
});
