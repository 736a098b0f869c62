import { ThinferError } from '../errors.ts';
import { rateOf } from './choice.ts';
import { fitCells, fitRange } from './fit.ts';
import { type Limits, usableCells } from './limits.ts';
import { type CostStep, type Part, partitionRanges } from './partition.ts';
import { predictSlowest, type ReplicaSamples } from './predict.ts';
import type { PlanQuestion } from './question.ts';
import { ratePlan, tableOf } from './rate-plan.ts';
import { type Solution, solveLatency, solveThroughput } from './solve.ts';
import type { Cell, ExplainedPlan, Group } from './types.ts';

/** Requests longer than the range before reaches, up to `upTo`. */
export interface LengthRange {
  /** Upper end, in tokens, say; what a request is padded to where the range has a set of its own. */
  readonly upTo: number;
  /** Of all requests, above 0; the shares of all ranges add up to 1. */
  readonly share: number;
}

/** What was measured at one length. */
export interface LengthTable {
  readonly measured: readonly Cell[];
  /** Raw samples of a measured cell; null where only its latency is known. */
  readonly samplesOf?: ((threads: number, batch: number) => ReplicaSamples | null) | undefined;
}

/** What is looked for: `latency`, the shortest time until B items that arrive together are done; `throughput`, most items per second. */
export type LengthTarget =
  | { readonly goal: 'latency' /** B, at least 1. */; readonly items: number }
  | { readonly goal: 'throughput' };

/** What sets for ranges of lengths are planned from. */
export interface LengthsQuestion {
  /** By ascending `upTo`. */
  readonly ranges: readonly LengthRange[];
  readonly target: LengthTarget;
  /** T, and what concerns one instance alone. */
  readonly limits: Pick<Limits, 'cores' | 'equal' | 'largestBatch' | 'latencyMs'>;
  /** Whether cells between measured ones may be used. */
  readonly fit: boolean;
  /** The table at a range's upper end. */
  readonly tableAt: (length: number) => LengthTable;
  /** A split by hand, to be rated beside the best: each set's upper end and cores, ascending, the last one the last range's. */
  readonly split?: readonly HandSet[] | undefined;
}

/** A set as it is given by hand. */
export interface HandSet {
  readonly upTo: number;
  readonly cores: number;
}

/** Instances for one or more consecutive ranges. */
export interface RangeSet {
  /** What all its requests are padded to: the upper end of its last range. */
  readonly paddedTo: number;
  /** Upper ends of its ranges, ascending. */
  readonly lengths: readonly number[];
  /** Of all requests. */
  readonly share: number;
  /** Its share of B, rounded up; for `throughput` what it holds at once. */
  readonly items: number;
  /** Cores that it was given; `plan.cores` are used. */
  readonly cores: number;
  readonly plan: ExplainedPlan;
}

/** Sets that together serve all ranges, each on cores of its own. */
export interface LengthPlan {
  /** By ascending length. */
  readonly sets: readonly RangeSet[];
  /** Used by all sets. */
  readonly cores: number;
  /** The largest L[t,b] over all instances. */
  readonly latencyMs: number;
  /** Median, from raw samples where there are any, of the slowest instance of all sets. */
  readonly predictedMs: number;
  /** Of the whole mix: B over `predictedMs`, or as much as the busiest set allows. */
  readonly itemsPerSecond: number;
  readonly fitted: boolean;
}

/** How ranges of lengths are best served. */
export interface LengthsAnswer {
  readonly goal: LengthTarget['goal'];
  readonly cores: number;
  /** B; null for `throughput`. */
  readonly items: number | null;
  readonly ranges: readonly LengthRange[];
  readonly best: LengthPlan;
  /** One set for all, padded to the largest length; null where no cells will do. */
  readonly oneSet: LengthPlan | null;
  /** The split by hand; null where none was given, or where it can't hold its items. */
  readonly split: LengthPlan | null;
  /** How much better the best is: predicted time over its, or its rate over the other's. */
  readonly speedup: { readonly oneSet: number | null; readonly split: number | null };
}

/**
 * Chooses which consecutive ranges of length share a set of instances, padded to the longest of them, how many cores
 * each set has, and its ⟨i,t,b⟩.
 *
 * For `latency`, B items arrive together, in every range its share of them; all sets work at the same time, each on
 * its own cores, and the time until the last one is done is least. For `throughput`, the rate at which the mix can
 * arrive for ever is greatest: each set does items at least at its share of that rate. Exact by the cells' medians; of
 * equal plans that with the fewest cores, then the fewest sets. One set for all and the split by hand, predicted from raw
 * samples like it, take its place where they are better by that. Throws `no-plan` where no cells will do.
 */
