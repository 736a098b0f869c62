import { InstanceCache, type InstanceKey } from '../instance/index.ts';
import { readMachine } from '../machine/index.ts';
import type { PointSettings, PointSink, SamplingRule, StoredPoint, Visit } from '../profile/index.ts';
import type { Store } from '../store/index.ts';

/** Where a sweep's time went, in ms. */
export interface SweepTimes {
  measuringMs: number;
  loadingMs: number;
}

/** Counts the time that starting instances takes. */
export class TimedCache extends InstanceCache {
  private readonly times: SweepTimes;

  constructor(bytesPerInstance: number, times: SweepTimes) {
    super(bytesPerInstance, () => readMachine().memoryAvailableBytes);
    this.times = times;
  }

  override async take(keys: readonly InstanceKey[]): ReturnType<InstanceCache['take']> {
    const began = performance.now();
    try {
      return await super.take(keys);
    } finally {
      this.times.loadingMs += performance.now() - began;
    }
  }
}

/** Counts the time of visits on their way to the store. */
export class TimedSink implements PointSink {
  private readonly store: Store;
  private readonly times: SweepTimes;

  constructor(store: Store, times: SweepTimes) {
    this.store = store;
    this.times = times;
  }

  load(hash: string): StoredPoint | null {
    return this.store.load(hash);
  }

  addVisit(hash: string, settings: PointSettings, visit: Visit, rule: SamplingRule): void {
    this.times.measuringMs += visit.wallMs;
    this.store.addVisit(hash, settings, visit, rule);
  }

  finish(hash: string, rule: SamplingRule): void {
    this.store.finish(hash, rule);
  }

  fail(...failure: Parameters<PointSink['fail']>): void {
    this.store.fail(...failure);
  }
}
