import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import type { Results } from './results.js';
import { markdown } from './table.js';

const README = 'README.md';
const BEGIN = '<!-- bench -->';
const END = '<!-- /bench -->';

/* Writes the README's table from the results of the last whole run. */

const results = JSON.parse(readFileSync('bench/results.json', 'utf8')) as Results;
const readme = readFileSync(README, 'utf8');
const [before, rest] = readme.split(BEGIN);
const after = rest?.split(END)[1];
if (before === undefined || after === undefined) throw new Error(`The README has lost ${BEGIN} or ${END}.`);
const table = `${before}${BEGIN}\n\n${markdown(results)}\n\n${END}${after}`;
writeFileSync(README, await format(table, { parser: 'markdown', printWidth: 120 }));
