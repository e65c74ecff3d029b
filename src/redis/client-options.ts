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
    // Link has one deadline for a command and its answer. The client's own, until it is sent, is a timer and an error each.
    commandOptions: { timeout: 0 },
    socket: { connectTimeout, reconnectStrategy: false },
  } as const;
}
