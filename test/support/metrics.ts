/** One figure of a server's /metrics, 0 where it has not counted yet. @param name with its labels, as the page has it */
export async function metric({ url }: { readonly url: string }, name: string): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  return Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? 0);
}

/** Above what 1 % of the event loop's turns were late since the page was last asked for, in whole milliseconds. */
export async function loopLag(server: { readonly url: string }): Promise<number> {
  return Math.round(1000 * (await metric(server, 'nodejs_eventloop_lag_p99_seconds')));
}
