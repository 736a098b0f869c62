import type { ServedResult } from '../../../src/report/serving-result.ts';
import { median, type PairedRatio, pairedRatio, quantile, sortSamples } from '../../../src/stats/index.ts';
import { type Candidate, nameOf } from './candidate.ts';
import type { BenchLoad, Driven } from './drive.ts';

/** The results of a load, a candidate each, with percentiles of all their latencies. */
export function resultsOf(
  load: BenchLoad,
  candidates: readonly Candidate[],
  measured: ReadonlyMap<string, readonly Driven[]>,
): ServedResult[] {
  return candidates.map((candidate) => {
    const runs = measured.get(nameOf(candidate))!;
    const latencies = sortSamples(runs.flatMap(({ latenciesMs }) => latenciesMs));
    const over = (configuration: string): ReturnType<typeof timesAsFast> | null => {
      const other = candidates.find(
        (one) => one.server === 'TorchServe' && one.configuration === configuration,
      );
      return other === undefined || other === candidate
        ? null
        : timesAsFast(load, runs, measured.get(nameOf(other))!);
    };
    return {
      set: nameOf(candidate),
      itemsPerSecond: median(sortSamples(runs.map(({ itemsPerSecond }) => itemsPerSecond))),
      p50Ms: median(latencies),
      p99Ms: quantile(latencies, 0.99),
      answers: latencies.length,
      failed: runs.reduce((sum, { failed }) => sum + failed, 0),
      generatorKeptUp: runs.every(({ keptUp }) => keptUp),
      rounds: runs.map(({ itemsPerSecond, p50Ms, foreignShare }) => ({
        itemsPerSecond,
        p50Ms,
        foreignShare,
      })),
      overPeer: over(candidate.configuration),
      overBaseline: over('fat'),
    };
  });
}

/** By the items a second where clients wait for answers; by the median latency where requests come at a rate. */
function timesAsFast(
  { loop }: BenchLoad,
  ours: readonly Driven[],
  theirs: readonly Driven[],
): { ratio: number; interval: [number, number]; pairs: number } {
  const rates = (runs: readonly Driven[]): number[] => runs.map(({ itemsPerSecond }) => itemsPerSecond);
  const medians = (runs: readonly Driven[]): number[] => runs.map(({ p50Ms }) => p50Ms);
  const { ratio, interval, pairs }: PairedRatio =
    loop === 'closed' ? pairedRatio(rates(ours), rates(theirs)) : pairedRatio(medians(theirs), medians(ours));
  return { ratio, interval: [...interval], pairs };
}
