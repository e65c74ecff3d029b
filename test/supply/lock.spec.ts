import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UNNAMED_LICENCES } from '../../scripts/sbom.js';
import { copies, foreign, isBelow, lockedRoot, lockText, production } from './lock.js';

interface Floor {
  readonly package: string;
  readonly floor: string;
  readonly advisories: readonly string[];
  readonly reason: string;
}

const floors = JSON.parse(readFileSync('test/supply/floors.json', 'utf8')) as Floor[];
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Record<string, Record<string, unknown>>;

/** A package may run a script when it is installed, or is known to want to and is not let. */
const INSTALL_SCRIPTS = { '@scarf/scarf': false, 'better-sqlite3': true, esbuild: true };

/** Licences that ask for no more than their own text to go with the code. */
const ALLOWED_LICENCES = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Python-2.0',
]);

/** `A`, or `(A OR B)`, of which one is enough. */
function isAllowed(licence: string): boolean {
  return licence
    .replace(/^\((.*)\)$/, '$1')
    .split(' OR ')
    .some((name) => ALLOWED_LICENCES.has(name));
}

function versionsOf(name: string): string[] {
  return copies.filter((copy) => copy.name === name).map(({ version }) => version);
}

describe('the floor of versions', () => {
  it.each(floors)('leaves no $package below $floor: $reason', ({ package: name, floor }) => {
    const versions = versionsOf(name);
    expect(versions, 'a floor without a package is to be taken out').not.toEqual([]);
    expect(versions.filter((version) => isBelow(version, floor))).toEqual([]);
  });

  it('names each package once, with a reason and advisories by their number', () => {
    const names = floors.map(({ package: name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    for (const { reason, advisories } of floors) {
      expect(reason.length).toBeGreaterThan(20);
      for (const id of advisories) expect(id).toMatch(/^(CVE-20\d\d-\d{4,}|GHSA(-[0-9a-z]{4}){3})$/);
    }
  });

  it('covers what takes bytes from strangers', () => {
    const names = floors.map(({ package: name }) => name);
    expect(names).toEqual(expect.arrayContaining(['ws', 'express', 'body-parser', 'qs', 'jsonwebtoken', 'mysql2']));
  });

  it.each([
    ['8.22.0', '8.23.0', true],
    ['8.9.0', '8.23.0', true],
    ['8.23.0', '8.23.0', false],
    ['8.23.1', '8.23.0', false],
    ['9.0.0', '8.23.0', false],
    ['8.23.0-beta.1', '8.23.0', true],
    ['8.24.0-beta.1', '8.23.0', false],
    ['8.23.0+build', '8.23.0', false],
  ])('takes %s against %s for below: %s', (version, floor, below) => {
    expect(isBelow(version, floor)).toBe(below);
  });
});

describe('the lock file', () => {
  it('installs one copy of ws', () => {
    expect(versionsOf('ws')).toHaveLength(1);
  });

  it('names no download addresses, so that every registry serves', () => {
    expect(foreign.filter(({ resolved }) => resolved)).toEqual([]);
    expect(lockText).not.toMatch(/"resolved": "[^"]*:/);
  });

  it('knows each package by the hash of its contents', () => {
    expect(foreign.filter(({ integrity }) => !integrity?.startsWith('sha512-')).map(({ path }) => path)).toEqual([]);
  });

  it('has no package with an install script but those that are named', () => {
    const withScript = new Set(foreign.filter(({ hasInstallScript }) => hasInstallScript).map(({ name }) => name));
    expect([...withScript].sort()).toEqual(Object.keys(INSTALL_SCRIPTS).sort());
    expect(manifest.allowScripts).toEqual(INSTALL_SCRIPTS);
  });

  it('tells nobody that it was installed, where npm knows no list of scripts', () => {
    expect(manifest.scarfSettings).toEqual({ enabled: false });
  });

  it('brings nothing into production whose licence asks for more than its text', () => {
    const licences = production.map(({ name, license }) => ({
      name,
      licence: license ?? UNNAMED_LICENCES[name] ?? '',
    }));
    expect(licences.length).toBeGreaterThan(100);
    expect(licences.filter(({ licence }) => !isAllowed(licence))).toEqual([]);
  });

  it('is silent about no licence but those that were looked up', () => {
    const silent = production.filter(({ license }) => license === undefined).map(({ name }) => name);
    expect(silent.sort()).toEqual(Object.keys(UNNAMED_LICENCES).sort());
  });

  it('knows every optional dependency, so that `npm ci` works on every platform', () => {
    const known = new Set(copies.map(({ name }) => name));
    const wanted = copies.flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
    expect(wanted.filter((name) => !known.has(name))).toEqual([]);
  });

  it('was written for the manifest that lies beside it', () => {
    for (const part of ['dependencies', 'devDependencies', 'engines']) expect(lockedRoot[part]).toEqual(manifest[part]);
  });
});

describe('the manifest', () => {
  it('takes packages from the registry only', () => {
    const wanted = { ...manifest.dependencies, ...manifest.devDependencies };
    const odd = Object.entries(wanted).filter(([, range]) => !/^(npm:[\w@/-]+@)?[~^]?\d+(\.\d+)*$/.test(String(range)));
    expect(odd).toEqual([]);
  });
});
