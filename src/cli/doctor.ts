import { BadSettings, loadSettings } from '../config/env.js';
import type { Settings } from '../config/settings.js';
import type { Command } from './command.js';
import { CommandFailed } from './command-failed.js';
import { checkDatabase } from './doctor-database.js';
import { checkFiles } from './doctor-files.js';
import { checkNetwork } from './doctor-network.js';
import { checkRedis } from './doctor-redis.js';
import { checkRunning } from './doctor-running.js';
import { type Finding, fail, ok, warn } from './finding.js';
import type { Terminal } from './terminal.js';

/** Looks at everything that a server needs, and says what to do. It changes nothing. */
export const doctor: Command = {
  name: 'doctor',
  usage: '[--url https://PUBLIC-ADDRESS] [--json]',
  meaning:
    'checks settings, database, Redis, clock, proxies, origins and file limits, and with --url the server that runs there',
  options: { url: { type: 'string' }, json: { type: 'boolean', default: false } },
  words: 0,
  async run({ values: { url, json } }, terminal) {
    if (typeof url === 'string' && !/^https?:\/\/[^/]+\/?$/.test(url))
      throw new CommandFailed('--url must be such as https://chat.example.com');
    const findings = await examine(typeof url === 'string' ? url : undefined);
    if (json) terminal.say(JSON.stringify({ healthy: isHealthy(findings), findings }, null, 2));
    else show(findings, terminal);
    return isHealthy(findings) ? 0 : 1;
  },
};

const isHealthy = (findings: readonly Finding[]) => findings.every(({ level }) => level !== 'fail');

async function examine(url: string | undefined): Promise<Finding[]> {
  const running = url ? await checkRunning(url) : [];
  let settings: Settings;
  try {
    settings = loadSettings();
  } catch (error) {
    if (!(error instanceof BadSettings)) throw error;
    return [
      ...error.bad.map(({ name, message }) =>
        fail('configuration', `${name} ${message}`, `Set ${name} anew; README, Configuration.`),
      ),
      ...running,
    ];
  }
  const parts = [checkDatabase(settings), checkRedis(settings)];
  return [
    ...checkConfiguration(settings),
    ...(await Promise.all(parts)).flat(),
    ...checkNetwork(settings),
    ...checkFiles(settings),
    ...running,
  ];
}

function checkConfiguration({ server, auth }: Settings): Finding[] {
  const findings = [ok('configuration', `every variable is valid; NODE_ENV is ${server.environment}`)];
  if (server.environment !== 'production' && !/^(127\.|::1$|localhost$)/.test(server.host))
    findings.push(
      warn(
        'configuration',
        `a ${server.environment} server listens on ${server.host}`,
        'Set NODE_ENV=production, which refuses insecure values.',
      ),
    );
  if (auth.jwtSecrets.length > 1)
    findings.push(
      warn(
        'configuration',
        'JWT_SECRET_PREVIOUS is set: a change of the secret is under way',
        'Unset it once ACCESS_TOKEN_TTL has passed since the switch.',
      ),
    );
  if (new Set(auth.jwtSecrets).size < auth.jwtSecrets.length)
    findings.push(
      fail('configuration', 'JWT_SECRET_PREVIOUS is the same as JWT_SECRET', 'Make a new secret: hadir rotate-secret.'),
    );
  return findings;
}

const SIGNS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' } as const;

function show(findings: readonly Finding[], terminal: Terminal): void {
  for (const { check, level, found, todo } of findings) {
    terminal.say(`${SIGNS[level]}  ${check.padEnd(13)}  ${found}`);
    if (todo) terminal.say(`${' '.repeat(21)}→ ${todo}`);
  }
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  terminal.say(`\n${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} to mend.`);
}
