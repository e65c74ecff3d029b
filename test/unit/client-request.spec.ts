import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clientEnvelope } from '../../src/protocol/index.js';
import { ClientRequest, readRequest } from '../../src/realtime/client-request.js';

const id = fc.oneof(
  fc.string({ maxLength: 70 }),
  fc.constant('x'.repeat(64)),
  fc.integer(),
  fc.constant(null),
  fc.constant('\u0000'),
);
const type = fc.oneof(fc.string({ maxLength: 70 }), fc.constant('ping'), fc.integer(), fc.constant(null));
const key = fc.constantFrom('type', 'data', 'id', 'timestamp', 'extra', '__proto__', 'constructor');
const near = fc
  .array(fc.tuple(key, fc.oneof(type, id, fc.jsonValue())), { maxLength: 6 })
  .map((fields) => `{${fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`);
const frame = fc.oneof(
  fc
    .record({ type, id, data: fc.jsonValue(), timestamp: fc.jsonValue() }, { requiredKeys: [] })
    .map((json) => JSON.stringify(json)),
  near,
  fc.json(),
);

describe('Reading a request', () => {
  it('judges every frame as the schema of the protocol does', () => {
    fc.assert(
      fc.property(frame, (text) => {
        const judged = clientEnvelope.safeParse(JSON.parse(text));
        const read = readRequest(text);
        expect(read instanceof ClientRequest).toBe(judged.success);
        if (judged.success) expect(read).toMatchObject({ type: judged.data.type, id: judged.data.id });
      }),
      { seed: 3, numRuns: 5000 },
    );
  });
});
