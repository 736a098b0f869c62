import { seededRandom } from '../../stats/index.ts';
import { solve } from '../solve.ts';
import type { Cell } from '../types.ts';
import { Belief, normalNumbers } from './belief.ts';
import { type Aim, type Configuration, changeFor, slowest } from './change.ts';
import { type Place, Prior, roughnesses } from './prior.ts';
import { Search } from './search.ts';

/** One question that the table has to answer: `items` items on `cores` cores. */
export interface PlanningCase {
  readonly cores: number;
  readonly items: number;
}

/** What is asked of an adaptive profile. */
export interface AdaptiveQuestion {
  /** Cells that may be measured, each once in the list. */
  readonly places: readonly Place[];
  /** Each must have a plan on `places`. */
  readonly cases: readonly PlanningCase[];
  /** The same seed gives the same choices. Default 1. */
  readonly seed?: number;
}

/** A measurement is never taken to be better than this: cells differ from run to run. */
const leastDeviation = 0.005;
/** Unmeasured cells count as slower than expected by so many standard deviations: a plan should be sure. */
const caution = 0.5;
/**
 * One large regret is worse than several small ones, so gains are squared. No list of hypotheses holds the truth, so a
 * measurement may bring more than they foretell.
 */
const everyPlan: Aim = { power: 2, curiosity: 3 };
/** Once no measurement is expected to bring more than this, in ln, the plan that may be worst is looked at most. */
const littleGain = 0.015;
const worstPlan: Aim = { power: 4, curiosity: 6 };
/** Hypotheses less likely than this are left out of the choice. */
const leastWeight = 0.02;

/**
 * Decides which cells are worth measuring. Believes in several Gaussian processes over ln L, weighed by how well they
 * foretold the measurements; measures next where a measurement is expected to make the plans of all cases better.
 */
export class AdaptivePlanner {
  private readonly places: readonly Place[];
  private readonly cases: readonly PlanningCase[];
  private readonly search: Search;
  private readonly beliefs: readonly Belief[];
  private readonly indexOf: ReadonlyMap<string, number>;
  private readonly observed = new Map<number, number>();

  constructor({ places, cases, seed = 1 }: AdaptiveQuestion) {
    this.places = places;
    this.cases = cases;
    this.indexOf = new Map(places.map((place, index) => [keyOf(place), index]));
    this.search = new Search(places, cases);
    const prior = new Prior(places);
    const normal = normalNumbers(seededRandom(seed));
    const sampleCount = Math.max(6, Math.min(48, Math.ceil(256 / cases.length)));
    this.beliefs = roughnesses.map((roughness) => new Belief(prior, roughness, sampleCount, normal));
  }

  /** Takes a measured latency in; `deviation` is its relative standard error. A place may be measured again. */
  observe(place: Place, latencyMs: number, deviation = 0): void {
    const index = this.indexOf.get(keyOf(place));
    if (index === undefined) return;
    const error = Math.max(leastDeviation, deviation);
    this.observed.set(index, latencyMs);
    for (const belief of this.beliefs) belief.observe(index, Math.log(latencyMs), error);
  }

  /** The place whose measurement is expected to improve the plans most; measured with a relative error `deviation`. */
  next(deviation = 0): Place {
    return this.choose(deviation, () => true)!;
  }

  /** The same among places that were not measured yet; null where none of them can change a plan. */
  nextNew(): Place | null {
    return this.choose(0, (index) => !this.observed.has(index));
  }

  private choose(deviation: number, mayMeasure: (index: number) => boolean): Place | null {
    const weights = this.weights();
    const { mean, cautious } = this.summary(weights);
    const error = Math.max(leastDeviation, deviation);
    const likely = this.beliefs
      .map((belief, index) => ({ belief, weight: weights[index]! }))
      .filter(({ weight }) => weight >= leastWeight);
    const tables = likely.flatMap(({ belief, weight }) =>
      belief.samples.slice(0, Math.ceil(belief.samples.length * Math.min(1, 2 * weight))),
    );
    const choices = this.choicesAmong([cautious, mean, ...tables]).map((configurations) =>
      configurations.sort((a, b) => slowest(cautious, a) - slowest(cautious, b)),
    );
    const indexes = [...new Set(choices.flat(2))].filter(mayMeasure);
    const bestBy = (aim: Aim): { readonly index: number; readonly change: number } => {
      const changes = likely.map(({ belief, weight }) => ({
        weight,
        changeOf: changeFor(belief, { choices, deviation: error, caution, aim }),
      }));
      return indexes
        .map((index) => ({
          index,
          change: changes.reduce((sum, { weight, changeOf }) => sum + weight * changeOf(index), 0),
        }))
        .reduce((best, one) => (one.change > best.change ? one : best), { index: -1, change: -1 });
    };
    const best = bestBy(everyPlan);
    const { index } = best.change < littleGain ** everyPlan.power ? bestBy(worstPlan) : best;
    return this.places[index] ?? null;
  }

  /** For each case the different configurations that are best in one of these tables. */
  private choicesAmong(tables: readonly Float64Array[]): Configuration[][] {
    const found = this.cases.map(() => new Map<string, Configuration>());
    for (const table of tables)
      this.search.best(table).forEach((configuration, index) => {
        found[index]!.set(configuration.join(), configuration);
      });
    return found.map((configurations) => [...configurations.values()]);
  }

  /** The table as it is believed: measured cells as measured, the others a little slower than expected. */
  cells(): Cell[] {
    const { cautious } = this.summary(this.weights());
    return this.cellsOf(cautious);
  }

  /** Cells of the best plan of any case, in the order of the cases. */
  planned(): Place[] {
    return this.plannedIndexes().map((index) => this.places[index]!);
  }

  /** Those of them that were not measured yet. */
  unconfirmed(): Place[] {
    return this.plannedIndexes()
      .filter((index) => !this.observed.has(index))
      .map((index) => this.places[index]!);
  }

  private plannedIndexes(): number[] {
    const believed = this.cells();
    const indexes = this.cases.flatMap(({ cores, items }) =>
      solve(believed, cores, items)!.groups.map((group) => this.indexOf.get(keyOf(group))!),
    );
    return [...new Set(indexes)];
  }

  private cellsOf(table: Float64Array): Cell[] {
    return this.places.map(({ threads, batch }, index) => ({
      threads,
      batch,
      latencyMs: Math.exp(table[index]!),
      fitted: !this.observed.has(index),
    }));
  }

  private weights(): number[] {
    const most = Math.max(...this.beliefs.map(({ logLikelihood }) => logLikelihood));
    const likelihoods = this.beliefs.map(({ logLikelihood }) => Math.exp(logLikelihood - most));
    const sum = likelihoods.reduce((total, likelihood) => total + likelihood, 0);
    return likelihoods.map((likelihood) => likelihood / sum);
  }

  private summary(weights: readonly number[]): { mean: Float64Array; cautious: Float64Array } {
    const mean = new Float64Array(this.places.length);
    const cautious = new Float64Array(this.places.length);
    for (let i = 0; i < mean.length; i++) {
      let square = 0;
      this.beliefs.forEach((belief, index) => {
        mean[i]! += weights[index]! * belief.mean[i]!;
        square += weights[index]! * (belief.variance(i) + belief.mean[i]! ** 2);
      });
      cautious[i] = mean[i]! + caution * Math.sqrt(Math.max(0, square - mean[i]! ** 2));
    }
    return { mean, cautious };
  }
}

const keyOf = ({ threads, batch }: Place): string => `${threads}/${batch}`;