export function planLengths(question: LengthsQuestion): LengthsAnswer {
  const { ranges, target, limits, split } = question;
  const sets = new RangeSets(question);
  const parts = partitionRanges(ranges.length, limits.cores, (from, to) => sets.steps(from, to));
  if (parts === null) throw noLengthPlan(question, sets);
  const found = lengthPlan(parts, question, sets)!;
  const oneSet = lengthPlan([{ from: 0, to: ranges.length - 1, cores: limits.cores }], question, sets);
  const byHand = split === undefined ? null : lengthPlan(partsOf(split, ranges), question, sets);
  const best = [oneSet, byHand].reduce<LengthPlan>(
    (most, other) => (other !== null && isBetter(other, most, target.goal) ? other : most),
    found,
  );
  const gain = (other: LengthPlan | null): number | null => {
    if (other === null) return null;
    return target.goal === 'latency'
      ? other.predictedMs / best.predictedMs
      : best.itemsPerSecond / other.itemsPerSecond;
  };
  return {
    goal: target.goal,
    cores: limits.cores,
    items: target.goal === 'latency' ? target.items : null,
    ranges,
    best,
    oneSet,
    split: byHand,
    speedup: { oneSet: gain(oneSet), split: gain(byHand) },
  };
}

/** By what is predicted; the search is exact by anything else. */
function isBetter(a: LengthPlan, b: LengthPlan, goal: LengthTarget['goal']): boolean {
  return goal === 'latency' && a.predictedMs < b.predictedMs * (1 - roundingError);
}

function partsOf(split: readonly HandSet[], ranges: readonly LengthRange[]): Part[] {
  return split.map(({ upTo, cores }, index) => ({
    from: index === 0 ? 0 : ranges.findIndex((range) => range.upTo > split[index - 1]!.upTo),
    to: ranges.findIndex((range) => range.upTo === upTo),
    cores,
  }));
}

/** A set that was found on some number of cores. */
interface Step extends CostStep {
  readonly solution: Solution;
}

/** A share times B may come out a hair above a whole number. */
const roundingError = 1e-9;

/** The best set of any consecutive ranges on any number of cores; each is solved once. */
class RangeSets {
  private readonly question: LengthsQuestion;
  private readonly cells = new Map<number, readonly Cell[]>();
  private readonly solved = new Map<string, readonly Step[]>();
  private readonly sets = new Map<string, readonly Solution[]>();

  constructor(question: LengthsQuestion) {
    this.question = question;
  }

  /** Only where more cores make it cheaper, by rising cores. */
  steps(from: number, to: number): readonly Step[] {
    const name = `${from}-${to}`;
    const steps = this.solved.get(name) ?? this.solve(from, to);
    this.solved.set(name, steps);
    return steps;
  }

  shareOf(from: number, to: number): number {
    return this.question.ranges.slice(from, to + 1).reduce((sum, { share }) => sum + share, 0);
  }

  /** Whole items of B; 1 where there is no B. */
  itemsOf(from: number, to: number): number {
    const { target } = this.question;
    if (target.goal === 'throughput') return 1;
    return Math.max(1, Math.ceil(this.shareOf(from, to) * target.items - roundingError));
  }

  /** Measured and fitted cells at a range's upper end. */
  cellsAt(range: number): readonly Cell[] {
    const known = this.cells.get(range);
    if (known !== undefined) return known;
    const { ranges, target, limits, fit, tableAt } = this.question;
    const { measured } = tableAt(ranges[range]!.upTo);
    const most = target.goal === 'latency' ? target.items : null;
    const all = fit ? fitCells(measured, fitRange(measured, limits.cores, most)) : measured;
    const cells = target.goal === 'latency' ? all : bestRates(usableCells(all, limits));
    this.cells.set(range, cells);
    return cells;
  }

  private solve(from: number, to: number): Step[] {
    const share = this.shareOf(from, to);
    const { goal } = this.question.target;
    return this.solutions(to, this.itemsOf(from, to)).map((solution) => ({
      cores: solution.cores,
      cost: goal === 'latency' ? solution.latencyMs : share / rateOfSet(solution, this.cellsAt(to)),
      solution,
    }));
  }

  /** The best sets of so many items at a range's upper end on any number of cores, by rising cores. */
  private solutions(range: number, items: number): readonly Solution[] {
    const name = `${range}/${items}`;
    const known = this.sets.get(name);
    if (known !== undefined) return known;
    const { target, limits } = this.question;
    const cells = this.cellsAt(range);
    const found: Solution[] = [];
    for (let cores = limits.cores; cores > 0; ) {
      const within = { ...limits, cores };
      const solution =
        target.goal === 'latency' ? solveLatency(cells, items, within) : solveThroughput(cells, within);
      if (solution === null) break;
      found.unshift(solution);
      // A solution has the fewest cores that are as good.
      cores = solution.cores - 1;
    }
    this.sets.set(name, found);
    return found;
  }
}

