import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { productionSbom, type Sbom } from '../../scripts/sbom.js';
import { copies, production } from './lock.js';

/** All texts in a value. */
function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(texts) : [];
}

describe('the bill of materials', () => {
  let bom: Sbom;

  beforeAll(() => {
    bom = productionSbom();
  });

  it('is CycloneDX, of this version of Hadir', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: expect.stringMatching(/^1\.\d$/) as string });
    expect(bom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(bom.metadata.component).toMatchObject({ type: 'application', name: 'hadir', version });
  });

  it('has every package of production, and no other', () => {
    const listed = new Set(bom.components.map(({ name, version }) => `${name}@${version}`));
    expect([...listed].sort()).toEqual(
      [...new Set(production.map(({ name, version }) => `${name}@${version}`))].sort(),
    );
    expect(listed.size).toBe(bom.components.length);
  });

  it('has what development needs too, which npm would leave out', () => {
    expect(bom.components.map(({ name }) => name)).toEqual(expect.arrayContaining(['ws', 'zod', 'rxjs']));
  });

  it('says of each package where it comes from, by which hash and under which licence', () => {
    for (const { name, purl, hashes, licenses } of bom.components) {
      expect(purl, name).toMatch(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d/);
      expect(
        hashes?.map(({ alg }) => alg),
        name,
      ).toEqual(['SHA-512']);
      expect(licenses, name).not.toHaveLength(0);
      expect(licenses, name).toBeDefined();
    }
  });

  it('says who needs whom, and names nobody who is not in it', () => {
    const refs = new Set([bom.metadata.component, ...bom.components].map((component) => component['bom-ref']));
    expect(bom.dependencies.map(({ ref }) => ref).sort()).toEqual([...refs].sort());
    expect(bom.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref))).toEqual([]);
    const root = bom.dependencies.find(({ ref }) => ref === bom.metadata.component['bom-ref']);
    const direct = copies.find(({ name }) => name === 'ws');
    expect(root?.dependsOn).toContain(`ws@${direct?.version}`);
  });

  it('knows nothing of the machine or the registry it was made with', () => {
    const folder = resolve('.');
    const said = texts(bom);
    expect(said.filter((text) => text.includes(folder))).toEqual([]);
    expect(said.filter((text) => /^(file:|\/|[A-Za-z]:\\)|localhost|127\.0\.0\.1/.test(text))).toEqual([]);
    expect(said.filter((text) => text.includes('://') && !text.startsWith('http://cyclonedx.org/schema/'))).toEqual([]);
  });

  it('is the same for the same lock file', () => {
    expect(productionSbom()).toEqual(bom);
  });
});
