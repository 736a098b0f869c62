import { ThinferError } from '../errors.ts';
import { solveTarget } from './candidates.ts';
import { usableCells } from './limits.ts';
import { cellsOf, plan } from './plan.ts';
import type { PlanQuestion } from './question.ts';
import { shareCores } from './share-cores.ts';
import { mostItemsPerSecond, type Solution, smallestWithin } from './solve.ts';
import type { Cell, ExplainedAnswer } from './types.ts';

/** What is asked of one of several models; its limit on cores is that of all together. */
export interface ModelQuestion extends PlanQuestion {
  readonly model: string;
}

/** The plan of one of several models; `cores` are its share. */
export interface ModelAnswer extends ExplainedAnswer {
  readonly model: string;
  /** How many times slower it is than with all cores to itself; null with the goal `cost`. */
  readonly slowdown: number | null;
}

/**
 * Plans for several models that share `cores` cores. Models with something to keep (the goal `cost`, or a latency
 * limit on their items) first get the fewest cores that keep it; the others share what is left such that the largest
 * slow-down against having all cores alone is as small as can be. Throws `no-plan` where cores are too few.
 */
export function planModels(questions: readonly ModelQuestion[], cores: number): ModelAnswer[] {
  const models = questions.map((question) => {
    const cells = cellsOf(question);
    return { question, cells, needs: needsOf(question, cells) };
  });
  const needed = models.reduce((sum, { needs }) => sum + (needs ?? 0), 0);
  const rest = models.filter(({ needs }) => needs === null);
  const shares =
    needed > cores
      ? null
      : shareCores(
          rest.map(({ question, cells }) => {
            const slowdown = slowdownOf(question, cells, cores);
            return Array.from({ length: cores + 1 }, (_, own) => slowdown(own));
          }),
          cores - needed,
        );
  if (shares === null) throw tooFewCores(models, cores);
  return models.map((model): ModelAnswer => {
    const own = model.needs ?? shares[rest.indexOf(model)]!;
    const { question, cells } = model;
    const answer = plan({ ...question, limits: { ...question.limits, cores: own } });
    const slowdown = question.target.goal === 'cost' ? null : slowdownOf(question, cells, cores)(own);
    return { ...answer, model: question.model, slowdown };
  });
}

interface Model {
  readonly question: ModelQuestion;
  readonly cells: readonly Cell[];
  /** Cores that keep its limits; null where it has none and takes a share of the rest. */
  readonly needs: number | null;
}

function needsOf(question: ModelQuestion, cells: readonly Cell[]): number | null {
  const { target, limits } = question;
  if (target.goal === 'throughput' || (target.goal === 'latency' && limits.latencyMs === undefined))
    return null;
  const fewest =
    target.goal === 'latency'
      ? smallestWithin(cells, target.items, limits)
      : solveTarget(cells, target, limits);
  // Says what binds this model even with all cores.
  if (fewest === null) plan(question);
  return fewest!.cores;
}

/**
 * For numbers of cores, how many times slower the best plan is than on all; infinity where there is none. Throws what
 * `plan` does where all are too few.
 */
function slowdownOf(question: ModelQuestion, cells: readonly Cell[], cores: number): (own: number) => number {
  const { target, limits } = question;
  const usable = usableCells(cells, limits);
  const timeOn = (own: number): number => {
    const solution = own === 0 ? null : solveTarget(usable, target, { ...limits, cores: own });
    return solution === null ? Number.POSITIVE_INFINITY : timeOf(solution, usable, question);
  };
  const alone = timeOn(cores);
  if (alone === Number.POSITIVE_INFINITY) plan(question);
  return (own) => timeOn(own) / alone;
}

/** What a solution takes for its items, or for one item where a rate counts. */
function timeOf(solution: Solution, cells: readonly Cell[], { target, limits }: ModelQuestion): number {
  if (target.goal === 'latency') return solution.latencyMs;
  return 1 / mostItemsPerSecond(cells, { ...limits, cores: solution.cores });
}

function tooFewCores(models: readonly Model[], cores: number): ThinferError {
  const needs = models.map(({ question, needs: own }) => {
    const least = own ?? fewestFor(question, cores);
    return { name: question.model, least };
  });
  const all = needs.reduce((sum, { least }) => sum + least, 0);
  const each = needs.map(({ name, least }) => `${name} ${least}`).join(', ');
  return new ThinferError(
    'no-plan',
    `${cores} ${cores === 1 ? 'core is' : 'cores are'} too few for all models: they need at least ${all} (${each})`,
    { remedy: `give --cores ${all}, loosen their limits, or leave a model out` },
  );
}

/** The fewest cores on which a model has any plan; it has one on all of them. */
function fewestFor(question: ModelQuestion, cores: number): number {
  const cells = cellsOf(question);
  let own = 1;
  while (own < cores && solveTarget(cells, question.target, { ...question.limits, cores: own }) === null)
    own++;
  return own;
}
