import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const SOURCE = 'bench/servers';
const BUILT = 'node_modules/.cache/hadir-bench';

const compilerOptions: ts.CompilerOptions = {
  module: ts.ModuleKind.ESNext,
  target: ts.ScriptTarget.ES2023,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};

/** Compiles the peers: they run as plainly as Hadir's own build does, with no loader in between. */
export function buildPeers(): void {
  mkdirSync(BUILT, { recursive: true });
  writeFileSync(join(BUILT, 'package.json'), '{ "type": "module" }\n');
  for (const file of readdirSync(SOURCE)) {
    const { outputText } = ts.transpileModule(readFileSync(join(SOURCE, file), 'utf8'), { compilerOptions });
    writeFileSync(join(BUILT, file.replace(/\.ts$/, '.js')), outputText);
  }
}

export function builtPeer(name: string): string {
  return join(BUILT, `${name}.js`);
}
