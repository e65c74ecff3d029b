import { build } from 'esbuild';

/** Code as a page would load it, with the client and the framework in it. */
export async function bundle(code: string, loader: 'ts' | 'tsx'): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: '.', loader },
    bundle: true,
    write: false,
    format: 'esm',
    jsx: 'automatic',
    alias: { '@hadir/client': './client/src/index.ts' },
    define: { 'process.env.NODE_ENV': '"production"' },
  });
  return outputFiles[0]!.text;
}
