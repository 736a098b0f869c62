import type { Group, SetRuns } from '../plan/index.ts';

/** A set, and its score over some requests. */
export interface ScoredSet {
  readonly groups: readonly Group[];
  readonly scoreMs: number;
}

/** The sets of the lowest scores, at most so many, the lowest first; of equals the earlier ones. */
export function lowest(candidates: readonly (readonly Group[])[], sets: SetRuns, most: number): ScoredSet[] {
  const found: ScoredSet[] = [];
  for (const groups of candidates) {
    const barMs = found.length < most ? Number.POSITIVE_INFINITY : found.at(-1)!.scoreMs;
    const scoreMs = sets.predictBelow(groups, barMs)?.scoreMs;
    if (scoreMs === undefined) continue;
    const at = found.findIndex((one) => one.scoreMs > scoreMs);
    found.splice(at < 0 ? found.length : at, 0, { groups, scoreMs });
    found.length = Math.min(found.length, most);
  }
  return found;
}
