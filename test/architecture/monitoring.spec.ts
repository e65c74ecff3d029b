import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Metrics } from '../../src/common/metrics.js';
import { closeCodes, problems } from '../../src/protocol/index.js';
import { Http } from '../support/http.js';
import { newPerson } from '../support/people.js';
import { groupings, selectors } from '../support/promql.js';
import { need } from '../support/requirement.js';
import { type Server, startServer } from '../support/server.js';
import { connect, refusalOf } from '../support/socket.js';

interface Dashboard {
  panels: { title: string; targets: { expr: string; legendFormat: string }[] }[];
}
interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string } }[] }[];
}

const RULES = 'deploy/prometheus-alerts.yml';
const dashboard = JSON.parse(readFileSync('deploy/grafana-dashboard.json', 'utf8')) as Dashboard;
const rules = (parse(readFileSync(RULES, 'utf8')) as Rules).groups.flatMap((group) => group.rules);
const guide = readFileSync('docs/operations.md', 'utf8');

const queries = [
  ...rules.map(({ alert, expr, annotations }) => ({
    name: alert,
    expr,
    shown: [...annotations.summary.matchAll(/\$labels\.(\w+)/g)],
  })),
  ...dashboard.panels.flatMap(({ title, targets }) =>
    targets.map(({ expr, legendFormat }) => ({
      name: title,
      expr,
      shown: [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)],
    })),
  ),
];

/** What Prometheus adds by itself to whatever it reads. */
const OF_PROMETHEUS = ['job', 'instance'];
/** Causes that are in no catalogue. */
const OTHERS = ['accepted', 'ok', 'left', 'lost', 'down', 'full', 'garbage', 'late'];
const values = new Set([...Object.keys(problems), ...Object.keys(closeCodes), ...OTHERS]);

type Offer = Map<string, Set<string>>;

/** Makes the server count something of everything that it can without a broken part. @returns its page of metrics */
async function work({ url, wsUrl }: Server): Promise<string> {
  const ani = await newPerson({ url }, 'ani');
  const socket = await connect(wsUrl, ani.token);
  await socket.request('ping');
  await refusalOf(wsUrl);
  await new Http(url).post('auth/login', { body: { email: ani.email, password: 'something else' } });
  socket.raw.close();
  const page = async () => (await fetch(`${url}/metrics`)).text();
  await expect.poll(page).toContain('hadir_connections 0');
  return page();
}

/** What only an outage or a flood counts, as the server's own class writes it. */
async function rarities(): Promise<string> {
  const metrics = new Metrics();
  metrics.busDropped('down');
  metrics.logSuppressed('security');
  const lines = (await metrics.text()).split('\n');
  return lines.filter((line) => /hadir_(bus_dropped|log_lines_suppressed)_total\{/.test(line)).join('\n');
}

function read(page: string): Offer {
  const offer: Offer = new Map();
  for (const [, name = ''] of page.matchAll(/^# TYPE (\S+)/gm)) offer.set(name, new Set());
  for (const [, name = '', labels = ''] of page.matchAll(/^([a-z_0-9]+)(?:\{(.*)\})? \S+$/gm)) {
    const known = offer.get(name) ?? new Set();
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
    offer.set(name, known);
  }
  return offer;
}

/** What a query asks for and the server does not offer. */
function missing({ name, expr, shown }: (typeof queries)[number], offer: Offer): string[] {
  const all = selectors(expr);
  const named = all.filter(({ metric }) => metric !== 'up');
  const labelsOf = (metric: string) => [...OF_PROMETHEUS, ...(offer.get(metric) ?? [])];
  const everyLabel = [...OF_PROMETHEUS, ...named.flatMap(({ metric }) => labelsOf(metric))];
  return [
    ...(all.length === 0 ? ['it reads nothing'] : []),
    ...named.filter(({ metric }) => !offer.has(metric)).map(({ metric }) => metric),
    ...named.flatMap(({ metric, labels }) => Object.keys(labels).filter((label) => !labelsOf(metric).includes(label))),
    ...named
      .flatMap(({ labels }) => [...(labels.result ?? []), ...(labels.cause ?? [])])
      .filter((value) => !values.has(value)),
    ...[...groupings(expr), ...shown.map(([, label = '']) => label)].filter((label) => !everyLabel.includes(label)),
  ].map((what) => `${name}: ${what}`);
}

describe('The alerts and the dashboard', () => {
  it('read what a server that has worked offers: every metric, every label, every value', async () => {
    const server = await startServer();
    const page = await work(server);
    expect(page).toContain('# TYPE hadir_bus_dropped_total');
    const offer = read(`${page}\n${await rarities()}`);
    expect(queries.length).toBeGreaterThan(30);
    expect(queries.flatMap((query) => missing(query, offer))).toEqual([]);
    for (const [expr, complaint] of [
      ['rate(hadir_nothing_total[5m])', 'hadir_nothing_total'],
      ['sum by (colour) (hadir_logins_total)', 'colour'],
      ['hadir_logins_total{colour="red"}', 'colour'],
      ['hadir_logins_total{result=~"ok|wrong_name"}', 'wrong_name'],
    ] as const)
      expect(missing({ name: 'bad', expr, shown: [] }, offer)).toEqual([`bad: ${complaint}`]);
  });
});

describe('The alerts and the guide for operators', () => {
  const table = [...guide.matchAll(/^\| `([a-z0-9_]+)` +\|[^|]+\| ([^|]+?) +\|$/gm)];
  const base = (metric: string) => metric.replace(/_(bucket|count|sum)$/, '');
  const alarmed = new Set(rules.flatMap(({ expr }) => selectors(expr).map(({ metric }) => base(metric))));

  it('have an alarm for the same metrics', () => {
    const wanted = table.filter(([, , alarm = '']) => !alarm.startsWith('none')).map(([, metric = '']) => metric);
    expect([...alarmed].filter((metric) => !['up', 'process_max_fds'].includes(metric)).sort()).toEqual(wanted.sort());
  });

  it('are in the order of Prometheus, where promtool is there to say so', (context) => {
    const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', RULES], { encoding: 'utf8' });
    need(context, 'promtool (Debian: prometheus)', error ? undefined : 'promtool');
    expect(status, stdout + stderr).toBe(0);
  });
});
