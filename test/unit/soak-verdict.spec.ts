import { describe, expect, it } from 'vitest';
import type { SoakSample } from '../../bench/soak/sampler.js';
import { verdict } from '../../bench/soak/verdict.js';

const MINUTES = 10;
const WARM_UP = 4;
const EVERY = 1 / 12;
const CLEAN_EVERY = 4;
const RSS = 'RSS, growth in 10 minutes';

/** Memory that rises fast while it is warm, then by `growth` MiB in ten minutes, with garbage on top that comes and goes. */
function soakThatGrows(growth: number, lost = 0) {
  const samples = Array.from({ length: (WARM_UP + MINUTES) / EVERY }, (_, index): SoakSample => {
    const at = index * EVERY;
    const cold = Math.max(0, WARM_UP - at);
    const rss = 200 - 20 * cold + (growth * Math.max(0, at - WARM_UP)) / 10 + (index % 7 === 0 ? 30 : 0);
    return {
      at,
      rss,
      heap: rss / 2,
      openFiles: 520,
      handles: 500,
      connections: 500,
      lag: 20,
      isClean: index % CLEAN_EVERY === 0,
    };
  });
  const tally = { sent: 1, received: 1, visits: 1, errors: 0, lost };
  return {
    date: '',
    machine: '',
    minutes: MINUTES,
    warmUp: WARM_UP,
    sockets: 500,
    leavesGarbage: false,
    samples,
    tally,
  };
}

const bad = (growth: number, lost?: number) =>
  verdict(soakThatGrows(growth, lost))
    .filter(({ isGood }) => !isGood)
    .map(({ name }) => name);

/** A soak whose garbage piles up and is not there when it has been collected. */
function soakOfGarbage() {
  const soak = soakThatGrows(0);
  const samples = soak.samples.map((sample) =>
    sample.isClean ? sample : { ...sample, rss: sample.rss + 3 * sample.at },
  );
  return { ...soak, samples };
}

describe('The verdict on a soak', () => {
  it('is good where memory rises while the server gets warm, and has peaks afterwards', () => {
    expect(bad(0)).toEqual([]);
    expect(bad(0.9)).toEqual([]);
  });

  it('is about what is left when the garbage is collected', () => {
    expect(verdict(soakOfGarbage()).filter(({ isGood }) => !isGood)).toEqual([]);
    const unclean = soakOfGarbage().samples.map((sample) => ({ ...sample, isClean: false }));
    expect(verdict({ ...soakOfGarbage(), samples: unclean }).find(({ name }) => name === RSS)?.isGood).toBe(false);
  });

  it('is bad where memory goes on to rise', () => {
    expect(bad(1.1)).toEqual([RSS]);
    expect(bad(3)).toEqual([RSS]);
  });

  it('is bad where one socket was closed that nobody wanted closed', () => {
    expect(bad(0, 1)).toEqual(['sockets closed that nobody wanted closed']);
  });
});
