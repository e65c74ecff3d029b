interface Scraped {
  readonly url: string;
}

const linesOf = async ({ url }: Scraped) => (await (await fetch(`${url}/metrics`)).text()).split('\n');

/** One figure of a server's /metrics, 0 where it has not counted yet. @param name with its labels, as the page has it */
export async function metric(server: Scraped, name: string): Promise<number> {
  const lines = await linesOf(server);
  return Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? 0);
}

/** Above what 1 % of the event loop's turns were late since the page was last asked for, in whole milliseconds. */
export async function loopLag(server: Scraped): Promise<number> {
  return Math.round(1000 * (await metric(server, 'nodejs_eventloop_lag_p99_seconds')));
}

/** Every gauge of our own that is not 0: what a server still holds. */
export async function gauges(server: Scraped): Promise<string[]> {
  const lines = await linesOf(server);
  const names = lines.flatMap((line) => /^# TYPE (hadir_\w+) gauge$/.exec(line)?.slice(1) ?? []);
  if (names.length === 0) throw new Error('no gauge on /metrics');
  return lines.filter((line) => names.includes(line.split(/[ {]/, 1)[0]!) && !line.endsWith(' 0'));
}
