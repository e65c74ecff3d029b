import { Parser } from '@asyncapi/parser';
import { ModulesContainer } from '@nestjs/core';
import Ajv from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { clientMessages, closeCodes, problems, serverMessages } from '../../src/protocol/index.js';
import { startApp, type TestApp } from '../support/app.js';
import { newPerson } from '../support/people.js';
import { connect } from '../support/socket.js';

interface AsyncApi {
  operations: Record<string, { action: string; summary: string }>;
  components: { messages: Record<string, { title: string; payload: object; examples: { payload: object }[] }> };
  'x-problems': { code: string }[];
  'x-close-codes': { code: number }[];
}

/** The types that methods of the running app are marked to handle, as often as they are. */
function handledTypes({ app }: TestApp): string[] {
  const providers = [...app.get(ModulesContainer).values()].flatMap((module) => [...module.providers.values()]);
  const classes = new Set(providers.map(({ metatype }) => metatype).filter((type) => typeof type === 'function'));
  return [...classes].flatMap((type) => {
    const methods = Object.values(Object.getOwnPropertyDescriptors(type.prototype ?? {})).map(
      ({ value }) => value as unknown,
    );
    return methods.flatMap((method) =>
      typeof method === 'function' ? ((Reflect.getMetadata('message', method) as string) ?? []) : [],
    );
  });
}

const read = async <Body>(url: string) => (await (await fetch(url)).json()) as Body;
const typesOf = (messages: readonly { type: string }[]) => messages.map(({ type }) => type).sort();

describe('the catalogue of messages', () => {
  it('names every type once per direction', () => {
    for (const messages of [clientMessages, serverMessages])
      expect(new Set(typesOf(messages)).size).toBe(messages.length);
  });

  it('is exactly what the gateways handle', async () => {
    expect(handledTypes(await startApp()).sort()).toEqual(typesOf(clientMessages));
  });

  it('is exactly what the AsyncAPI document lists', async () => {
    const { url } = await startApp();
    const document = await read<AsyncApi>(`${url}/docs/asyncapi.json`);
    const operations = Object.entries(document.operations).map(([name, { action }]) => `${action} ${name}`);
    const expected = [
      ...typesOf(clientMessages).map((type) => `receive receive_${type}`),
      ...typesOf(serverMessages).map((type) => `send send_${type}`),
    ];
    expect(operations.sort()).toEqual(expected.sort());
    expect(document['x-problems'].map(({ code }) => code)).toEqual(Object.keys(problems));
    expect(document['x-close-codes'].map(({ code }) => code)).toEqual(
      Object.values(closeCodes).map(({ code }) => code),
    );
  });

  it('is exactly what the page lists, with every error and close code', async () => {
    const { url } = await startApp();
    const page = await (await fetch(`${url}/docs/ws`)).text();
    const cards = [...page.matchAll(/<article id="(\w+)"/g)].map(([, id]) => id);
    expect(cards).toEqual([
      ...clientMessages.map(({ type }) => `client_${type}`),
      ...serverMessages.map(({ type }) => `server_${type}`),
    ]);
    const rows = (id: string) => [
      ...(page.split(`<section id="${id}">`)[1]?.split('</section>')[0] ?? '').matchAll(
        /<tr><td><a [^>]+><code>(\w+)</g,
      ),
    ];
    expect(rows('errors').map(([, code]) => code)).toEqual(Object.keys(problems));
    expect(rows('close').map(([, code]) => Number(code))).toEqual(Object.values(closeCodes).map(({ code }) => code));
  });
});

describe('the AsyncAPI document', () => {
  it('is valid by its own standard', async () => {
    const { url } = await startApp();
    const { document, diagnostics } = await new Parser().parse(await (await fetch(`${url}/docs/asyncapi.json`)).text());
    expect(diagnostics.filter(({ severity }) => severity < 2)).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
  });

  it('shows examples and describes frames as they are', async () => {
    const app = await startApp();
    const { components } = await read<AsyncApi>(`${app.url}/docs/asyncapi.json`);
    const ajv = new Ajv.default({ strict: false });
    (formats as unknown as (ajv: object) => void)(ajv);
    const assert = (schema: object, frame: unknown) =>
      expect(ajv.validate(schema, frame), JSON.stringify([frame, ajv.errors])).toBe(true);
    for (const { payload, examples } of Object.values(components.messages))
      for (const example of examples) assert(payload, example.payload);
    const ann = await newPerson(app, 'Ann');
    const socket = await connect(app.wsUrl, ann.token);
    const { id } = await ann.succeed<{ id: string }>('POST', 'rooms', { name: 'Kitchen' });
    const requests: [string, unknown?][] = [
      ['ping'],
      ['typing_start', { room_id: id }],
      ['typing_stop', { room_id: id }],
    ];
    requests.push(['user_status_change', { status: 'busy' }], ['presence_subscribe', { user_ids: [ann.id] }]);
    for (const [type, data] of requests)
      assert(components.messages[`reply_${type}`]!.payload, await socket.request(type, data));
    await socket.request('nonsense');
    for (const frame of socket.frames) assert(components.messages[`server_${frame.type}`]!.payload, frame);
    expect(new Set(socket.frames.map(({ type }) => type)).size).toBeGreaterThanOrEqual(7);
  });
});

describe('the docs pages', () => {
  it.each(['/docs', '/docs/ws'])(
    '%s needs nothing from elsewhere and no script of its own in the page',
    async (path) => {
      const { url } = await startApp();
      const response = await fetch(url + path);
      const page = await response.text();
      expect([response.status, response.headers.get('content-type')?.split(';')[0]]).toEqual([200, 'text/html']);
      expect(response.headers.get('content-security-policy')).toMatch(/script-src 'self'/);
      expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
      expect(page.match(/<script(?![^>]*\bsrc=)[^>]*>\s*[^<\s]/g)).toBeNull();
    },
  );
});
