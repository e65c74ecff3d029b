import type { Settings } from './settings.js';

/** What may be so and is seldom wanted in production, each with what to do. */
export function doubts({ server: { environment }, realtime: { queryToken } }: Settings): string[] {
  if (environment !== 'production' || queryToken !== 'on') return [];
  return [
    'WS_QUERY_TOKEN is on: access tokens may stand in the address of /ws, and so in logs and histories. ' +
      'Set it to ticket-only when no client sends ?token=.',
  ];
}
