import { ThinferError } from '../../errors.ts';
import { mostRequests } from '../arrivals/most-requests.ts';
import type { ParsedShape, Shape } from '../arrivals/shape.ts';
import { type LoadOptions, runLoad } from '../run-load.ts';
import { type LoadSummary, summarise } from '../summary.ts';
import type { Threshold } from '../thresholds.ts';
import { judgeRun } from '../verdict.ts';
import { judgeStep, limitsOf, type StepJudgement } from './judge-step.ts';
import { type SearchRange, type SearchResult, searchRate } from './search-rate.ts';

/** One search. */
export interface FindRateOptions {
  /** What every step is run with. */
  readonly run: Omit<LoadOptions, 'loop' | 'extent' | 'seed'>;
  readonly itemsOf: (payload: number) => number;
  /** With a mean rate: not steps, and no ramp. */
  readonly arrivals: ParsedShape;
  /** Counted time of a step, in ms. */
  readonly durationMs: number;
  /** Before it, of each step. */
  readonly warmupMs: number;
  /** Of the first step; each further one has the next. */
  readonly seed: number;
  readonly limits: readonly Threshold[];
  /** Requests per second. */
  readonly startRate: number;
  /** As a share of the rate. */
  readonly precision: number;
  /** A step begins. */
  readonly onStep: (rate: number, number: number) => void;
}

/** A step that ran to its end. */
export interface SearchStep extends StepJudgement {
  /** Requests per second that were asked for. */
  readonly rate: number;
  /** It repeats the one before, which did not decide. */
  readonly repeated: boolean;
  readonly generatorKeptUp: boolean;
  readonly summary: LoadSummary;
}

/** What a search found, and how. */
export interface FoundRate extends SearchResult {
  /** What had to hold, in all. */
  readonly limits: readonly Threshold[];
  readonly startedAt: Date;
  readonly steps: readonly SearchStep[];
}

/** A step of the lowest rate has so many requests. */
const fewestRequests = 10;
/** Of the most that a run may have; a Poisson count strays. */
const fullest = 0.9;
const mostPerSecond = 1e6;
/** A step whose requests were sent at less than this share of the rate at which they were due was another step. */
const offeredShare = 0.95;

/** The rates that a search may try. Throws `usage` where its first rate is beyond them. */
export function rangeOf({ startRate, precision, durationMs, warmupMs }: FindRateOptions): SearchRange {
  const highestRate = Math.min(mostPerSecond, (fullest * mostRequests * 1000) / (durationMs + warmupMs));
  if (startRate > highestRate)
    throw new ThinferError(
      'usage',
      `--rate ${startRate}: at ${durationMs / 1000} s a step, a search tries at most ${Math.floor(highestRate)} requests/s`,
      { remedy: 'give a shorter --duration, or a lower --rate' },
    );
  const lowestRate = Math.min(startRate, (fewestRequests * 1000) / durationMs);
  return { startRate, lowestRate, highestRate, precision };
}

/** Searches the highest rate that holds the limits, in an open loop. An interrupt ends it with what was found. */
export async function findRate(options: FindRateOptions): Promise<FoundRate> {
  const limits = limitsOf(options.limits);
  const steps: SearchStep[] = [];
  const startedAt = new Date();
  const result = await searchRate(rangeOf(options), async (rate, repeated) => {
    options.onStep(rate, steps.length + 1);
    const step = await runStep(rate, repeated, options.seed + steps.length, limits, options);
    if (step !== null) steps.push(step);
    return step;
  });
  return { ...result, limits, startedAt, steps };
}

/** Null: it was interrupted. */
async function runStep(
  rate: number,
  repeated: boolean,
  seed: number,
  limits: readonly Threshold[],
  { run: options, arrivals, durationMs, warmupMs, itemsOf }: FindRateOptions,
): Promise<SearchStep | null> {
  if (options.signal.aborted) return null;
  try {
    const run = await runLoad({
      ...options,
      seed,
      loop: { kind: 'open', shape: { rate, ...arrivals } as Shape },
      extent: { warmupMs, durationMs, requests: Number.POSITIVE_INFINITY },
    });
    if (run.interrupted) return null;
    const summary = summarise(run, itemsOf, true);
    const { generatorKeptUp: keptUp } = judgeRun(run, summary, [], { open: true });
    const offeredAll = summary.sentPerSecond >= (offeredShare * summary.sent * 1000) / durationMs;
    const judgement = judgeStep(summary, { keptUp, offeredAll }, limits);
    return { rate, repeated, summary, generatorKeptUp: keptUp, ...judgement };
  } catch (error) {
    if (error instanceof ThinferError && error.code === 'interrupted') return null;
    throw error;
  }
}
