import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const FILE = 'sbom.cdx.json';

/** Licences of packages that name theirs in a way of former times, which the lock file does not keep. */
export const UNNAMED_LICENCES: Readonly<Record<string, string>> = {
  busboy: 'MIT',
  'passport-strategy': 'MIT',
  pause: 'MIT',
  streamsearch: 'MIT',
};

export interface Component {
  readonly 'bom-ref': string;
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly { license?: { id?: string; name?: string }; expression?: string }[];
  readonly hashes?: readonly { alg: string; content: string }[];
  readonly properties?: unknown;
  readonly externalReferences?: unknown;
}

export interface Sbom {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly serialNumber: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Component; readonly lifecycles: unknown };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

interface Lock {
  readonly name: string;
  readonly packages: Readonly<Record<string, { version: string; dev?: true; link?: true }>>;
}

/** All that the lock file installs, as npm lists it. */
function listed(): Sbom {
  const options = ['--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];
  const include = ['dev', 'optional', 'peer'].map((kind) => `--include=${kind}`);
  const { status, stdout, stderr } = spawnSync('npm', ['sbom', ...options, ...include], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`);
  return JSON.parse(stdout) as Sbom;
}

/** What goes into production, as `name@version` of every copy. */
function shipped({ packages }: Lock): Set<string> {
  const entries = Object.entries(packages).filter(
    ([path, { dev, link }]) => path.includes('node_modules/') && !dev && !link,
  );
  return new Set(entries.map(([path, { version }]) => `${path.replace(/^.*node_modules\//, '')}@${version}`));
}

/**
 * The bill of materials of production, the same for the same lock file. npm's own `--omit dev` leaves out what both
 * production and development need (ws and zod among them), so everything is listed and the lock file decides.
 */
export function productionSbom(): Sbom {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
  const { metadata, ...bom } = listed();
  const kept = shipped(lock);
  const listedOnce = new Map(bom.components.map((component) => [component['bom-ref'], component]));
  const components = [...listedOnce.values()]
    .filter(({ name, version }) => kept.has(`${name}@${version}`))
    .map(plain)
    .sort((one, other) => (one['bom-ref'] < other['bom-ref'] ? -1 : 1));
  const { timestamp: _, ...lasting } = metadata;
  const root = metadata.component['bom-ref'];
  const refs = new Set([root, ...components.map((component) => component['bom-ref'])]);
  return {
    ...bom,
    serialNumber: serialOf(components),
    // npm calls the project by the folder it lies in.
    metadata: { ...lasting, component: { ...metadata.component, name: lock.name } },
    components,
    dependencies: [...refs].map((ref) => ({ ref, dependsOn: needsOf(ref, bom).filter((other) => refs.has(other)) })),
  };
}

/** What a package needs, all its copies together. */
function needsOf(wanted: string, { dependencies }: Pick<Sbom, 'dependencies'>): string[] {
  const copies = dependencies.filter(({ ref }) => ref === wanted);
  return [...new Set(copies.flatMap(({ dependsOn }) => dependsOn))].sort();
}

/** Without what npm says differently from version to version, and with the licence. */
function plain(component: Component): Component {
  const { properties: _properties, externalReferences: _references, ...lasting } = component;
  const id = UNNAMED_LICENCES[component.name];
  return lasting.licenses || !id ? lasting : { ...lasting, licenses: [{ license: { id } }] };
}

/** A UUID (version 8) that the contents decide. */
function serialOf(components: readonly Component[]): string {
  const hex = createHash('sha256').update(JSON.stringify(components)).digest('hex');
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const bom = productionSbom();
  writeFileSync(FILE, `${JSON.stringify(bom, null, 2)}\n`);
  console.log(`${FILE}: ${bom.components.length} components`);
}
