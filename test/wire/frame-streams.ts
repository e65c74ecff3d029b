import { envelopeOf, frame } from './wire-client.js';

/** A small generator of numbers in [0, below) whose run depends on its seed alone. */
type Dice = (below: number) => number;

function diceOf(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function bytes(dice: Dice, most: number): Buffer {
  return Buffer.from(Array.from({ length: dice(most + 1) }, () => dice(256)));
}

/** A frame that is mostly right: what is wrong with it is left to the dice. */
function someFrame(dice: Dice): Buffer {
  const payload = dice(2) === 0 ? Buffer.from(envelopeOf(`n${dice(100)}`)) : bytes(dice, 140);
  return frame(payload, {
    opcode: dice(3) > 0 ? [0, 1, 1, 2, 8, 9, 10][dice(7)]! : dice(16),
    fin: dice(4) > 0,
    rsv: dice(12) === 0 ? dice(8) : 0,
    masked: dice(16) > 0,
    ...(dice(20) === 0 && { declared: BigInt(dice(2 ** 31)) }),
  });
}

function mutated(dice: Dice, stream: Buffer): Buffer {
  const changed = Buffer.from(stream);
  for (let turn = dice(4); turn > 0 && changed.length > 0; turn -= 1) {
    const at = dice(changed.length);
    changed[at] = changed[at]! ^ (1 << dice(8));
  }
  return dice(3) === 0 ? changed.subarray(0, dice(changed.length + 1)) : changed;
}

/** What a client of this seed sends: noise, frames, or good frames with some bits turned and the end cut off. */
export function streamOf(seed: number): Buffer {
  const dice = diceOf(seed);
  if (dice(5) === 0) return bytes(dice, 300);
  const frames = Array.from({ length: 1 + dice(6) }, () => someFrame(dice));
  return dice(2) === 0 ? Buffer.concat(frames) : mutated(dice, Buffer.concat(frames));
}
