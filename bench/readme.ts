import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { growth, judgement } from './judgement.js';
import type { Results } from './results.js';
import { markdown } from './table.js';

/* Writes what the last whole run measured into the README and docs/performance.md. */

const results = JSON.parse(readFileSync('bench/results.json', 'utf8')) as Results;

/** Puts a text between `<!-- name -->` and `<!-- /name -->`. */
async function write(path: string, name: string, body: string): Promise<void> {
  const [before, rest] = readFileSync(path, 'utf8').split(`<!-- ${name} -->`);
  const after = rest?.split(`<!-- /${name} -->`)[1];
  if (before === undefined || after === undefined) throw new Error(`${path} has no place for ${name}.`);
  const text = `${before}<!-- ${name} -->\n\n${body}\n\n<!-- /${name} -->${after}`;
  writeFileSync(path, await format(text, { parser: 'markdown', printWidth: 120 }));
}

await write('README.md', 'bench', markdown(results));
await write('docs/performance.md', 'goals', judgement(results));
await write('docs/performance.md', 'growth', growth(results));
