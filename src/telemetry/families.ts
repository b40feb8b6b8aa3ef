import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Makes the metrics of one registry: each has the label `workload`, and more that are named. */
export class Families {
  constructor(private readonly registry: Registry) {}

  gauge<L extends string = never>(
    name: string,
    help: string,
    more: readonly L[] = [],
  ): Gauge<'workload' | L> {
    const labelNames = ['workload' as const, ...more];
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  counter<L extends string = never>(
    name: string,
    help: string,
    more: readonly L[] = [],
  ): Counter<'workload' | L> {
    const labelNames = ['workload' as const, ...more];
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  histogram<L extends string = never>(
    name: string,
    help: string,
    buckets: readonly number[],
    more: readonly L[] = [],
  ): Histogram<'workload' | L> {
    const labelNames = ['workload' as const, ...more];
    const registers = [this.registry];
    return new Histogram({ name, help, buckets: [...buckets], labelNames, registers });
  }
}
