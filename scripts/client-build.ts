import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions } from 'esbuild';

const DIST = 'client/dist';
/** The most the minified client may take on the wire, in bytes. */
export const SIZE_LIMIT = 6000;

const bundle = {
  entryPoints: ['client/src/index.ts'],
  bundle: true,
  target: 'es2022',
  platform: 'neutral',
} satisfies BuildOptions;

/** The client as a page would load it. @returns its size in bytes, minified and gzipped */
export async function clientSize(): Promise<number> {
  const { outputFiles } = await build({ ...bundle, format: 'esm', minify: true, write: false as const });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}

/** Builds client/dist: ESM and CommonJS, each with its types. */
export async function buildClient(): Promise<void> {
  rmSync(DIST, { recursive: true, force: true });
  await build({ ...bundle, format: 'esm', sourcemap: true, outfile: `${DIST}/esm/index.js` });
  await build({ ...bundle, format: 'cjs', sourcemap: true, outfile: `${DIST}/cjs/index.js` });
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'client/tsconfig.json'], {
    encoding: 'utf8',
  });
  if (tsc.status !== 0) throw new Error(`The client's types do not build.\n${tsc.stdout}`);
  mkdirSync(`${DIST}/cjs`, { recursive: true });
  for (const name of readdirSync(`${DIST}/esm`).filter((file) => file.endsWith('.d.ts'))) {
    cpSync(join(DIST, 'esm', name), join(DIST, 'cjs', name));
  }
  writeFileSync(`${DIST}/cjs/package.json`, '{ "type": "commonjs" }\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await buildClient();
  const size = await clientSize();
  console.log(`client/dist: ${size} bytes minified and gzipped, of ${SIZE_LIMIT}`);
  if (size > SIZE_LIMIT) process.exitCode = 1;
}
