import fc from 'fast-check';
import type { ApiContract, Route } from '../support/api-contract.js';
import type { Cast } from './cast.js';
import { Lane, type LaneAnswer } from './lane.js';
import { type Plan, planOf } from './requests.js';

const LANES = 12;
/** Another one attacks in other ways. */
const SEED = Number(process.env.REST_FUZZ_SEED ?? 20_261_128);
/** Those that end the session of the caller, who has to log in again: that takes the server longer than all the rest. */
const DEAR = /logout|change-password/;
const DEAR_REQUESTS = 120;
/** What an answer may never show. */
const INSIDES = /node_modules|\n\s+at |SQLITE_|QueryFailed|ER_[A-Z]{3}/;

interface Aim {
  readonly route: Route;
  readonly plan: Plan;
}

/** So many requests, those of the operations mixed. */
function aims(contract: ApiContract, requests: number): Aim[] {
  const { routes } = contract;
  const dear = routes.filter(({ path }) => DEAR.test(path)).length;
  const each = Math.ceil((requests - dear * DEAR_REQUESTS) / (routes.length - dear));
  const perRoute = routes.map((route, index) => {
    const numRuns = DEAR.test(route.path) ? DEAR_REQUESTS : each;
    return fc.sample(planOf(route, contract), { seed: SEED + index, numRuns }).map((plan) => ({ route, plan }));
  });
  return Array.from({ length: each }, (_, turn) => perRoute.flatMap((plans) => plans[turn] ?? [])).flat();
}

function bytesOf({ route, plan }: Aim, cast: Cast, token: string | undefined): Buffer {
  const target = cast.fill(plan.path, plan.caller) + (plan.query && `?${cast.fill(plan.query, plan.caller)}`);
  const body = plan.body === undefined ? undefined : Buffer.from(cast.fill(plan.body, plan.caller));
  const chunked = body !== undefined && plan.chunked;
  const head = [
    `${route.method} ${target} HTTP/1.1`,
    'Host: 127.0.0.1',
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    ...plan.headers.map(([name, value]) => `${name}: ${value}`),
    ...(body === undefined || plan.contentType === undefined ? [] : [`Content-Type: ${plan.contentType}`]),
    ...(body === undefined ? [] : [chunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`]),
  ];
  const framed =
    body && chunked
      ? [...(body.length > 0 ? [`${body.length.toString(16)}\r\n`, body, '\r\n'] : []), '0\r\n\r\n']
      : [body ?? ''];
  return Buffer.concat([
    Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'),
    ...framed.map((part) => Buffer.from(part)),
  ]);
}

/** Sends requests to every operation and keeps what is wrong with the answers: the first of each kind. */
export class Fuzz {
  readonly faults = new Map<string, string>();
  readonly statuses: Record<number, number> = {};
  sent = 0;

  constructor(
    private readonly contract: ApiContract,
    private readonly cast: Cast,
  ) {}

  /** Operations that never succeeded, so that nothing was seen of how they do. */
  get unseen(): string[] {
    const succeeded = [...this.contract.seen]
      .filter((answer) => / 2\d\d$/.test(answer))
      .map((answer) => answer.slice(0, -4));
    return this.contract.routes
      .map(({ method, path }) => `${method} ${path}`)
      .filter((route) => !succeeded.includes(route));
  }

  /** Sends so many requests over connections that are kept alive. */
  async run(requests: number, port: number): Promise<void> {
    const queue = aims(this.contract, requests).values();
    const attack = async () => {
      const lane = new Lane(port);
      for (const aim of queue) await this.send(lane, aim);
    };
    await Promise.all(Array.from({ length: LANES }, attack));
  }

  private async send(lane: Lane, aim: Aim): Promise<void> {
    const token = this.cast.tokenOf(aim.plan.caller);
    const bytes = bytesOf(aim, this.cast, token);
    this.sent += 1;
    try {
      const answer = await lane.ask(bytes);
      this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
      await this.judge(aim, answer, token);
    } catch (error) {
      this.report(aim, 'no answer', String(error));
    }
  }

  private async judge(aim: Aim, answer: LaneAnswer, token: string | undefined): Promise<void> {
    const { route, plan } = aim;
    const { fault, body } = this.contract.judge(route, answer);
    if (fault) this.report(aim, `${answer.status}`, fault);
    if (answer.status >= 500 && answer.status !== 503) this.report(aim, `${answer.status}`, 'broke');
    if (INSIDES.test(answer.text)) this.report(aim, 'insides', answer.text);
    const succeeded = answer.status < 300;
    const guarded = route.operation.security.length > 0;
    if (succeeded && guarded && !this.cast.isKnown(plan)) this.report(aim, 'let in', plan.caller);
    if (succeeded && route.path.includes('/admin/') && plan.caller !== 'admin') this.report(aim, 'let in', plan.caller);
    if (succeeded) await this.cast.note(route.method, route.path, plan, (body as { data?: unknown }).data);
    if (answer.text.includes('session_revoked')) await this.cast.rescue(plan, token);
  }

  private report({ route, plan }: Aim, what: string, why: string): void {
    const cause = `${route.method} ${route.path} ${what} ${/"(code|keyword)":"[^"]*"/.exec(why)?.[0] ?? ''}`;
    if (!this.faults.has(cause))
      this.faults.set(cause, `${why.slice(0, 600)}\n  ${JSON.stringify(plan).slice(0, 600)}`);
  }
}
