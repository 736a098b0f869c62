import { type Metric, Registry } from 'prom-client';

/** A value of a metric with its labels. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string | number>>;
  readonly value: number;
  /** Where it is not the metric's own: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/** A metric whose values are computed when somebody asks. */
export interface Collected {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** With its unit, where the name does not say it. */
  readonly help: string;
  readonly samples: () => Iterable<Sample>;
}

/**
 * Metrics as prom-client writes them. Its own counters and histograms are not used: everything is counted already where it happens, and
 * one more call for each request would cost more than what is there to serve a small model.
 */
export function registryOf(metrics: readonly Collected[]): Registry {
  const registry = new Registry();
  for (const { name, type, help, samples } of metrics) {
    const metric = { name, type, help, get: async () => ({ name, type, help, values: [...samples()] }) };
    // All that a registry calls is `get`.
    registry.registerMetric(metric as unknown as Metric);
  }
  return registry;
}
