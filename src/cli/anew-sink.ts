import type {
  PointFailure,
  PointSettings,
  PointSink,
  SamplingRule,
  StoredPoint,
  Visit,
} from '../profile/index.ts';
import type { Store } from '../store/index.ts';

/**
 * A profile's sink to which points that were begun before a moment are not there, so that they are measured anew. An old point stays in
 * force until the first visit of the new one: whenever the profile ends, no cell is without a point.
 */
export class AnewSink implements PointSink {
  private readonly store: Store;
  private readonly before: string;

  constructor(store: Store, before: Date) {
    this.store = store;
    this.before = before.toISOString();
  }

  load(hash: string): StoredPoint | null {
    const stored = this.store.load(hash);
    return stored === null || this.isOld(stored) ? null : stored;
  }

  addVisit(hash: string, settings: PointSettings, visit: Visit, rule: SamplingRule): void {
    this.setAside(hash);
    this.store.addVisit(hash, settings, visit, rule);
  }

  finish(hash: string, rule: SamplingRule): void {
    this.store.finish(hash, rule);
  }

  fail(hash: string, settings: PointSettings, failure: PointFailure, message: string): void {
    this.setAside(hash);
    this.store.fail(hash, settings, failure, message);
  }

  private setAside(hash: string): void {
    const stored = this.store.load(hash);
    if (stored !== null && this.isOld(stored)) this.store.supersede([hash]);
  }

  private isOld({ visits: [first], measuredAt }: StoredPoint): boolean {
    return (first?.startedAt ?? measuredAt) < this.before;
  }
}
