import { type Interval, mean, studentQuantile } from '../stats/index.ts';
import { summariseGrid } from './grid-verdict.ts';
import type { MatchedCell } from './match-cells.ts';
import { type Pair, standardErrors } from './standard-errors.ts';
import type {
  ComparedCell,
  CompareOptions,
  GridComparison,
  Measurement,
  Obstacle,
  SideCell,
} from './types.ts';

/**
 * Ratios, intervals and verdicts of matched cells. Each interval, and that of their mean, has the confidence 1 − alpha
 * over their number (Bonferroni), so that all of them hold at once with 1 − alpha, whatever they have in common; a verdict
 * is nothing but where the interval lies.
 */
export function compareCells(matched: readonly MatchedCell[], options: CompareOptions): GridComparison {
  const obstacles = matched.map((cell) => obstacleOf(cell, options));
  const pairs = matched.map((cell) => pairOf(cell));
  const judged = [...matched.keys()].filter((index) => obstacles[index] === null);
  const errors = standardErrors(judged.map((index) => pairs[index]!));
  const tails = options.alpha / familySize(judged.length);
  const intervals = new Map(judged.map((index, rank) => [index, halfWidth(errors[rank]!, tails)]));
  const cells = matched.map((cell, index) =>
    compareOne(cell, { obstacle: obstacles[index] ?? null, half: intervals.get(index) ?? null }, options),
  );
  return summariseGrid(
    cells,
    errors.map(({ error }) => error),
    tails,
  );
}

/** Intervals that have to hold at once: one for each cell, and that of the mean where there is one. */
const familySize = (cells: number): number => (cells < 2 ? 1 : cells + 1);

const halfWidth = ({ error, df }: { error: number; df: number }, tails: number): number =>
  error * studentQuantile(tails, df);

/** Why a cell has no verdict, the gravest reason first. */
function obstacleOf({ a, b }: MatchedCell, options: CompareOptions): Obstacle | null {
  if (b === null) return 'only in A';
  if (a === null) return 'only in B';
  const failed = [a, b].map(({ measurement }) => measurement.state === 'failed');
  if (failed[0] && failed[1]) return 'failed in both';
  if (failed[0]) return 'failed in A';
  if (failed[1]) return 'failed in B';
  if (sharedRuns(a, b) > 0) return 'same runs';
  // In another precision a model is another file, by intent.
  const isOtherPrecision = a.columns['precision'] !== b.columns['precision'];
  if (!isOtherPrecision && differ(a.modelHash, b.modelHash)) return 'other model';
  if (differ(a.method, b.method)) return 'other method';
  const sampled = [a.measurement, b.measurement].flatMap((side) => (side.state === 'sampled' ? [side] : []));
  if (sampled.length < 2) return 'averages only';
  if (sampled.some(({ visitMs }) => visitMs.length < 2)) return 'one visit';
  if (!options.judgeDisturbed && sampled.some(({ disturbances }) => disturbances.length > 0))
    return 'disturbed';
  return null;
}

/** How many runs stand on both sides: a sweep that finds a cell stored doesn't measure it again. */
function sharedRuns(a: SideCell, b: SideCell): number {
  const ofB = new Set(b.runs);
  return a.runs.filter((run) => ofB.has(run)).length;
}

const differ = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;

/** Empty where there are no samples; such cells have an obstacle. */
function pairOf({ a, b }: MatchedCell): Pair {
  return { a: visitsOf(a), b: visitsOf(b) };
}

function visitsOf(cell: SideCell | null): Pair['a'] {
  if (cell?.measurement.state !== 'sampled') return { logs: [], first: 0 };
  const { visitMs, firstVisits } = cell.measurement;
  return { logs: visitMs.map(Math.log), first: firstVisits };
}

/** Geometric mean of the visits' medians, which the interval belongs to; an imported table's latency as it is. */
function latencyOf(measurement: Measurement | undefined): number | null {
  if (measurement === undefined || measurement.state === 'failed') return null;
  return measurement.state === 'average'
    ? measurement.latencyMs
    : Math.exp(mean(measurement.visitMs.map(Math.log)));
}

const visitCount = (measurement: Measurement | undefined): number | null =>
  measurement?.state === 'sampled' ? measurement.visitMs.length : null;

function compareOne(
  cell: MatchedCell,
  { obstacle, half }: { readonly obstacle: Obstacle | null; readonly half: number | null },
  { threshold }: CompareOptions,
): ComparedCell {
  const a = latencyOf(cell.a?.measurement);
  const b = latencyOf(cell.b?.measurement);
  const ratio = a === null || b === null ? null : b / a;
  const interval: Interval | null =
    ratio === null || half === null ? null : [ratio * Math.exp(-half), ratio * Math.exp(half)];
  return {
    columns: cell.columns,
    threads: cell.threads,
    batch: cell.batch,
    a,
    b,
    visitsA: visitCount(cell.a?.measurement),
    visitsB: visitCount(cell.b?.measurement),
    ratio,
    interval,
    verdict: verdictOf(interval),
    obstacle,
    because: obstacle === null ? null : becauseOf(obstacle, cell),
    regression: obstacle === 'failed in B' || (interval !== null && interval[0] > 1 + threshold),
    within: interval !== null && interval[0] > 1 / (1 + threshold) && interval[1] < 1 + threshold,
  };
}

function verdictOf(interval: Interval | null): ComparedCell['verdict'] {
  if (interval === null) return 'not comparable';
  if (interval[0] > 1) return 'slower';
  return interval[1] < 1 ? 'faster' : 'no difference';
}

function becauseOf(obstacle: Obstacle, { a, b }: MatchedCell): string {
  switch (obstacle) {
    case 'only in A':
      return 'B has no such cell';
    case 'only in B':
      return 'A has no such cell';
    case 'failed in A':
    case 'failed in B':
    case 'failed in both':
      return failures([a, b]);
    case 'same runs':
      return sameRuns(a!, b!);
    case 'other model':
      return `the models have other contents: ${a?.modelHash?.slice(0, 12)} and ${b?.modelHash?.slice(0, 12)}`;
    case 'other method':
      return `they were measured by other methods: ${a?.method} and ${b?.method}`;
    case 'disturbed':
      return disturbances(a, b);
    case 'averages only':
      return 'only averages are known, and not how far they vary';
    case 'one visit':
      return 'measured in one visit, so what changes from visit to visit is not known';
  }
}

function sameRuns(a: SideCell, b: SideCell): string {
  const shared = sharedRuns(a, b);
  return shared === a.runs.length && shared === b.runs.length
    ? 'A and B are one measurement, not two'
    : `${shared} of A’s ${a.runs.length} visits and B’s ${b.runs.length} are the same, so A and B are not two measurements`;
}

function failures(sides: readonly (SideCell | null)[]): string {
  const messages = sides.map((side) =>
    side?.measurement.state === 'failed' ? side.measurement.message : null,
  );
  return messages
    .flatMap((message, index) => (message === null ? [] : [`${'AB'[index]}: ${message}`]))
    .join('; ');
}

function disturbances(a: SideCell | null, b: SideCell | null): string {
  const of = (side: SideCell | null, name: string): string[] =>
    side?.measurement.state === 'sampled' && side.measurement.disturbances.length > 0
      ? [`${name}: ${side.measurement.disturbances.join(', ')}`]
      : [];
  return [...of(a, 'A'), ...of(b, 'B')].join('; ');
}
