import { describeEngine, type EngineSettings } from '../engine/index.ts';
import { InstanceCache, type InstanceKey } from '../instance/index.ts';
import { readMachine } from '../machine/index.ts';
import type { DimValues, Model } from '../model/index.ts';
import type { Precision } from '../precision/index.ts';
import {
  GeneratedInputs,
  type Point,
  type PointSettings,
  type PointSink,
  ProfileRun,
  pointHash,
  replicaCount,
  type SamplingRule,
  type SlowestRun,
  type StoredPoint,
  settingsOf,
  slowestRunOf,
  toPoint,
  type Visit,
} from '../profile/index.ts';
import { formatPlural } from '../report/format.ts';
import type { Store } from '../store/index.ts';
import { baseOf, differenceWords, type SweepSeries, type SweepSettings } from '../study/index.ts';
import { describeDims } from './dim-lists.ts';
import { type GraphProofs, graphProofs } from './graph-proofs.ts';
import {
  cellEstimateMs,
  type PlannedBlock,
  type PlannedModel,
  placementOf,
  type SweepMachine,
} from './sweep-plan.ts';
import type { Terminal } from './terminal.ts';

/** What a sweep is run with. */
export interface SweepMeans extends SweepMachine {
  readonly engine: string;
  readonly rule: SamplingRule;
  /** What a thread is expected to do, in 10⁹ FLOPs a second; null: not known. */
  readonly gflopsPerThread: number | null;
  readonly store: Store;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Moment after which no visit begins, on `performance.now()`; null: none. */
  readonly endsAt: number | null;
  /** Whether stored points are measured anew. */
  readonly again: boolean;
  /** The model of a precision; made where it is missing. */
  readonly modelAt: (planned: PlannedModel, precision: string) => Promise<Model>;
  /** Folder of models, and of what is known of their graphs. */
  readonly cacheDir: string;
  /** Instances that live, to be ended by an interrupt. */
  readonly living: Set<InstanceCache>;
}

/** Where a sweep's time went, in ms. */
export interface SweepTimes {
  measuringMs: number;
  loadingMs: number;
}

/** What became of one series. */
export interface SeriesOutcome {
  readonly model: string;
  readonly dims: DimValues;
  readonly settings: SweepSettings;
  readonly points: readonly Point[];
  readonly reused: number;
  readonly leftOut: number;
}

/** Measures cells of several models; progress over all of them. */
export class SweepRunner {
  readonly times: SweepTimes = { measuringMs: 0, loadingMs: 0 };
  private readonly means: SweepMeans;
  private readonly totalMs: number;
  private readonly doubtful: ReadonlySet<string>;
  /** Expected length of what was begun, and how much of it is done. */
  private readonly begun: { readonly ms: number; share: number }[] = [];

  constructor(models: readonly PlannedModel[], means: SweepMeans) {
    this.means = means;
    this.doubtful = means.store.doubtfulHashes();
    this.totalMs = models
      .flatMap(({ blocks }) => blocks)
      .reduce((sum, block) => sum + this.blockMs(block), 0);
  }

  /** All sizes and settings of one model. */
  async run(planned: PlannedModel): Promise<SeriesOutcome[]> {
    const outcomes: SeriesOutcome[] = [];
    const precisions = Map.groupBy(
      planned.blocks.flatMap((block) => block.series.map((series) => ({ block, series }))),
      ({ series }) => series.settings.precision,
    );
    for (const [precision, asked] of precisions) {
      const model = await this.loading(() => this.means.modelAt(planned, precision));
      for (const [block, series] of Map.groupBy(asked, (one) => one.block))
        outcomes.push(
          ...(await this.runBlock(
            planned,
            block,
            model,
            series.map((one) => one.series),
          )),
        );
    }
    return outcomes;
  }

