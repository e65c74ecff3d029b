import { Counter, type Metric, type Registry } from 'prom-client';

interface Named {
  readonly name: string;
  readonly help: string;
}

/**
 * A counter with up to two labels whose cells are plain numbers, copied into prom-client when somebody looks.
 * Counting costs two Map look-ups and allocates nothing, which prom-client's own children do not manage.
 */
export class Tally {
  private readonly cells = new Map<string, Map<string, number>>();

  constructor(registry: Registry, { name, help }: Named, labels: readonly [string] | readonly [string, string]) {
    const cells = this.cells;
    new Counter({
      name,
      help,
      labelNames: labels,
      registers: [registry],
      collect() {
        this.reset();
        for (const [first, row] of cells) {
          for (const [second, count] of row) this.labels(...[first, second].slice(0, labels.length)).inc(count);
        }
      },
    });
  }

  add(first: string, second = '', count = 1): void {
    let row = this.cells.get(first);
    if (!row) this.cells.set(first, (row = new Map()));
    row.set(second, (row.get(second) ?? 0) + count);
  }
}

class Distribution {
  readonly buckets: Float64Array;
  sum = 0;

  constructor(bounds: number) {
    this.buckets = new Float64Array(bounds + 1);
  }

  add(index: number, value: number): void {
    this.buckets[index] = (this.buckets[index] ?? 0) + 1;
    this.sum += value;
  }
}

/** A histogram with one label, kept in the same way. */
export class Latency {
  private readonly rows = new Map<string, Distribution>();

  /** @param bounds upper bounds of the buckets in seconds, ascending */
  constructor(
    registry: Registry,
    private readonly named: Named,
    private readonly label: string,
    private readonly bounds: readonly number[],
  ) {
    const metric = { ...named, get: async () => this.collect() };
    registry.registerMetric(metric as unknown as Metric);
  }

  observe(value: string, seconds: number): void {
    let row = this.rows.get(value);
    if (!row) this.rows.set(value, (row = new Distribution(this.bounds.length)));
    const index = this.bounds.findIndex((bound) => seconds <= bound);
    row.add(index < 0 ? this.bounds.length : index, seconds);
  }

  private collect() {
    const values = [...this.rows].flatMap(([value, row]) => this.samples({ [this.label]: value }, row));
    return { ...this.named, type: 'histogram', aggregator: 'sum', values };
  }

  private samples(labels: Record<string, string>, { buckets, sum }: Distribution) {
    const { name } = this.named;
    let count = 0;
    const cumulative = [...buckets].map((inBucket, index) => {
      count += inBucket;
      return { metricName: `${name}_bucket`, labels: { le: this.bounds[index] ?? '+Inf', ...labels }, value: count };
    });
    return [
      ...cumulative,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
