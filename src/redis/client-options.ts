/** Commands that may wait for their answer at once on one connection. More fail as an outage. */
const MAX_QUEUE = 50_000;

/** What every client is made with. @param connectTimeout in milliseconds */
export function clientOptions(connectTimeout: number) {
  return {
    RESP: 2,
    name: 'hadir',
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_QUEUE,
    maintNotifications: 'disabled',
    disableClientInfo: true,
    socket: { connectTimeout, reconnectStrategy: false },
  } as const;
}
