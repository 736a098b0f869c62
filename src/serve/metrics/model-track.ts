import type { InstanceView, ModelView } from '../types.ts';
import { ChangeEffects, effectMs, type LatencySnapshot } from './change-effects.ts';
import { type Buckets, quantileMs, since } from './log-histogram.ts';
import { recorderOf } from './recorder.ts';
import { Series } from './series.ts';

/** Ticks, of a second each, that are kept: ten minutes. */
export const keptTicks = 600;
/** Figures that are no curve are of so many ticks. */
export const recentTicks = 10;

/** Looks that are remembered in full: enough for what requests saw before a change. */
const keptSnapshots = effectMs / 1000 + 2;

/** Curves of a model. `batch`: items of a batch in the mean. */
export const curveNames = [
  'requests',
  'items',
  'failed',
  'p50Ms',
  'p95Ms',
  'p99Ms',
  'waiting',
  'batch',
] as const;
export type CurveName = (typeof curveNames)[number];

/** What a model has done in the last ten seconds. */
export interface RecentFigures {
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly itemsPerSecond: number;
  readonly failedPerSecond: number;
  /** From the door to the answer; NaN where nothing was answered. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  /** From the door to the last batch. */
  readonly queueP50Ms: number;
  readonly queueP99Ms: number;
  /** Batches by their size, ascending. */
  readonly batches: readonly { readonly items: number; readonly count: number }[];
}

interface Snapshot extends LatencySnapshot {
  readonly atMs: number;
  readonly requests: number;
  readonly items: number;
  readonly failed: number;
  readonly queue: Buckets;
  readonly batches: ReadonlyMap<number, number>;
}

/** The last ten minutes of a version of a model. */
export class ModelTrack {
  readonly curves = Object.fromEntries(curveNames.map((name) => [name, new Series(keptTicks)])) as Readonly<
    Record<CurveName, Series>
  >;
  /** Busy shares by instance. */
  readonly busy = new Map<number, Series>();
  private readonly model: ModelView;
  private readonly busyMs = new Map<number, number>();
  /** The oldest first. */
  private snapshots: Snapshot[];
  private readonly effects = new ChangeEffects();

  constructor(model: ModelView) {
    this.model = model;
    this.snapshots = [snapshotOf(model)];
    for (const instance of model.instances) this.busyMs.set(instance.index, instance.busyMs);
  }

  /** Looks at the model. */
  tick(tick: number): void {
    const before = this.snapshots.at(-1)!;
    const now = snapshotOf(this.model);
    const seconds = (now.atMs - before.atMs) / 1000;
    const latency = since(now.latency, before.latency);
    const values: Record<CurveName, number> = {
      requests: (now.requests - before.requests) / seconds,
      items: (now.items - before.items) / seconds,
      failed: (now.failed - before.failed) / seconds,
      p50Ms: quantileMs(latency, 0.5),
      p95Ms: quantileMs(latency, 0.95),
      p99Ms: quantileMs(latency, 0.99),
      waiting: this.model.waitingItems,
      batch: meanBatch(batchesBetween(before, now)),
    };
    for (const name of curveNames) this.curves[name].set(tick, values[name]);
    this.tickInstances(tick, seconds);
    this.snapshots.push(now);
    if (this.snapshots.length > keptSnapshots) this.snapshots.shift();
    this.effects.tick(this.model.changes, this.snapshots);
  }

  /** Of the last ten seconds, or as many as there are. Percentiles are those of all requests of that time. */
  recent(): RecentFigures {
    const before = this.snapshots.at(-recentTicks - 1) ?? this.snapshots[0]!;
    const now = this.snapshots.at(-1)!;
    const seconds = (now.atMs - before.atMs) / 1000;
    const rate = (count: number): number => (seconds > 0 ? count / seconds : 0);
    const latency = since(now.latency, before.latency);
    const queue = since(now.queue, before.queue);
    return {
      seconds,
      requestsPerSecond: rate(now.requests - before.requests),
      itemsPerSecond: rate(now.items - before.items),
      failedPerSecond: rate(now.failed - before.failed),
      p50Ms: quantileMs(latency, 0.5),
      p95Ms: quantileMs(latency, 0.95),
      p99Ms: quantileMs(latency, 0.99),
      queueP50Ms: quantileMs(queue, 0.5),
      queueP99Ms: quantileMs(queue, 0.99),
      batches: batchesBetween(before, now).toSorted((a, b) => a.items - b.items),
    };
  }

  private tickInstances(tick: number, seconds: number): void {
    const { instances } = this.model;
    const present = new Set(instances.map(({ index }) => index));
    for (const index of this.busy.keys()) if (!present.has(index)) this.busy.delete(index);
    for (const index of this.busyMs.keys()) if (!present.has(index)) this.busyMs.delete(index);
    for (const instance of instances) this.tickInstance(tick, seconds, instance);
  }

  private tickInstance(tick: number, seconds: number, { index, busyMs, running, state }: InstanceView): void {
    let series = this.busy.get(index);
    if (series === undefined) {
      series = new Series(keptTicks);
      this.busy.set(index, series);
    }
    const known = this.busyMs.get(index) ?? busyMs;
    // Another instance has taken the place of one that is gone.
    const added = (busyMs - (known > busyMs ? 0 : known)) / 1000 / seconds;
    this.busyMs.set(index, busyMs);
    // Time counts when a batch ends: while a long one runs there is none, and then more than a second's.
    const share = added === 0 && running > 0 ? 1 : Math.min(1, added);
    const gone = state === 'lost' || state === 'starting';
    series.set(tick, gone && share === 0 ? Number.NaN : share);
  }
}

function batchesBetween(before: Snapshot, now: Snapshot): { items: number; count: number }[] {
  return [...now.batches]
    .map(([items, count]) => ({ items, count: count - (before.batches.get(items) ?? 0) }))
    .filter(({ count }) => count > 0);
}

/** NaN where there was none. */
function meanBatch(batches: readonly { readonly items: number; readonly count: number }[]): number {
  const total = batches.reduce((sum, { items, count }) => sum + items * count, 0);
  return total / batches.reduce((sum, { count }) => sum + count, 0);
}

function snapshotOf(model: ModelView): Snapshot {
  const { counts } = model;
  const { latency, queue } = recorderOf(counts);
  return {
    atMs: performance.now(),
    takenMs: Date.now(),
    sumNs: latency.sumNs,
    requests: counts.success.count,
    items: counts.inferenceCount,
    failed: counts.fail.count,
    latency: latency.buckets.slice(),
    queue: queue.buckets.slice(),
    batches: new Map([...counts.batches].map(([items, { computeInfer }]) => [items, computeInfer.count])),
  };
}
