import { ThinferError } from '../errors.ts';
import { baselineGroups, sameGroups } from './baselines.ts';
import { type Candidate, nextCandidates, solveTarget } from './candidates.ts';
import { rateTolerance } from './choice.ts';
import { fitCells, fitRange } from './fit.ts';
import { usableCells } from './limits.ts';
import { noPlan } from './no-plan.ts';
import { solvePackrat } from './packrat.ts';
import type { PlanQuestion } from './question.ts';
import { ratePlan, tableOf } from './rate-plan.ts';
import type { Solution } from './solve.ts';
import type { Cell, ExplainedAnswer, ExplainedPlan, Group, Interval, PlanLimits, RunnerUp } from './types.ts';
import { whatIf } from './what-if.ts';

/** Of the candidates beside the best, so many are predicted from raw samples. */
const mostPredicted = 8;
const defaultAlternatives = 3;

/**
 * The plan that answers a question best, the next best few, the baselines, and why. The search is exact by the
 * cells' medians. For a latency the best few are then ranked by their predicted time, and where samples say that
 * another of them is faster, that one is `best`. Throws `no-plan` where no set of cells will do, saying what binds.
 */
export function plan(question: PlanQuestion): ExplainedAnswer {
  const { target, limits, policy = 'exact' } = question;
  const cells = cellsOf(question);
  const table = tableOf(cells);
  const rate = ({ groups, placement }: Candidate): ExplainedPlan =>
    ratePlan(groups, table, question, placement)!;
  const solution =
    policy === 'packrat' ? packratSolution(cells, question) : solveTarget(cells, target, limits);
  if (solution === null) throw noPlan(cells, target, limits);
  const compare = comparisons[target.goal];
  const ranked =
    policy === 'packrat'
      ? [rate(solution), ...packratRivals(cells, question, solution).map(rate)]
      : firstOf([solution, ...nextCandidates(cells, target, limits, solution)], table, question)
          .map(rate)
          .sort(compare);
  const best = ranked[0]!;
  const alternatives = ranked.slice(1, 1 + (question.alternatives ?? defaultAlternatives));
  const groups = baselineGroups(usableCells(cells, limits), target, limits.cores);
  const fat = groups.fat && ratePlan(groups.fat, table, question);
  const thin = groups.thin && ratePlan(groups.thin, table, question);
  const gain = (other: ExplainedPlan | null): number | null => other && gainOver(best, other, question);
  return {
    goal: target.goal,
    policy,
    limits: limitsOf(question),
    cores: limits.cores,
    items:
      target.goal === 'latency'
        ? target.items
        : best.groups.reduce((sum, { instances, batch }) => sum + instances * batch, 0),
    best,
    alternatives,
    baselines: { fat, thin },
    speedup: { fat: gain(fat), thin: gain(thin), default: null },
    table: {
      cells: cells.length,
      measured: cells.filter((cell) => !cell.fitted).length,
      fitted: cells.filter((cell) => cell.fitted).length,
    },
    runnerUp: runnerUpOf(best, alternatives[0], question),
    whatIf: whatIf(cells, question, best),
  };
}

/** How a set given by hand would do, as plans are told of; null where some cell of it is not known. */
export function rateGroups(groups: readonly Group[], question: PlanQuestion): ExplainedPlan | null {
  return ratePlan(groups, tableOf(cellsOf(question)), question);
}

function limitsOf({ target, limits }: PlanQuestion): PlanLimits {
  const { latencyMs = null, memoryBytes = null, largestBatch = null, nodes, equal = false } = limits;
  const most = nodes?.mostInstances ?? Number.POSITIVE_INFINITY;
  return {
    latencyMs,
    itemsPerSecond: target.goal === 'cost' ? target.itemsPerSecond : null,
    memoryBytes,
    largestBatch,
    nodes: nodes?.cores ?? null,
    instancesPerNode: most === Number.POSITIVE_INFINITY ? null : most,
    equal,
  };
}

/** The cells that a question is answered from. */
export function cellsOf({ measured, fit, target, limits }: PlanQuestion): Cell[] {
  const items = target.goal === 'latency' ? target.items : null;
  return fit ? fitCells(measured, fitRange(measured, limits.cores, items)) : [...measured];
}

