// Names what failed in a report of Vitest (.json) or of the drills (.jsonl): `node .ci/failures.mjs FILE`.
import { readFileSync } from 'node:fs';

const LONGEST = 1000;

const [file = ''] = process.argv.slice(2);
const text = readFileSync(file, 'utf8').trim();
for (const failure of file.endsWith('.jsonl') ? ofDrills(text.split('\n')) : ofTests(JSON.parse(text))) {
  process.stdout.write(`FAILED ${failure.slice(0, LONGEST)}\n`);
}

function* ofTests({ testResults }) {
  for (const { name, status, message, assertionResults } of testResults) {
    if (status === 'failed' && message) yield `${name}: ${message}`;
    for (const test of assertionResults) {
      if (test.status === 'failed') yield `${name}: ${test.fullName}\n${test.failureMessages.join('\n')}`;
    }
  }
}

function* ofDrills(lines) {
  for (const { row, failure, figures } of lines.map((line) => JSON.parse(line))) {
    const shown = figures.map(({ name, value, unit, bound }) => `\n  ${name} ${value} ${unit} (${bound})`);
    if (failure !== undefined) yield `row ${row}: ${failure}${shown.join('')}`;
  }
}
