import type { Clock } from './clock.js';

const WINDOW_MS = 1000;
/** More causes than this at once means that something made them up: the gate starts anew. */
const MAX_CAUSES = 1000;

interface Flow {
  since: number;
  passed: number;
  heldBack: number;
}

/** Lets so many lines a second through per cause, and counts those it holds back. */
export class FloodGate {
  private readonly flows = new Map<string, Flow>();

  constructor(private readonly clock: Clock) {}

  /** @returns how many lines of this cause were held back before this one, or undefined when this one is held back too. */
  pass(cause: string, perSecond: number): number | undefined {
    const now = this.clock.now();
    const flow = this.flow(cause, now);
    if (now - flow.since >= WINDOW_MS || now < flow.since) Object.assign(flow, { since: now, passed: 0 });
    if (flow.passed >= perSecond) {
      flow.heldBack += 1;
      return undefined;
    }
    flow.passed += 1;
    const { heldBack } = flow;
    flow.heldBack = 0;
    return heldBack;
  }

  private flow(cause: string, now: number): Flow {
    const known = this.flows.get(cause);
    if (known) return known;
    if (this.flows.size >= MAX_CAUSES) this.flows.clear();
    const flow = { since: now, passed: 0, heldBack: 0 };
    this.flows.set(cause, flow);
    return flow;
  }
}
