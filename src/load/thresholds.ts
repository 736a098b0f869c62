/** What a threshold may look at. A number's unit follows from it: ms, per second, or a count. */
const metrics = {
  p50: 'ms', p90: 'ms', p95: 'ms', p99: 'ms', 'p99.9': 'ms', max: 'ms', mean: 'ms', slip: 'ms',
  rate: 'perSecond', goodput: 'perSecond', items: 'perSecond',
  errors: 'count', refused: 'count', late: 'count', wrong: 'count', failed: 'count', timeouts: 'count', lost: 'count',
} as const; // biome-ignore format: a table

/** Name of what a threshold looks at. */
export type Metric = keyof typeof metrics;

const comparisons = {
  '<': (value: number, bound: number) => value < bound,
  '<=': (value: number, bound: number) => value <= bound,
  '>': (value: number, bound: number) => value > bound,
  '>=': (value: number, bound: number) => value >= bound,
} as const;

/** A condition under which a run fails. */
export interface Threshold {
  /** As it was given. */
  readonly text: string;
  readonly metric: Metric;
  readonly comparison: keyof typeof comparisons;
  /** In ms, per second, a count, or with `ofSent` a share of the counted requests. */
  readonly bound: number;
  readonly ofSent: boolean;
}

/** What a threshold came to. */
export interface ThresholdResult {
  readonly text: string;
  /** In the unit of the bound; null: not known, which fails. */
  readonly value: number | null;
  readonly failed: boolean;
}

const toMs: Readonly<Record<string, number>> = { us: 0.001, µs: 0.001, ms: 1, s: 1000 };
const shape = /^\s*([a-z0-9.]+)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(\S*)\s*$/;

/** Reads `p99>50ms`, `goodput<100`, `errors>0`, `refused>1%`. Gives the threshold, or what is wrong with the text. */
export function parseThreshold(text: string): Threshold | string {
  const [, name = '', comparison = '', number = '', unit = ''] = shape.exec(text) ?? [];
  if (name === '') return `"${text}" is not METRIC, one of < <= > >=, and a number, such as p99>50ms`;
  if (!Object.hasOwn(metrics, name))
    return `"${text}": there is no metric "${name}"; there are ${Object.keys(metrics).join(', ')}`;
  const metric = name as Metric;
  const factor = factorOf(metric, unit);
  if (typeof factor === 'string') return `"${text}": ${factor}`;
  const bound = Number(number) * factor;
  return {
    text: text.trim(),
    metric,
    comparison: comparison as Threshold['comparison'],
    bound,
    ofSent: unit === '%',
  };
}

function factorOf(metric: Metric, unit: string): number | string {
  switch (metrics[metric]) {
    case 'ms':
      return toMs[unit] ?? `${metric} is a time and needs its unit: us, ms or s`;
    case 'perSecond':
      return unit === '' || unit === '/s' ? 1 : `${metric} is a number per second, without a unit`;
    case 'count':
      return unit === ''
        ? 1
        : unit === '%'
          ? 0.01
          : `${metric} is a count, or with % a share of the requests`;
  }
}

/** Judges one threshold. @param lookUp A metric's value; null where it is not known. @param sent Counted requests. */
export function judgeThreshold(
  { text, metric, comparison, bound, ofSent }: Threshold,
  lookUp: (metric: Metric) => number | null,
  sent: number,
): ThresholdResult {
  const known = lookUp(metric);
  const value = known !== null && ofSent ? (sent === 0 ? null : known / sent) : known;
  return { text, value, failed: value === null || comparisons[comparison](value, bound) };
}
