/** As much of JSON Schema as the catalogue uses. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** A message that a client may send. */
export interface Request {
  readonly type: string;
  readonly summary: string;
  readonly data: Schema;
}

/** What the server's documentation says about a code. */
export interface Explanation {
  readonly code: string | number;
  readonly cause: string;
  readonly action: string;
  /** Where more is said. */
  readonly help: string;
}

interface Close extends Explanation {
  readonly reason: string;
  readonly reconnect: boolean;
}

interface Message {
  readonly title: string;
  readonly summary: string;
  readonly payload: Schema;
}

interface AsyncApi {
  readonly operations: Record<string, { action: string; messages: { $ref: string }[] }>;
  readonly components: { messages: Record<string, Message> };
  readonly 'x-close-codes': Close[];
  readonly 'x-problems': Explanation[];
}

/** Closings that no frame has announced: a browser makes these codes up. */
const SILENT: Explanation = {
  code: 1006,
  cause: 'The connection broke without a close frame: the network is gone, or the server was killed.',
  action: 'Come back, waiting longer each time and with some chance in it. The client does.',
  help: '/docs/close',
};

/** What goes over /ws, as this server documents it. */
export class Catalogue {
  readonly requests: readonly Request[];
  private readonly closes: ReadonlyMap<number, Close>;
  private readonly problems: ReadonlyMap<string | number, Explanation>;

  private constructor(document: AsyncApi) {
    const { operations, components } = document;
    const received = Object.values(operations).filter(({ action }) => action === 'receive');
    this.requests = received.flatMap(({ messages }) =>
      messages.map(({ $ref }) => requestOf($ref, components.messages)),
    );
    this.closes = new Map(document['x-close-codes'].map((close) => [Number(close.code), close]));
    this.problems = new Map(document['x-problems'].map((problem) => [problem.code, problem]));
  }

  static async load(): Promise<Catalogue> {
    const response = await fetch('/docs/asyncapi.json');
    if (!response.ok) throw new Error(`The server has no catalogue: HTTP ${response.status}.`);
    return new Catalogue((await response.json()) as AsyncApi);
  }

  closing(code: number): Explanation | undefined {
    return code === 1005 || code === 1006 ? { ...SILENT, code } : this.closes.get(code);
  }

  problem(code: string): Explanation | undefined {
    return this.problems.get(code);
  }
}

function requestOf(reference: string, messages: Record<string, Message>): Request {
  const message = messages[reference.slice(reference.lastIndexOf('/') + 1)];
  if (!message) throw new Error(`The catalogue lacks ${reference}.`);
  return { type: message.title, summary: message.summary, data: fieldsOf(message.payload.properties?.data) };
}

/** The alternative that has fields, where there are alternatives. */
function fieldsOf(schema: Schema = {}): Schema {
  return schema.anyOf?.find(({ properties }) => properties) ?? schema;
}
