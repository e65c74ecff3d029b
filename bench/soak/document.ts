import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { soakChart } from './chart.js';
import { type Finding, type Soak, verdict } from './verdict.js';

const CHART = 'docs/soak.svg';
const DOCUMENT = 'docs/reliability.md';
const BEGIN = '<!-- soak: begin -->';
const END = '<!-- soak: end -->';

const line = ({ name, value, bound }: Finding) => `| ${name} | ${value} | ${bound} |`;

function section(soak: Soak): string {
  const { minutes, warmUp, sockets, tally, date, machine } = soak;
  const count = (value: number) => value.toLocaleString('en');
  return [
    `Run on ${date.slice(0, 10)} for ${minutes} minutes after a warm-up of ${warmUp} at ten times the pace, on ${machine}: ${sockets} sockets, ${count(tally.visits)} visits, ${count(tally.sent)} messages sent and ${count(tally.received)} received. Growth is the median of the slopes between all pairs of samples (Theil–Sen) after the warm-up, the dashed line.`,
    '',
    '| what | measured | bound |',
    '| --- | --- | --- |',
    ...verdict(soak).map(line),
    '',
    '![Memory, open files and event-loop lag over the run](soak.svg)',
  ].join('\n');
}

/** Writes the chart, and the section of the document about it. */
export async function writeDown(soak: Soak): Promise<void> {
  const document = readFileSync(DOCUMENT, 'utf8');
  const [before, rest] = document.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`${DOCUMENT} has lost ${BEGIN} or ${END}.`);
  const text = `${before}${BEGIN}\n\n${section(soak)}\n\n${END}${after}`;
  writeFileSync(DOCUMENT, await format(text, { parser: 'markdown', printWidth: 120 }));
  writeFileSync(CHART, soakChart(soak));
}
