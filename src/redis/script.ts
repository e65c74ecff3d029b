import { createHash } from 'node:crypto';

/** Lua for `now`, ms since the epoch by the server's clock: the clocks of the nodes may differ by minutes. */
export const SERVER_TIME = `
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
`;

/** Numbers as texts that lose nothing. */
const PRELUDE = `
local now = clock()
local function exact(number) return string.format('%.17g', number) end
`;

/** A Lua script. It may use `now` (ms) and `exact(number)`. */
export class Script {
  private prepared: { time: string; text: string; sha: string } | undefined;

  constructor(private readonly body: string) {}

  /** @param time Lua that defines `clock()` */
  with(time: string): { readonly text: string; readonly sha: string } {
    if (this.prepared?.time !== time) {
      const text = time + PRELUDE + this.body;
      this.prepared = { time, text, sha: createHash('sha1').update(text).digest('hex') };
    }
    return this.prepared;
  }
}
