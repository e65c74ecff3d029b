import type { ClientRequests, ServerEvents } from './catalogue.js';
import type { HadirError } from './errors.js';

export type State = 'disconnected' | 'connecting' | 'connected';

/** Told whenever the state changes, and at each failed try. */
export interface StateChange {
  readonly state: State;
  /** Why the connection is gone or could not be made. */
  readonly error?: HadirError;
  /** In how many ms the next try begins; absent when there will be none, or when it has begun. */
  readonly retryInMs?: number;
}

/** What can be listened to: the server's events by their type, and `state`. */
export interface HadirEvents extends ServerEvents {
  state: StateChange;
}

export type RequestType = keyof ClientRequests;

/** What presence and typing need of a connection. */
export interface Channel {
  readonly state: State;
  on<Type extends keyof HadirEvents>(
    type: Type,
    listener: (data: HadirEvents[Type], timestamp: string) => void,
  ): () => void;
  request<Type extends RequestType>(
    type: Type,
    data: ClientRequests[Type]['data'],
  ): Promise<ClientRequests[Type]['reply']>;
}
