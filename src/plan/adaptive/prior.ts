import { seededRandom } from '../../stats/index.ts';
import { cholesky } from './cholesky.ts';

/** One place of a table. */
export interface Place {
  readonly threads: number;
  readonly batch: number;
}

/** How rough a latency table may be: deviations of y = ln L, so that 0.1 is about 10 %. */
export interface Roughness {
  /** How far the curves over the batch and over the threads bend: start-up cost, caches, Amdahl's law, bandwidth. */
  readonly curve: number;
  /** How much small batches scale differently from large ones. */
  readonly interaction: number;
  /** Thread counts that split the work badly: odd ones behave alike, and even ones. */
  readonly parity: number;
  /** Items that do not divide evenly over the threads; a coefficient. */
  readonly unevenness: number;
  /** Quirks of one thread count, of one batch, and of one cell. */
  readonly threadsQuirk: number;
  readonly batchQuirk: number;
  readonly cellQuirk: number;
}

/**
 * What may be true of a table; the measurements tell which is likely. Nobody can know these numbers beforehand, so
 * they are drawn, evenly on a logarithmic scale, between what could hardly be seen and half or more of a latency;
 * some tables have no parity, and some no unevenness, at all. None is fitted to a table.
 */
export const roughnesses: readonly Roughness[] = drawRoughnesses(32);

function drawRoughnesses(count: number): Roughness[] {
  const random = seededRandom(1);
  const between = (low: number, high: number): number => low * (high / low) ** random();
  const maybe = (share: number, value: number): number => (random() < share ? value : 0);
  return Array.from({ length: count }, () => ({
    curve: between(0.1, 0.5),
    interaction: between(0.05, 0.4),
    parity: maybe(0.5, between(0.02, 0.6)),
    unevenness: maybe(0.4, between(0.05, 0.5)),
    threadsQuirk: between(0.005, 0.1),
    batchQuirk: between(0.005, 0.1),
    cellQuirk: between(0.003, 0.06),
  }));
}

/** Nobody knows how long an item takes: e^±4. */
const levelDeviation = 4;
/** Batches take in proportion to their items, nearly; threads help, with less return than they cost. */
const batchSlope = { mean: 0.9, deviation: 0.3 };
const threadsSlope = { mean: -0.7, deviation: 0.3 };
/** How far apart places still resemble each other, in octaves. */
const lengths = { batch: 2.5, threads: 2, parityBatch: 0.8, quirk: 3 };

/** Covariance of two values of one axis: thread counts, or batches. */
type Kernel = (a: number, b: number) => number;

const always: Kernel = () => 1;
const same: Kernel = (a, b) => (a === b ? 1 : 0);
const slope: Kernel = (a, b) => Math.log(a) * Math.log(b);
const near =
  (octaves: number): Kernel =>
  (a, b) =>
    bell(Math.log2(a / b), octaves);
const alike: Kernel = (a, b) => bell(twos(a) - twos(b), 1) * bell(Math.log2(a / b), lengths.threads);

const bell = (distance: number, length: number): number => Math.exp(-((distance / length) ** 2) / 2);

/** How often a thread count halves, up to twice. */
const twos = (threads: number): number => (threads % 4 === 0 ? 2 : threads % 2 === 0 ? 1 : 0);

/** Parts that add up to a table; each varies over threads and batches by the product of two kernels. */
const parts: readonly {
  readonly deviation: (roughness: Roughness) => number;
  readonly threads: Kernel;
  readonly batches: Kernel;
}[] = [
  { deviation: () => levelDeviation, threads: always, batches: always },
  { deviation: () => batchSlope.deviation, threads: always, batches: slope },
  { deviation: () => threadsSlope.deviation, threads: slope, batches: always },
  { deviation: ({ curve }) => curve, threads: always, batches: near(lengths.batch) },
  { deviation: ({ curve }) => curve, threads: near(lengths.threads), batches: always },
  {
    deviation: ({ interaction }) => interaction,
    threads: near(lengths.threads),
    batches: near(lengths.batch),
  },
  { deviation: ({ parity }) => parity, threads: alike, batches: near(lengths.parityBatch) },
  { deviation: ({ threadsQuirk }) => threadsQuirk, threads: same, batches: near(lengths.quirk) },
  { deviation: ({ batchQuirk }) => batchQuirk, threads: near(lengths.quirk), batches: same },
  { deviation: ({ cellQuirk }) => cellQuirk, threads: same, batches: same },
];

