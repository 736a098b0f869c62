/** One place of a table. */
export interface Place {
  readonly threads: number;
  readonly batch: number;
}

/**
 * How rough a latency table may be. Everything is about y = ln L over log2 t and log2 b; deviations are of y (0.1 is
 * about 10 %), lengths in octaves. The values are round numbers for any model and machine; none is fitted to a table.
 */
export interface Roughness {
  /** How far the curves over the batch and over the threads bend: start-up cost, caches, Amdahl's law, bandwidth. */
  readonly curve: number;
  /** How much small batches scale differently from large ones. */
  readonly interaction: number;
  /** Thread counts that split the work badly: odd ones behave alike, and even ones. */
  readonly parity: number;
  /** Items that do not divide evenly over the threads. */
  readonly unevenness: number;
  /** Quirks of one thread count, of one batch, and of one cell. */
  readonly threadsQuirk: number;
  readonly batchQuirk: number;
  readonly cellQuirk: number;
}

/** What may be true of a table; the measurements tell which is likely. */
export const roughnesses: readonly Roughness[] = [
  {
    curve: 0.2,
    interaction: 0.15,
    parity: 0.03,
    unevenness: 0,
    threadsQuirk: 0.02,
    batchQuirk: 0.02,
    cellQuirk: 0.01,
  },
  {
    curve: 0.25,
    interaction: 0.2,
    parity: 0,
    unevenness: 0,
    threadsQuirk: 0.04,
    batchQuirk: 0,
    cellQuirk: 0.02,
  },
  {
    curve: 0.3,
    interaction: 0.25,
    parity: 0.1,
    unevenness: 0.1,
    threadsQuirk: 0.06,
    batchQuirk: 0.05,
    cellQuirk: 0.05,
  },
];

/** Nobody knows how long an item takes: e^±4. */
const levelDeviation = 4;
/** Batches take in proportion to their items, nearly; threads help, with less return than they cost. */
const batchSlope = { mean: 0.9, deviation: 0.3 };
const threadsSlope = { mean: -0.7, deviation: 0.3 };
const lengths = { batch: 2.5, threads: 2, parityBatch: 1.5, quirk: 3 };

/** Prior mean of ln L, up to a level that nobody knows. */
export function priorMean({ threads, batch }: Place): number {
  return batchSlope.mean * Math.log(batch) + threadsSlope.mean * Math.log(threads);
}

/** Prior covariance of ln L at two places. */
export function priorCovariance(roughness: Roughness, a: Place, b: Place): number {
  const byBatch = Math.log2(a.batch / b.batch);
  const byThreads = Math.log2(a.threads / b.threads);
  const sameThreads = a.threads === b.threads;
  const sameBatch = a.batch === b.batch;
  const batchBell = bell(byBatch, lengths.batch);
  const threadsBell = bell(byThreads, lengths.threads);
  return (
    levelDeviation ** 2 +
    batchSlope.deviation ** 2 * Math.log(a.batch) * Math.log(b.batch) +
    threadsSlope.deviation ** 2 * Math.log(a.threads) * Math.log(b.threads) +
    roughness.curve ** 2 * (batchBell + threadsBell) +
    roughness.interaction ** 2 * batchBell * threadsBell +
    roughness.parity ** 2 *
      bell(twos(a.threads) - twos(b.threads), 1) *
      bell(byBatch, lengths.parityBatch) *
      threadsBell +
    roughness.unevenness ** 2 * unevennessOf(a) * unevennessOf(b) +
    (sameThreads ? roughness.threadsQuirk ** 2 * bell(byBatch, lengths.quirk) : 0) +
    (sameBatch ? roughness.batchQuirk ** 2 * bell(byThreads, lengths.quirk) : 0) +
    (sameThreads && sameBatch ? roughness.cellQuirk ** 2 : 0)
  );
}

const bell = (distance: number, length: number): number => Math.exp(-((distance / length) ** 2) / 2);

/** How often a thread count halves, up to twice. */
const twos = (threads: number): number => (threads % 4 === 0 ? 2 : threads % 2 === 0 ? 1 : 0);

/** ln of the largest number of items that a thread gets over the mean one: 0 where they divide evenly. */
const unevennessOf = ({ threads, batch }: Place): number =>
  Math.log((Math.ceil(batch / threads) * threads) / batch);
