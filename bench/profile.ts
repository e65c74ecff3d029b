import { readFileSync } from 'node:fs';

/* Says where the time of profiles went: npx tsx bench/profile.ts DIR/*.cpuprofile */

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const SHOWN = 25;
const OWNERS = 12;
const IDLE = '(idle)';

/** Self time as a share of the time that was not idle, the largest first: of functions, or of what `group` makes of them. */
function selfTimes(
  { nodes, samples, timeDeltas }: Profile,
  group: (name: string) => string,
): [name: string, share: number][] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, group(place(callFrame))]));
  const spent = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const name = names.get(id) ?? '';
    // The first stands for the profiler's own beginning, a tenth of a second.
    const delta = index > 0 ? (timeDeltas[index] ?? 0) : 0;
    spent.set(name, (spent.get(name) ?? 0) + Math.max(0, delta));
  }
  const busy = [...spent].filter(([name]) => name !== IDLE);
  const total = busy.reduce((sum, [, time]) => sum + time, 0);
  return busy.map(([name, time]): [string, number] => [name, time / total]).sort((a, b) => b[1] - a[1]);
}

function place({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string {
  const file = url.replace(/^.*\/(node_modules|dist)\//, '$1/').replace(/^node_modules\//, '');
  return `${functionName || '(anonymous)'}${file && ` ${file}:${lineNumber + 1}`}`;
}

/** The package, or the folder of ours, that a function stands in. */
function owner(place: string): string {
  const file = place.split(' ')[1] ?? '';
  if (file.startsWith('node:')) return 'node';
  if (file.startsWith('dist/')) return file.split('/').slice(0, 2).join('/');
  return file
    ? file
        .split('/')
        .slice(0, file.startsWith('@') ? 2 : 1)
        .join('/')
    : place;
}

for (const path of process.argv.slice(2)) {
  const profile = JSON.parse(readFileSync(path, 'utf8')) as Profile;
  console.log(`\n${path}`);
  for (const [group, shown] of [
    [owner, OWNERS],
    [(name: string) => name, SHOWN],
  ] as const) {
    const times = selfTimes(profile, group).slice(0, shown);
    console.log(times.map(([name, share]) => `${(share * 100).toFixed(1).padStart(6)} %  ${name}`).join('\n'));
  }
}
