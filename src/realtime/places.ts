import { Injectable } from '@nestjs/common';
import { addressKey } from '../common/client-address.js';
import { RealtimeSettings } from '../config/settings.js';
import type { Connection } from './connection.js';
import { Connections } from './connections.js';

/**
 * The places for sockets on this node, altogether and per address. One is taken in the same breath as it is asked for,
 * before anything is awaited, so that handshakes running at once cannot share it; it is kept until the socket closes.
 */
@Injectable()
export class Places {
  /** Of handshakes under way, by connection id: the address, once a place of the address was taken too. */
  private readonly taken = new Map<string, string | undefined>();
  /** Of connections. */
  private seated = 0;
  private readonly perAddress = new Map<string, number>();

  constructor(
    private readonly settings: RealtimeSettings,
    connections: Connections,
  ) {
    connections.observe({
      opening: (connection) => this.seat(connection),
      closed: (connection) => this.leave(connection),
    });
  }

  get isFull(): boolean {
    return this.taken.size + this.seated >= this.settings.maxConnections;
  }

  isFullFor(address: string): boolean {
    return (this.perAddress.get(addressKey(address)) ?? 0) >= this.settings.maxConnectionsPerIp;
  }

  /** @returns false when there is none */
  take(connectionId: string): boolean {
    if (this.isFull) return false;
    this.taken.set(connectionId, undefined);
    return true;
  }

  /** @returns false when the address has none left */
  takeOfAddress(connectionId: string, address: string): boolean {
    if (this.isFullFor(address)) return false;
    const key = addressKey(address);
    this.taken.set(connectionId, key);
    this.perAddress.set(key, (this.perAddress.get(key) ?? 0) + 1);
    return true;
  }

  /** Gives up whatever a handshake has; nothing is no error. */
  free(connectionId: string): void {
    const key = this.taken.get(connectionId);
    this.taken.delete(connectionId);
    if (key !== undefined) this.freeOfAddress(key);
  }

  /** A handshake has become a connection, which knows its address itself. */
  private seat({ id }: Connection): void {
    this.taken.delete(id);
    this.seated += 1;
  }

  private leave({ id, address }: Connection): void {
    if (this.taken.has(id)) return this.free(id);
    this.seated -= 1;
    this.freeOfAddress(addressKey(address));
  }

  private freeOfAddress(key: string): void {
    const left = (this.perAddress.get(key) ?? 1) - 1;
    if (left > 0) this.perAddress.set(key, left);
    else this.perAddress.delete(key);
  }
}
