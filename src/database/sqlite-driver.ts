import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [major = 0] = process.versions.node.split('.').map(Number);

/**
 * better-sqlite3 for the Node that runs: version 13 (Node-API) where it is supported, version 12 on Node 20.
 * Version 12 aborts the process on Node 24.19 and later, version 13 crashes on Node 20.
 */
export function sqliteDriver(): unknown {
  return major >= 22 ? require('better-sqlite3-napi') : require('better-sqlite3');
}
