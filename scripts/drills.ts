/**
 * Runs the fault drills of test/faults, and those on the wire that `npm test` runs as well, and writes what they measured.
 *
 * `npm run test:faults` prints the table; `npm run test:faults -- --write` puts it into docs/reliability.md as well.
 * With DRILL_REPORT a line of JSON about each drill is kept in that file, as soon as it is over.
 * Further arguments go to Vitest: a file name runs that file's drills alone, and then only their rows are written anew.
 * DRILL_KEYS says with how many addresses row 26 is tried, where a million take too long.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, existsSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'prettier';
import type { DrillReport, Figure } from '../test/support/drill.js';

const DOCUMENT = 'docs/reliability.md';
const BEGIN = '<!-- drills: begin -->';
const END = '<!-- drills: end -->';
const ON_THE_WIRE = ['test/wire/floods.spec.ts', 'test/wire/fuzz.spec.ts'];

const shown = ({ name, value, unit, bound }: Figure) =>
  `${name} ${(value ?? Number.NaN).toLocaleString('en')} ${unit} (${bound})`;

const today = new Date().toISOString().slice(0, 10);

function line({ row, hypothesis, action, figures }: DrillReport): string {
  const cells = [row, hypothesis, action, figures.map(shown).join('<br>'), today];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

const rowOf = (text: string) => text.split('|', 2)[1]?.trim() ?? '';

/** @param kept lines of rows that were not run this time */
function table(reports: DrillReport[], kept: readonly string[] = []): string {
  const lines = [...reports.map(line), ...kept];
  const inOrder = lines.sort((one, other) => rowOf(one).localeCompare(rowOf(other), 'en', { numeric: true }));
  return [
    '| row | what must hold | what was done | measured (bound) | on |',
    '| --- | --- | --- | --- | --- |',
    ...inOrder,
  ].join('\n');
}

function reportsOf(file: string): DrillReport[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((text) => JSON.parse(text) as DrillReport);
}

/** The lines of the table as it is, without those that have been run again. */
function others(region: string, reports: DrillReport[]): string[] {
  const again = new Set(reports.map(({ row }) => row));
  return region.split('\n').filter((text) => /^\| \d/.test(text) && !again.has(rowOf(text)));
}

async function writeDown(reports: DrillReport[], isWhole: boolean): Promise<void> {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before === -1 || after === -1) throw new Error(`${DOCUMENT} has no place for the table`);
  const kept = isWhole ? [] : others(text.slice(before, after), reports);
  const machine = `Run with Node ${process.version} on ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}).`;
  const body = `${BEGIN}\n\n${machine}\n\n${table(reports, kept)}\n\n${END}`;
  const whole = text.slice(0, before) + body + text.slice(after + END.length);
  writeFileSync(DOCUMENT, await format(whole, { parser: 'markdown', printWidth: 120 }));
}

const folder = mkdtempSync(join(tmpdir(), 'hadir-drills-'));
const report = process.env.DRILL_REPORT ?? join(folder, 'report.jsonl');
const more = process.argv.slice(2).filter((argument) => argument !== '--write');
const write = process.argv.includes('--write');
const env = { WIRE_FUZZ_STREAMS: '100000', ...process.env, DRILL_REPORT: report };
const runs = [['--project', 'faults', ...more]];
if (more.length === 0) runs.push(['--project', 'process', ...ON_THE_WIRE]);
const statuses = runs.map((which) => spawnSync('npx', ['vitest', 'run', ...which], { stdio: 'inherit', env }).status);
const passed = statuses.every((status) => status === 0);
const all = reportsOf(report);
const reports = all.filter(({ failure }) => failure === undefined);
rmSync(folder, { recursive: true, force: true });
console.log(table(reports));
// Last, so that whoever sees only the end of a long log sees this.
for (const { row, failure, figures } of all.filter((one) => one.failure !== undefined)) {
  console.log(`\nFAILED row ${row}: ${failure}\n  ${figures.map(shown).join('\n  ')}`);
}
if (write && passed) await writeDown(reports, more.length === 0);
if (!passed) process.exitCode = 1;
