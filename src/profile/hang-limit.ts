import { type DimValues, type Model, type ModelCost, modelCost } from '../model/index.ts';

/** When an instance that gives no answer counts as hung. */
export const hangRule = {
  /** Where the time of a run is known: so many times that … */
  factor: 20,
  /** … and so many ms more. */
  graceMs: 30_000,
  /** Before the first run: its FLOPs at so many 10⁹ a second and thread, … */
  gflopsPerThread: 0.5,
  /** … its traffic at so many 10⁹ bytes a second, … */
  gigabytesPerSecond: 0.1,
  /** … and so many ms more. */
  firstGraceMs: 60_000,
  /** Where the work of a run is not known either. */
  unknownMs: 1_800_000,
} as const;

/** The longest that a run of a model may take at a batch and a number of threads, in ms; null where that can't be told. */
export type SlowestRun = (batch: number, threads: number) => number | null;

/**
 * How long some runs in one request may take before their instance counts as hung, in ms.
 *
 * @param expectedMs What a run took before; null when nothing is known.
 * @param slowestMs What it may take at the longest; see `SlowestRun`.
 */
export function hangLimitMs(expectedMs: number | null, slowestMs: number | null, runs: number): number {
  if (expectedMs !== null) return hangRule.graceMs + hangRule.factor * expectedMs * runs;
  return slowestMs === null ? hangRule.unknownMs : hangRule.firstGraceMs + slowestMs * runs;
}

/** Time of a run with that work, in ms, far slower than any machine; null where some of the work is not known. */
export function slowestRunMs({ flops, bytes, unknown }: ModelCost, threads: number): number | null {
  if (unknown.length > 0) return null;
  const computeMs = flops / (hangRule.gflopsPerThread * 1e6 * Math.max(1, threads));
  return computeMs + bytes / (hangRule.gigabytesPerSecond * 1e6);
}

/** The limits of a model, from its graph at 1 and 2 items. Nothing is known of the null engine, which does not compute it. */
export async function slowestRunOf(model: Model, dims: DimValues, engine: string): Promise<SlowestRun> {
  if (engine.startsWith('null')) return () => null;
  if (model.batchDim === null) {
    const fixed = await modelCost(model, { batch: model.fixedBatch, dims });
    return (_, threads) => slowestRunMs(fixed, threads);
  }
  const [one, two] = await Promise.all([1, 2].map((batch) => modelCost(model, { batch, dims })));
  return (batch, threads) => {
    const [first, second] = [slowestRunMs(one!, threads), slowestRunMs(two!, threads)];
    return first === null || second === null ? null : first + (batch - 1) * (second - first);
  };
}