/** Packrat's programme knows one goal and no limits but the cores. */
function packratSolution(cells: readonly Cell[], { target, limits }: PlanQuestion): Solution | null {
  if (target.goal !== 'latency')
    throw new ThinferError('usage', `--policy packrat plans for the goal latency only, not ${target.goal}`);
  const solution = solvePackrat(cells, limits.cores, target.items);
  if (solution !== null || solveTarget(cells, target, limits) === null) return solution;
  throw new ThinferError(
    'no-plan',
    `--policy packrat: no set of cells uses exactly ${limits.cores} cores and holds exactly ${target.items} items`,
    { remedy: 'the exact planner needs neither: leave --policy out' },
  );
}

/** The exact planner's set, where it is another one. */
function packratRivals(
  cells: readonly Cell[],
  { target, limits }: PlanQuestion,
  solution: Solution,
): Candidate[] {
  const exact = solveTarget(cells, target, limits);
  return exact === null || sameGroups(exact.groups, solution.groups) ? [] : [exact];
}

/** The distinct ones that are best by the cells' medians, few enough to be predicted from raw samples. */
function firstOf(
  candidates: readonly Candidate[],
  table: ReadonlyMap<string, Cell>,
  question: PlanQuestion,
): Candidate[] {
  const compare = comparisons[question.target.goal];
  const unsampled = { ...question, samplesOf: undefined };
  const seen = new Set<string>();
  return candidates
    .filter(({ groups }) => {
      const name = JSON.stringify(groups);
      return !seen.has(name) && seen.add(name);
    })
    .map((candidate) => ({ candidate, plan: ratePlan(candidate.groups, table, unsampled)! }))
    .sort((a, b) => compare(a.plan, b.plan))
    .slice(0, mostPredicted)
    .map(({ candidate }) => candidate);
}

const instancesOf = ({ groups }: ExplainedPlan): number =>
  groups.reduce((sum, { instances }) => sum + instances, 0);

/** Rates that differ by less than rounding are one rate. */
const compareRates = (a: ExplainedPlan, b: ExplainedPlan): number =>
  Math.abs(a.itemsPerSecond - b.itemsPerSecond) <= rateTolerance * a.itemsPerSecond
    ? 0
    : b.itemsPerSecond - a.itemsPerSecond;

const compareSizes = (a: ExplainedPlan, b: ExplainedPlan): number =>
  a.cores - b.cores || instancesOf(a) - instancesOf(b);

const comparisons: Readonly<Record<ExplainedAnswer['goal'], (a: ExplainedPlan, b: ExplainedPlan) => number>> =
  {
    latency: (a, b) => a.predictedMs - b.predictedMs || a.latencyMs - b.latencyMs || compareSizes(a, b),
    throughput: (a, b) => compareRates(a, b) || compareSizes(a, b),
    cost: (a, b) => compareSizes(a, b) || compareRates(a, b),
  };

/** How much better a plan is than another one, by the goal: above 1 where it is better. */
function gainOver(best: ExplainedPlan, other: ExplainedPlan, { target }: PlanQuestion): number {
  switch (target.goal) {
    case 'latency':
      return other.predictedMs / best.predictedMs;
    case 'throughput':
      return best.itemsPerSecond / other.itemsPerSecond;
    case 'cost':
      return other.cores / best.cores;
  }
}

function runnerUpOf(
  best: ExplainedPlan,
  next: ExplainedPlan | undefined,
  question: PlanQuestion,
): RunnerUp | null {
  if (next === undefined) return null;
  const ratio = gainOver(best, next, question);
  const interval = ratioInterval(best, next, question);
  return { ratio, interval, couldBeBetter: interval && interval[0] < 1 };
}

/** One cell that bounds both moves both; the fewer cores are certain. */
function ratioInterval(best: ExplainedPlan, next: ExplainedPlan, { target }: PlanQuestion): Interval | null {
  switch (target.goal) {
    case 'latency': {
      const ratio = next.predictedMs / best.predictedMs;
      const sameCell = JSON.stringify(best.boundBy) === JSON.stringify(next.boundBy);
      if (sameCell) return [ratio, ratio];
      return best.interval && next.interval && quotient(next.interval, best.interval);
    }
    case 'throughput':
      return (
        best.itemsPerSecondInterval &&
        next.itemsPerSecondInterval &&
        quotient(best.itemsPerSecondInterval, next.itemsPerSecondInterval)
      );
    case 'cost':
      return [next.cores / best.cores, next.cores / best.cores];
  }
}

const quotient = (over: Interval, under: Interval): Interval => [over[0] / under[1], over[1] / under[0]];
