import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { closeCodes, problems } from '../../src/protocol/index.js';
import { Http } from '../support/http.js';
import { newPerson } from '../support/people.js';
import { groupings, selectors } from '../support/promql.js';
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

const offered = new Map<string, Set<string>>();

/** Makes the server count something of everything that it can without a broken part. */
async function work({ url, wsUrl }: Server): Promise<void> {
  const ani = await newPerson({ url }, 'ani');
  const socket = await connect(wsUrl, ani.token);
  await socket.request('ping');
  await refusalOf(wsUrl);
  await new Http(url).post('auth/login', { body: { email: ani.email, password: 'something else' } });
  socket.raw.close();
  await expect.poll(async () => (await fetch(`${url}/metrics`)).text()).toContain('hadir_connections 0');
}

/** Those that only an outage or a flood counts: a server says their names, and not yet their labels. */
const RARE = { hadir_bus_dropped_total: ['cause'], hadir_log_lines_suppressed_total: ['context'] };

beforeAll(async () => {
  const server = await startServer({ owner: 'caller' });
  try {
    await work(server);
    const page = await (await fetch(`${server.url}/metrics`)).text();
    for (const [, name = ''] of page.matchAll(/^# TYPE (\S+)/gm)) offered.set(name, new Set());
    for (const [, name = '', labels = ''] of page.matchAll(/^([a-z_0-9]+)(?:\{(.*)\})? \S+$/gm)) {
      const known = offered.get(name) ?? new Set();
      for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) known.add(label);
      offered.set(name, known);
    }
    for (const [name, labels] of Object.entries(RARE)) if (offered.has(name)) offered.set(name, new Set(labels));
  } finally {
    await server.stop();
  }
});

describe.each(queries)('What $name reads', ({ expr, shown }) => {
  it('is offered by a server that has worked: every metric, every label, every value', () => {
    const read = selectors(expr).filter(({ metric }) => metric !== 'up');
    expect(selectors(expr)).not.toEqual([]);
    const labels = new Set(OF_PROMETHEUS);
    for (const { metric, labels: chosen } of read) {
      expect([...offered.keys()]).toContain(metric);
      for (const label of offered.get(metric) ?? []) labels.add(label);
      for (const label of Object.keys(chosen))
        expect([...OF_PROMETHEUS, ...(offered.get(metric) ?? [])]).toContain(label);
      const wanted = Object.entries(chosen).filter(([label]) => label === 'result' || label === 'cause');
      for (const value of wanted.flatMap(([, list]) => list)) expect([...values]).toContain(value);
    }
    for (const label of [...groupings(expr), ...shown.map(([, label = '']) => label)])
      expect([...labels]).toContain(label);
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
    if (error) return context.skip('promtool (Debian: prometheus) is missing');
    expect(status, stdout + stderr).toBe(0);
  });
});
