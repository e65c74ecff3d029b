import { BadSettings, loadSettings, type BadVariable } from '../../src/config/env.js';

export const inMemory = { DATABASE_URL: 'sqlite::memory:' };

/** What a refused start says; empty: it would start. */
export function refusals(env: Record<string, string>): readonly BadVariable[] {
  try {
    loadSettings({ ...inMemory, ...env });
  } catch (error) {
    if (error instanceof BadSettings) return error.bad;
    throw error;
  }
  return [];
}

/** What a refused start says, by variable. */
export function refusal(env: Record<string, string>): Record<string, string> {
  return Object.fromEntries(refusals(env).map(({ name, message }) => [name, message]));
}
