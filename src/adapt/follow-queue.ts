import { PackratEstimator } from '../dispatch/index.ts';
import { type Group, sameGroups } from '../plan/index.ts';
import type { Moment, Proposal, Strategy } from './types.ts';

/**
 * Packrat's policy (ICML 2025): the batch that its estimator expects, and the set with the shortest latency for a batch of that size. Compared
 * each second; a new estimate changes the set at once.
 */
export class FollowQueue implements Strategy {
  readonly name = 'packrat';
  /** As published. */
  readonly pressedMs = Number.POSITIVE_INFINITY;
  private readonly estimator = new PackratEstimator();
  private readonly planFor: (items: number) => readonly Group[];
  private batch: number | null = null;

  /** @param planFor The set with the shortest latency for so many items at once. */
  constructor(planFor: (items: number) => readonly Group[]) {
    this.planFor = planFor;
  }

  arrived(): void {}

  cut(depth: number): void {
    this.estimator.observe(depth);
  }

  check({ groups, loading }: Moment): Proposal | null {
    if (loading) return null;
    const batch = this.estimator.check();
    if (batch === null || batch === this.batch) return null;
    this.batch = batch;
    const planned = this.planFor(batch);
    if (sameGroups(planned, groups)) return null;
    return {
      groups: planned,
      reason: `a batch of ${batch} is expected`,
      predicted: null,
      urgent: false,
      prepares: false,
    };
  }
}
