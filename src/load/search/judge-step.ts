import type { Interval } from '../../stats/index.ts';
import type { LoadSummary } from '../summary.ts';
import { judgeThreshold, type Metric, parseThreshold, type Threshold } from '../thresholds.ts';
import { metricOf } from '../verdict.ts';
import type { StepVerdict } from './search-rate.ts';

/** A step's verdict, and why it is so. */
export interface StepJudgement extends StepVerdict {
  /** Of each limit that failed or could not be decided, or of all where all hold: its value. */
  readonly why: string;
}

const opposite = { '<': '>=', '<=': '>', '>': '<=', '>=': '<' } as const;
const counts = new Set<Metric>(['errors', 'refused', 'late', 'wrong', 'failed', 'timeouts', 'lost']);

/** Holds unless the limits bound requests without an answer themselves: a server that refuses enough holds any latency. */
export const fewErrors = 'errors<=1%';

/** The limits of a search: those that are given, and `fewErrors` where none of them bounds a count. */
export function limitsOf(given: readonly Threshold[]): readonly Threshold[] {
  if (given.some(({ metric }) => counts.has(metric))) return given;
  return [...given, parseThreshold(fewErrors) as Threshold];
}

/** How the generator did in a step. */
export interface GeneratorState {
  readonly keptUp: boolean;
  /** It sent all that was due in the time that it was due in; late ones may be among them. */
  readonly offeredAll: boolean;
}

/**
 * Judges a step by its own summary: a limit is decided where the 95 % interval of what it bounds (p50, p99) lies on one side of it. A late
 * generator makes latencies longer and never shorter, so that limits that hold all the same do hold; where one fails, the step says
 * nothing of the server.
 */
export function judgeStep(
  summary: LoadSummary,
  generator: GeneratorState,
  limits: readonly Threshold[],
): StepJudgement {
  const judged = limits.map((limit) => judgeLimit(summary, limit));
  const holds = judged.every((one) => one.holds);
  const told = (some: readonly LimitJudgement[]): string => some.map(({ why }) => why).join('; ');
  if (!generator.offeredAll || (!generator.keptUp && !holds))
    return { state: 'behind', holds, why: `the generator could not keep up; ${told(judged)}` };
  const failed = judged.filter((one) => !one.holds && one.decided);
  if (failed.length > 0) return { state: 'failed', holds, why: told(failed) };
  const open = judged.filter(({ decided }) => !decided);
  if (open.length > 0) return { state: 'undecided', holds, why: told(open) };
  return { state: 'held', holds, why: told(judged) };
}

interface LimitJudgement {
  readonly holds: boolean;
  readonly decided: boolean;
  readonly why: string;
}

function judgeLimit(summary: LoadSummary, limit: Threshold): LimitJudgement {
  // What must hold fails where its opposite is so, or where nothing is known.
  const fails = { ...limit, comparison: opposite[limit.comparison] };
  const { value, failed } = judgeThreshold(fails, (metric) => metricOf(summary, metric), summary.sent);
  const interval = intervalOf(summary, limit.metric);
  const decided = interval === null || limit.bound < interval[0] || limit.bound > interval[1];
  const range = interval === null ? '' : ` (${interval.map(rounded).join(' to ')})`;
  const shown =
    value === null ? 'not known' : limit.ofSent ? `${rounded(100 * value)} %` : `${rounded(value)}${range}`;
  return { holds: !failed, decided, why: `${limit.text}: ${shown}` };
}

function intervalOf({ latencyMs }: LoadSummary, metric: Metric): Interval | null {
  if (metric === 'p50') return latencyMs?.p50Interval ?? null;
  return metric === 'p99' ? (latencyMs?.p99Interval ?? null) : null;
}

const rounded = (value: number): string => String(Number(value.toPrecision(3)));