/** For each number of threads the cell with the most items per second: no set for a rate has any other. */
function bestRates(cells: readonly Cell[]): Cell[] {
  const columns = Map.groupBy(cells, ({ threads }) => threads);
  return [...columns.values()].map((column) =>
    column.reduce((best, cell) => {
      const gain = rateOf(cell) - rateOf(best);
      return gain > 0 || (gain === 0 && cell.latencyMs < best.latencyMs) ? cell : best;
    }),
  );
}

/** Items per second of instances that always have a full batch. */
function rateOfSet({ groups }: Solution, cells: readonly Cell[]): number {
  const table = tableOf(cells);
  return groups.reduce((sum, { instances, threads, batch }) => {
    return sum + instances * rateOf(table.get(`${threads}/${batch}`)!);
  }, 0);
}

/** What given parts deliver; null where one of them has too few cores. */
function lengthPlan(parts: readonly Part[], question: LengthsQuestion, sets: RangeSets): LengthPlan | null {
  const built = parts.map((part) => rangeSet(part, question, sets));
  if (!built.every((set) => set !== null)) return null;
  const plans = built.map(({ plan }) => plan);
  const predictedMs = predictAll(built, parts, question, sets);
  const { target } = question;
  return {
    sets: built,
    cores: plans.reduce((sum, { cores }) => sum + cores, 0),
    latencyMs: Math.max(...plans.map(({ latencyMs }) => latencyMs)),
    predictedMs,
    itemsPerSecond:
      target.goal === 'latency'
        ? (target.items / predictedMs) * 1000
        : Math.min(...built.map(({ plan, share }) => plan.itemsPerSecond / share)),
    fitted: plans.some(({ fitted }) => fitted),
  };
}

function rangeSet({ from, to, cores }: Part, question: LengthsQuestion, sets: RangeSets): RangeSet | null {
  const step = sets.steps(from, to).findLast((one) => one.cores <= cores);
  if (step === undefined) return null;
  const { ranges, target, limits, fit, tableAt } = question;
  const { groups } = step.solution;
  const { measured, samplesOf } = tableAt(ranges[to]!.upTo);
  const items = sets.itemsOf(from, to);
  const asked: PlanQuestion = {
    measured,
    target: target.goal === 'latency' ? { goal: 'latency', items } : target,
    limits: { ...limits, cores },
    fit,
    samplesOf,
  };
  const held = groups.reduce((sum, { instances, batch }) => sum + instances * batch, 0);
  return {
    paddedTo: ranges[to]!.upTo,
    lengths: ranges.slice(from, to + 1).map(({ upTo }) => upTo),
    share: sets.shareOf(from, to),
    items: target.goal === 'latency' ? items : held,
    cores,
    plan: ratePlan(groups, tableOf(sets.cellsAt(to)), asked)!,
  };
}

/** The median of the slowest of all sets, which run at the same time. */
function predictAll(
  built: readonly RangeSet[],
  parts: readonly Part[],
  { tableAt }: LengthsQuestion,
  sets: RangeSets,
): number {
  const samples = new Map<Group, ReplicaSamples | number>();
  for (const [index, { paddedTo, plan }] of built.entries()) {
    const cells = tableOf(sets.cellsAt(parts[index]!.to));
    const { samplesOf } = tableAt(paddedTo);
    for (const group of plan.groups) {
      const { fitted, latencyMs } = cells.get(`${group.threads}/${group.batch}`)!;
      samples.set(group, (fitted ? null : samplesOf?.(group.threads, group.batch)) ?? latencyMs);
    }
  }
  return predictSlowest([...samples.keys()], (group) => samples.get(group)!);
}

function noLengthPlan({ ranges, target, limits }: LengthsQuestion, sets: RangeSets): ThinferError {
  const asked = target.goal === 'latency' ? `${target.items} items` : 'the mix';
  const message = `no sets of instances process ${asked} of these lengths within ${limits.cores} cores`;
  const without = ranges.filter((_, index) => sets.steps(index, index).length === 0);
  const remedy =
    without.length === 0
      ? 'each range alone has a set: give more cores'
      : `no cells at length ${without.map(({ upTo }) => upTo).join(', ')} do for its share: relax the limits, give fewer items, or measure larger batches`;
  return new ThinferError('no-plan', message, { remedy });
}