  /** What is left of the budget is shared out by what the series are expected to take. */
  private endOf(block: PlannedBlock, series: readonly SweepSeries[]): number | null {
    const { endsAt } = this.means;
    const now = performance.now();
    const wantedMs = series.reduce((sum, one) => sum + this.seriesMs(block, one), 0);
    const restMs = this.totalMs - this.begun.reduce((sum, { ms }) => sum + ms, 0);
    return endsAt === null
      ? null
      : now + Math.max(0, endsAt - now) * Math.min(1, wantedMs / Math.max(1, restMs));
  }

  /** Series of one size are interleaved, as many at a time as have room side by side. */
  private async runBlock(
    planned: PlannedModel,
    block: PlannedBlock,
    model: Model,
    series: readonly SweepSeries[],
  ): Promise<SeriesOutcome[]> {
    const { living } = this.means;
    const largest = Math.max(...series.flatMap(({ cells }) => cells.map(({ batch }) => batch)));
    const instances = new TimedCache(block.instanceBytes(largest), this.times);
    living.add(instances);
    try {
      const inputs = new GeneratedInputs(model);
      const slowestRunMs = await slowestRunOf(model, block.dims, this.means.engine);
      const outcomes: SeriesOutcome[] = [];
      for (const group of this.sideBySide(block, series, largest)) {
        const runs: OpenSeries[] = [];
        const endsAt = this.endOf(block, group);
        for (const one of group) {
          const graph = await this.loading(() => this.graphOf(model, one));
          runs.push(
            this.begin(planned, block, model, one, { instances, inputs, slowestRunMs, graph, endsAt }),
          );
        }
        let open = [...runs];
        while (open.length > 0) {
          const going: typeof runs = [];
          for (const run of open) if (await run.profile.round()) going.push(run);
          open = going;
        }
        outcomes.push(...runs.map((run) => outcomeOf(run, model, block.dims)));
      }
      return outcomes;
    } finally {
      living.delete(instances);
      await instances.close(this.means.signal.aborted);
    }
  }

  /** Groups whose instances fit into half of the memory that can be had. */
  private sideBySide(block: PlannedBlock, series: readonly SweepSeries[], batch: number): SweepSeries[][] {
    const room = readMachine().memoryAvailableBytes / 2;
    const groups: SweepSeries[][] = [];
    let bytes = Number.POSITIVE_INFINITY;
    for (const one of series) {
      const needed = instancesOf(one, this.means.cores) * block.instanceBytes(batch);
      if (bytes + needed > room) {
        groups.push([]);
        bytes = 0;
      }
      groups.at(-1)!.push(one);
      bytes += needed;
    }
    return groups;
  }

  private begin(
    planned: PlannedModel,
    block: PlannedBlock,
    model: Model,
    series: SweepSeries,
    shared: {
      instances: InstanceCache;
      inputs: GeneratedInputs;
      slowestRunMs: SlowestRun;
      graph: GraphProofs;
      endsAt: number | null;
    },
  ): OpenSeries {
    const { means } = this;
    const { settings, cells } = series;
    const placement = placementOf(settings, series, means);
    const engine = engineSettings(means.engine, model, settings);
    const sink = new TimedSink(means.store, this.times);
    const subject = { model, dims: block.dims, engine, placement };
    const points = cells.map((cell) => settingsOf(cell, subject));
    this.setAside(points.map(pointHash));
    const [difference] = shared.graph.differences;
    // Nothing is measured under a name that it does not deserve.
    if (difference !== undefined)
      for (const point of points) means.store.fail(pointHash(point), point, 'not-in-effect', difference);
    const work = { ms: this.seriesMs(block, series), share: 0 };
    this.begun.push(work);
    const others = differenceWords(settings, baseOf(planned.entry.settings));
    const where = [model.name, describeDims(block.dims), others].filter((part) => part !== '').join(', ');
    const profile = new ProfileRun({
      ...shared,
      ...subject,
      cells: difference === undefined ? cells : [],
      proofs: shared.graph.proofs,
      rule: means.rule,
      budgetMs: shared.endsAt === null ? null : Math.max(0, shared.endsAt - performance.now()),
      memory: { instanceBytes: block.instanceBytes, availableBytes: placement.machine.memoryAvailableBytes },
      sink,
      signal: means.signal,
      prove: true,
      onProgress: ({ now, share }) => {
        work.share = share;
        if (now === null) return;
        means.terminal.progress.show({
          text: `${where}: ${formatPlural(now.threads, 'thread')} × batch ${now.batch} ${now.mode}`,
          share: this.share,
        });
      },
    });
    const failed = difference === undefined ? [] : points.flatMap((point) => this.storedPoint(point));
    return { profile, settings, failed };
  }

