/** Who listens to what. A listener that throws is reported as an uncaught error; the others are still called. */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, Set<(...args: never[]) => void>>();

  /** Calls the listener at every such event. @returns how to stop that */
  on<Type extends keyof Events>(type: Type, listener: (data: Events[Type], timestamp: string) => void): () => void {
    const listeners = this.listeners.get(type) ?? new Set();
    this.listeners.set(type, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  protected emit(type: keyof Events, data: unknown, timestamp = ''): void {
    for (const listener of [...(this.listeners.get(type) ?? [])]) {
      try {
        (listener as (data: unknown, timestamp: string) => void)(data, timestamp);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
