import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { format } from 'prettier';
import { variables, type Variable } from '../src/config/variables.js';

const README = 'README.md';
const BEGIN = '<!-- settings: made by `npm run docs:settings` -->';
const END = '<!-- /settings -->';

/** The README with its table of settings as src/config/variables.ts has them. */
export async function withSettings(readme: string): Promise<string> {
  const [before, rest] = readme.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`The README has lost ${BEGIN} or ${END}.`);
  return format(`${before}${BEGIN}\n\n${table()}\n\n${END}${after}`, { parser: 'markdown', printWidth: 120 });
}

function table(): string {
  const rows = Object.entries(variables as Record<string, Variable>).map(
    ([name, variable]) => `| \`${name}\` | ${shownDefault(variable)} | ${variable.meaning} |`,
  );
  return ['| variable | default | meaning |', '| --- | --- | --- |', ...rows].join('\n');
}

function shownDefault({ shown, fallback }: Variable): string {
  if (shown !== undefined) return shown;
  return typeof fallback === 'string' ? `\`${fallback}\`` : 'unset';
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(README, await withSettings(readFileSync(README, 'utf8')));
}
