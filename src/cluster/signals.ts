import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { Broker } from './broker.js';

/** What nodes tell each other: name → payload. A module that has something to tell adds its own by declaration merging. */
export interface SignalMap {}
export type SignalName = keyof SignalMap;

type Listener<Name extends SignalName> = (payload: SignalMap[Name]) => void;

const TOPIC = 'signals';

/** Tells every node, this one at once and synchronously, that something has changed: a session ended, an origin was added. */
@Injectable()
export class Signals implements OnModuleInit {
  private readonly logger = new Logger(Signals.name);
  private readonly listeners = new Map<string, Listener<never>[]>();

  constructor(private readonly broker: Broker) {}

  async onModuleInit(): Promise<void> {
    await this.broker.follow(TOPIC, (text) => this.receive(text));
  }

  emit<Name extends SignalName>(name: Name, payload: SignalMap[Name]): void {
    this.broker.publish([TOPIC], JSON.stringify({ name, payload }));
    this.tell(name, payload);
  }

  on<Name extends SignalName>(name: Name, listener: Listener<Name>): void {
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener as Listener<never>]);
  }

  private receive(text: string): void {
    try {
      const { name, payload } = JSON.parse(text) as { name: string; payload: unknown };
      this.tell(name, payload);
    } catch (error) {
      this.logger.warn({ event: 'bad_signal', error: String(error) });
    }
  }

  private tell(name: string, payload: unknown): void {
    for (const listener of this.listeners.get(name) ?? []) listener(payload as never);
  }
}
