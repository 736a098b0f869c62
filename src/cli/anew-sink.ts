import type {
  PointFailure,
  PointSettings,
  PointSink,
  SamplingRule,
  StoredPoint,
  Visit,
} from '../profile/index.ts';
import type { Store } from '../store/index.ts';

/** Where points are superseded. */
type Superseding = Pick<Store, 'supersede'>;

/**
 * A profile's sink to which old points are not there, so that they are measured anew. An old point stays in force until the first visit of
 * the new one: whenever the profile ends, no cell is without a point.
 */
export class AnewSink implements PointSink {
  private readonly sink: PointSink;
  private readonly store: Superseding;
  private readonly isOldPoint: (hash: string, stored: StoredPoint) => boolean;
  private readonly renewed = new Set<string>();

  /** @param isOld Whether a stored point is to be measured anew; not asked of one that has been. */
  constructor(sink: PointSink, store: Superseding, isOld: (hash: string, stored: StoredPoint) => boolean) {
    this.sink = sink;
    this.store = store;
    this.isOldPoint = isOld;
  }

  load(hash: string): StoredPoint | null {
    const stored = this.sink.load(hash);
    return stored === null || this.isOld(hash, stored) ? null : stored;
  }

  addVisit(hash: string, settings: PointSettings, visit: Visit, rule: SamplingRule): void {
    this.setAside(hash);
    this.sink.addVisit(hash, settings, visit, rule);
  }

  finish(hash: string, rule: SamplingRule): void {
    this.sink.finish(hash, rule);
  }

  fail(hash: string, settings: PointSettings, failure: PointFailure, message: string): void {
    this.setAside(hash);
    this.sink.fail(hash, settings, failure, message);
  }

  private setAside(hash: string): void {
    const stored = this.renewed.has(hash) ? null : this.sink.load(hash);
    if (stored !== null && this.isOld(hash, stored)) this.store.supersede([hash]);
    this.renewed.add(hash);
  }

  private isOld(hash: string, stored: StoredPoint): boolean {
    return !this.renewed.has(hash) && this.isOldPoint(hash, stored);
  }
}

/** Points that were begun before a moment. */
export function begunBefore(moment: Date): (hash: string, stored: StoredPoint) => boolean {
  const before = moment.toISOString();
  return (_, { visits: [first], measuredAt }) => (first?.startedAt ?? measuredAt) < before;
}