/** How a part varies over the thread counts, and over the batches. */
interface PartMatrices {
  readonly threads: readonly Float64Array[];
  readonly batches: readonly Float64Array[];
}

/** What is believed of ln L at a list of places before anything is measured, for any roughness. */
export class Prior {
  /** Mean, up to a level that nobody knows. */
  readonly mean: Float64Array;
  private readonly threads: readonly number[];
  private readonly batches: readonly number[];
  /** Of each place its thread count and its batch, as places in the two lists. */
  private readonly rows: Int32Array;
  private readonly columns: Int32Array;
  private readonly unevenness: Float64Array;
  private readonly kernels: readonly PartMatrices[];
  /** Of each kernel the lower triangle whose product with its transpose it is. */
  private readonly factors: readonly PartMatrices[];

  constructor(places: readonly Place[]) {
    this.threads = [...new Set(places.map(({ threads }) => threads))];
    this.batches = [...new Set(places.map(({ batch }) => batch))];
    this.rows = Int32Array.from(places, ({ threads }) => this.threads.indexOf(threads));
    this.columns = Int32Array.from(places, ({ batch }) => this.batches.indexOf(batch));
    this.mean = Float64Array.from(
      places,
      ({ threads, batch }) => batchSlope.mean * Math.log(batch) + threadsSlope.mean * Math.log(threads),
    );
    this.unevenness = Float64Array.from(places, unevennessOf);
    this.kernels = parts.map((part) => ({
      threads: matrixOf(this.threads, part.threads),
      batches: matrixOf(this.batches, part.batches),
    }));
    this.factors = this.kernels.map(({ threads, batches }) => ({
      threads: cholesky(threads),
      batches: cholesky(batches),
    }));
  }

  /** Covariance of every two places. */
  covariance(roughness: Roughness): Float64Array[] {
    const matrix = Array.from(this.mean, () => new Float64Array(this.mean.length));
    const variances = parts.map(({ deviation }) => deviation(roughness) ** 2);
    for (let i = 0; i < matrix.length; i++)
      for (let j = 0; j <= i; j++) {
        let sum = roughness.unevenness ** 2 * this.unevenness[i]! * this.unevenness[j]!;
        for (let part = 0; part < variances.length; part++) {
          const { threads, batches } = this.kernels[part]!;
          sum +=
            variances[part]! *
            threads[this.rows[i]!]![this.rows[j]!]! *
            batches[this.columns[i]!]![this.columns[j]!]!;
        }
        matrix[i]![j] = sum;
        matrix[j]![i] = sum;
      }
    return matrix;
  }

  /** Random tables, drawn part by part: a part's covariance is a product, so its factor is one too. */
  draw(roughness: Roughness, count: number, normal: () => number): Float64Array[] {
    return Array.from({ length: count }, () => {
      const coefficient = roughness.unevenness * normal();
      const table = this.mean.map((mean, i) => mean + coefficient * this.unevenness[i]!);
      this.factors.forEach(({ threads, batches }, part) => {
        const noise = threads.map(() => Float64Array.from(batches, normal));
        const deviation = parts[part]!.deviation(roughness);
        if (deviation === 0) return;
        const values = timesFactors(threads, noise, batches);
        for (let i = 0; i < table.length; i++)
          table[i]! += deviation * values[this.rows[i]!]![this.columns[i]!]!;
      });
      return table;
    });
  }
}

const matrixOf = (values: readonly number[], kernel: Kernel): Float64Array[] =>
  values.map((a) => Float64Array.from(values, (b) => kernel(a, b)));

/** `left` · `noise` · `right`ᵀ, where both factors are lower triangles. */
function timesFactors(
  left: readonly Float64Array[],
  noise: readonly Float64Array[],
  right: readonly Float64Array[],
): Float64Array[] {
  const halves = noise.map((row) => {
    const half = new Float64Array(right.length);
    for (let column = 0; column < right.length; column++)
      for (let k = 0; k <= column; k++) half[column]! += right[column]![k]! * row[k]!;
    return half;
  });
  return left.map((factor, row) => {
    const values = new Float64Array(right.length);
    for (let k = 0; k <= row; k++)
      if (factor[k] !== 0)
        for (let column = 0; column < right.length; column++)
          values[column]! += factor[k]! * halves[k]![column]!;
    return values;
  });
}

/** ln of the largest number of items that a thread gets over the mean one: 0 where they divide evenly. */
const unevennessOf = ({ threads, batch }: Place): number =>
  Math.log((Math.ceil(batch / threads) * threads) / batch);
