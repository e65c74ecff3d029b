/**
 * What the memory adapters keep. One node has one of its own; several nodes in one process (as in tests)
 * share one and so behave like nodes on one Redis.
 */
export class MemoryBackend {
  private readonly parts = new Map<string, unknown>();

  /** The part of this name, made by the first who asks. */
  shared<Part>(name: string, create: () => Part): Part {
    if (!this.parts.has(name)) this.parts.set(name, create());
    return this.parts.get(name) as Part;
  }
}
