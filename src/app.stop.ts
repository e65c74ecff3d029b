import { type INestApplication, Logger } from '@nestjs/common';

/** What stopping may take beyond the drain, in milliseconds. */
const MARGIN_MS = 4000;

/**
 * Stops the server on SIGTERM and SIGINT: readiness turns, sockets are sent away, requests under way are finished, then
 * the process exits with 0, at the latest when the drain and a margin are over. A second signal ends it at once.
 */
export function stopOnSignals(app: INestApplication, drainTimeoutMs: number): void {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    new Logger('Hadir').log(
      `stopping: sockets are sent away within ${drainTimeoutMs / 1000} s; a second signal ends it at once`,
    );
    setTimeout(() => process.exit(0), drainTimeoutMs + MARGIN_MS).unref();
    try {
      await app.close();
      process.exit(0);
    } catch (error) {
      process.stderr.write(`stopping failed: ${String(error)}\n`);
      process.exit(1);
    }
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
}
