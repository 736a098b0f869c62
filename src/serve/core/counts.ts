import type { BatchCounts, CountAndNs, ModelCounts } from '../types.ts';

const none = (): CountAndNs => ({ count: 0, ns: 0 });

/** Counts of a version that has served nothing yet. */
export function emptyCounts(): ModelCounts {
  return {
    inferenceCount: 0,
    executionCount: 0,
    lengths: { own: 0, run: 0 },
    lastInferenceMs: 0,
    success: none(),
    fail: none(),
    queue: none(),
    computeInput: none(),
    computeInfer: none(),
    computeOutput: none(),
    batches: new Map(),
  };
}

/** One more event. */
export function add(counter: CountAndNs, ns: number): void {
  counter.count++;
  counter.ns += ns;
}

/** The counts of batches of so many items. */
export function batchCounts({ batches }: ModelCounts, items: number): BatchCounts {
  const known = batches.get(items);
  if (known !== undefined) return known;
  const counts = { computeInput: none(), computeInfer: none(), computeOutput: none() };
  batches.set(items, counts);
  return counts;
}
