import { readFileSync } from 'node:fs';

/** What package-lock.json says of one copy of a package. */
interface LockedPackage {
  readonly version: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: true;
  /** Only development needs it. */
  readonly dev?: true;
  readonly license?: string;
  readonly hasInstallScript?: true;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export const lockText = readFileSync('package-lock.json', 'utf8');

const { packages } = JSON.parse(lockText) as { packages: Readonly<Record<string, LockedPackage>> };

/** What the lock file says of the manifest that lies beside it. */
export const lockedRoot = packages[''] as unknown as Readonly<Record<string, unknown>>;

/** Every copy of every package, wherever it lies in the tree, by the name it is installed under. */
export const copies = Object.entries(packages)
  .filter(([path]) => path.includes('node_modules/'))
  .map(([path, locked]) => ({ ...locked, name: path.replace(/^.*node_modules\//, ''), path }));

/** What comes from a registry: everything but the workspaces. */
export const foreign = copies.filter(({ link }) => !link);

/** What `npm ci --omit=dev` installs. */
export const production = foreign.filter(({ dev }) => !dev);

/** Whether a version is older than another; what leads up to a release is older than it. */
export function isBelow(version: string, floor: string): boolean {
  const [[mine, before], [its]] = [split(version), split(floor)];
  for (const [index, part] of its.entries()) {
    const own = mine[index] ?? 0;
    if (own !== part) return own < part;
  }
  return before !== undefined;
}

function split(version: string): [release: number[], before: string | undefined] {
  const [release = '', before] = version.split('+', 1)[0]!.split(/-(.*)/, 2);
  return [release.split('.').map(Number), before];
}
