/** A task that never runs twice at a time. */
export class Solo {
  private running: Promise<void> | undefined;

  constructor(
    private readonly task: () => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Begins the task, unless it is running. */
  start(): void {
    this.running ??= this.task()
      .catch(this.onError)
      .finally(() => (this.running = undefined));
  }

  /** Resolves when the run that has begun is over. */
  async idle(): Promise<void> {
    await this.running;
  }
}
