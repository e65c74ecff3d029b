/**
 * Runs the fault drills of test/faults and writes what they measured.
 *
 * `npm run test:faults` prints the table; `npm run test:faults -- --write` puts it into docs/reliability.md as well.
 * Further arguments go to Vitest: a file name runs that file's drills alone, and then nothing may be written.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, existsSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DrillReport, Figure } from '../test/support/drill.js';

const DOCUMENT = 'docs/reliability.md';
const BEGIN = '<!-- drills: begin -->';
const END = '<!-- drills: end -->';

const shown = ({ name, value, unit, bound }: Figure) => `${name} ${value.toLocaleString('en')} ${unit} (${bound})`;

function line({ row, hypothesis, action, figures }: DrillReport): string {
  const cells = [row, hypothesis, action, figures.map(shown).join('<br>')];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function table(reports: DrillReport[]): string {
  const inOrder = reports.toSorted((one, other) => one.row.localeCompare(other.row, 'en', { numeric: true }));
  return [
    '| row | what must hold | what was done | measured (bound) |',
    '| --- | --- | --- | --- |',
    ...inOrder.map(line),
  ].join('\n');
}

function reportsOf(file: string): DrillReport[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((text) => JSON.parse(text) as DrillReport);
}

function writeDown(reports: DrillReport[]): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before, after] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (before === -1 || after === -1) throw new Error(`${DOCUMENT} has no place for the table`);
  const day = new Date().toISOString().slice(0, 10);
  const machine = `Run on ${day} with Node ${process.version} on ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}).`;
  const body = `${BEGIN}\n\n${machine}\n\n${table(reports)}\n\n${END}`;
  writeFileSync(DOCUMENT, text.slice(0, before) + body + text.slice(after + END.length));
}

const folder = mkdtempSync(join(tmpdir(), 'hadir-drills-'));
const report = join(folder, 'report.jsonl');
const more = process.argv.slice(2).filter((argument) => argument !== '--write');
const write = process.argv.includes('--write');
const { status } = spawnSync('npx', ['vitest', 'run', '--project', 'faults', ...more], {
  stdio: 'inherit',
  env: { ...process.env, DRILL_REPORT: report },
});
const reports = reportsOf(report);
rmSync(folder, { recursive: true, force: true });
console.log(table(reports));
if (write && status === 0) writeDown(reports);
process.exitCode = status ?? 1;
