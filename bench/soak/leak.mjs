/*
 * Loaded into a server before its own code: it holds on to LEAK MiB more every ten minutes, in small objects, as a
 * table from which nobody deletes would. What a soak says then shows that it can say no.
 */

const EVERY_MS = 100;
const BYTES = ((Number(process.env.LEAK) || 0) * 2 ** 20 * EVERY_MS) / 600_000;
/** Of one entry of such a table, roughly. */
const ENTRY_BYTES = 200;

const table = new Map();
let owed = 0;

setInterval(() => {
  for (owed += BYTES; owed >= ENTRY_BYTES; owed -= ENTRY_BYTES) {
    // An entry of a map, an object, an array and its twelve numbers that do not fit beside each other.
    table.set(table.size, { since: Array.from({ length: 12 }, () => Math.random()) });
  }
}, EVERY_MS).unref();