  private storedPoint(settings: PointSettings): Point[] {
    const hash = pointHash(settings);
    const stored = this.means.store.load(hash);
    return stored === null ? [] : [toPoint(hash, settings, stored)];
  }

  private graphOf(model: Model, { settings }: SweepSeries): Promise<GraphProofs> {
    const precision = settings.precision === 'original' ? 'fp32' : (settings.precision as Precision);
    return graphProofs(model, precision, settings.optimization, this.means);
  }

  /** Points to be measured anew, and those whose settings were not seen to hold when nobody asked for proof. */
  private setAside(hashes: readonly string[]): void {
    const { store, again } = this.means;
    const aside = again ? hashes : hashes.filter((hash) => this.doubtful.has(hash));
    if (aside.length > 0) store.supersede(aside);
  }

  private get share(): number {
    return this.begun.reduce((sum, { ms, share }) => sum + ms * share, 0) / Math.max(1, this.totalMs);
  }

  /** Counts what else is measured. */
  async measuring<T>(action: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await action();
    } finally {
      this.times.measuringMs += performance.now() - began;
    }
  }

  private async loading<T>(action: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await action();
    } finally {
      this.times.loadingMs += performance.now() - began;
    }
  }

  private seriesMs({ flopsPerItem }: PlannedBlock, { cells }: SweepSeries): number {
    const { rule, gflopsPerThread } = this.means;
    return cells.reduce((sum, cell) => sum + cellEstimateMs(cell, flopsPerItem, rule, gflopsPerThread), 0);
  }

  private blockMs(block: PlannedBlock): number {
    return block.series.reduce((sum, series) => sum + this.seriesMs(block, series), 0);
  }
}

interface OpenSeries {
  readonly profile: ProfileRun;
  readonly settings: SweepSettings;
  /** Points that are not what they were asked to be. */
  readonly failed: readonly Point[];
}

function outcomeOf(
  { profile, settings, failed }: OpenSeries,
  { name: model }: Model,
  dims: DimValues,
): SeriesOutcome {
  const { points, reused, leftOut } = profile.result();
  return { model, dims, settings, points: [...points, ...failed], reused, leftOut: leftOut.length };
}

/** Instances that a series needs: the largest set of each thread count. */
function instancesOf({ cells, cores: own }: SweepSeries, cores: number): number {
  const byThreads = new Map<number, number>();
  for (const cell of cells) {
    const count = Math.max(1, replicaCount(cell, own ?? cores));
    byThreads.set(cell.threads, Math.max(count, byThreads.get(cell.threads) ?? 0));
  }
  return [...byThreads.values()].reduce((sum, count) => sum + count, 0);
}

/** What an engine is loaded with under a combination of settings. */
export function engineSettings(
  engine: string,
  model: Model,
  { optimization, spinning, interOpThreads }: SweepSettings,
): Omit<EngineSettings, 'threads'> {
  describeEngine(engine);
  return {
    engine,
    modelFile: model.file,
    optimization,
    spinAfterRun: spinning === 'on',
    ...(spinning === 'off' ? { spinDuringRun: false as const } : {}),
    ...(interOpThreads === 1 ? {} : { interOpThreads }),
    signature: { inputs: model.inputs, outputs: model.outputs },
  };
}

/** Counts the time that starting instances takes. */
class TimedCache extends InstanceCache {
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
class TimedSink implements PointSink {
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
