/** What is there at once where it can be, and comes later where it must. */
export type Soon<Value> = Value | Promise<Value>;

/** Goes on with it: in this turn where it is there. A promise for every step of a handshake would cost more than the steps. */
export function goOn<Value, Next>(soon: Soon<Value>, step: (value: Value) => Soon<Next>): Soon<Next> {
  return soon instanceof Promise ? soon.then(step) : step(soon);
}

/** All of them, in their order. */
export function together<Value>(all: Soon<Value>[]): Soon<Value[]> {
  return all.some((one) => one instanceof Promise) ? Promise.all(all) : (all as Value[]);
}
