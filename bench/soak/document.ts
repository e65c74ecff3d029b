import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { soakChart } from './chart.js';
import { type Finding, type Soak, verdict } from './verdict.js';

const DOCUMENT = 'docs/reliability.md';

/** Runs with garbage left to V8 are for hours, and stand beside those of ten minutes. */
const nameOf = ({ leavesGarbage }: Soak) => (leavesGarbage ? 'soak-hours' : 'soak');

const line = ({ name, value, bound }: Finding) => `| ${name} | ${value} | ${bound} |`;

function section(soak: Soak): string {
  const { minutes, warmUp, sockets, tally, date, machine, leavesGarbage } = soak;
  const which = leavesGarbage ? 'samples' : 'samples right after the garbage was collected, every 20 s';
  const count = (value: number) => value.toLocaleString('en');
  return [
    `Run on ${date.slice(0, 10)} for ${minutes} minutes after a warm-up of ${warmUp} at ten times the pace, on ${machine}: ${sockets} sockets, ${count(tally.visits)} visits, ${count(tally.sent)} messages sent and ${count(tally.received)} received. Growth is the median of the slopes between all pairs of ${which} (Theil–Sen) after the warm-up, the dashed line.`,
    '',
    '| what | measured | bound |',
    '| --- | --- | --- |',
    ...verdict(soak).map(line),
    '',
    `![Memory, open files and event-loop lag over the run](${nameOf(soak)}.svg)`,
  ].join('\n');
}

/** Writes the chart, and the section of the document about it. */
export async function writeDown(soak: Soak): Promise<void> {
  const name = nameOf(soak);
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const document = readFileSync(DOCUMENT, 'utf8');
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${DOCUMENT} has lost ${begin} or ${end}.`);
  const text = `${before}${begin}\n\n${section(soak)}\n\n${end}${after}`;
  writeFileSync(DOCUMENT, await format(text, { parser: 'markdown', printWidth: 120 }));
  writeFileSync(`docs/${name}.svg`, soakChart(soak));
}
