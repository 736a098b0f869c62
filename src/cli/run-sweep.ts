import type { InstanceCache } from '../instance/index.ts';
import { readMachine } from '../machine/index.ts';
import type { DimValues, Model } from '../model/index.ts';
import {
  GeneratedInputs,
  type Point,
  type PointSettings,
  ProfileRun,
  pointHash,
  type SlowestRun,
  settingsOf,
  slowestRunOf,
  toPoint,
} from '../profile/index.ts';
import { formatPlural } from '../report/format.ts';
import type { Store } from '../store/index.ts';
import { baseOf, differenceWords, type SweepSeries, type SweepSettings } from '../study/index.ts';
import { AnewSink } from './anew-sink.ts';
import { describeDims } from './dim-lists.ts';
import { type GraphProofs, graphProofs } from './graph-proofs.ts';
import {
  engineSettings,
  instancesOf,
  type PlannedBlock,
  type PlannedModel,
  placementOf,
  precisionOf,
  type SweepMachine,
} from './sweep-plan.ts';
import { type Expectations, SweepProgress } from './sweep-progress.ts';
import { type Again, isDisturbed } from './sweep-stored.ts';
import { type SweepTimes, TimedCache, TimedSink } from './sweep-times.ts';
import type { Terminal } from './terminal.ts';

/** What a sweep is run with. */
export interface SweepMeans extends SweepMachine, Expectations {
  readonly engine: string;
  /** Moment after which no visit begins, on `performance.now()`; null: none. */
  readonly endsAt: number | null;
  readonly store: Store;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Which stored points are measured anew. */
  readonly again: Again;
  /** The model of a precision; made where it is missing. */
  readonly modelAt: (planned: PlannedModel, precision: string) => Promise<Model>;
  /** Folder of models, and of what is known of their graphs. */
  readonly cacheDir: string;
  /** Instances that live, to be ended by an interrupt. */
  readonly living: Set<InstanceCache>;
}

/** What became of one series. */
export interface SeriesOutcome {
  readonly model: string;
  readonly dims: DimValues;
  readonly settings: SweepSettings;
  /** That its equal instances share; null: it is no series of those. */
  readonly cores: number | null;
  readonly points: readonly Point[];
  readonly reused: number;
  readonly leftOut: number;
}

/** Measures cells of several models; progress over all of them. */
export class SweepRunner {
  readonly times: SweepTimes = { measuringMs: 0, loadingMs: 0 };
  private readonly means: SweepMeans;
  private readonly doubtful: ReadonlySet<string>;
  private readonly progress: SweepProgress;

  constructor(models: readonly PlannedModel[], means: SweepMeans) {
    this.means = means;
    this.doubtful = means.store.doubtfulHashes();
    this.progress = new SweepProgress(models, means, means.endsAt);
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
        const endsAt = this.progress.endOf(block, group);
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
    const subject = { model, dims: block.dims, engine, placement };
    const points = cells.map((cell) => settingsOf(cell, subject));
    const old = this.toRenew(points);
    const sink = new AnewSink(new TimedSink(means.store, this.times), means.store, (hash) => old.has(hash));
    const [difference] = shared.graph.differences;
    // Nothing is measured under a name that it does not deserve.
    if (difference !== undefined)
      for (const point of points) sink.fail(pointHash(point), point, 'not-in-effect', difference);
    const work = this.progress.begin(block, series);
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
          share: this.progress.share,
        });
      },
    });
    const failed = difference === undefined ? [] : points.flatMap((point) => this.storedPoint(point));
    return { profile, settings, cores: series.cores, failed };
  }

  private storedPoint(settings: PointSettings): Point[] {
    const hash = pointHash(settings);
    const stored = this.means.store.load(hash);
    return stored === null ? [] : [toPoint(hash, settings, stored)];
  }

  private graphOf(model: Model, { settings }: SweepSeries): Promise<GraphProofs> {
    return graphProofs(model, precisionOf(settings.precision), settings.optimization, this.means);
  }

  /** Points to be measured anew, and those whose settings were not seen to hold when nobody asked for proof. */
  private toRenew(points: readonly PointSettings[]): ReadonlySet<string> {
    const { store, again } = this.means;
    const isOld = (settings: PointSettings): boolean => {
      const hash = pointHash(settings);
      if (again === 'all' || this.doubtful.has(hash)) return true;
      const stored = again === 'disturbed' ? store.load(hash) : null;
      return stored?.state === 'measured' && isDisturbed(settings, stored);
    };
    return new Set(points.filter(isOld).map(pointHash));
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
}

interface OpenSeries {
  readonly profile: ProfileRun;
  readonly settings: SweepSettings;
  readonly cores: number | null;
  /** Points that are not what they were asked to be. */
  readonly failed: readonly Point[];
}

function outcomeOf(
  { profile, settings, cores, failed }: OpenSeries,
  { name: model }: Model,
  dims: DimValues,
): SeriesOutcome {
  const { points, reused, leftOut } = profile.result();
  return { model, dims, settings, cores, points: [...points, ...failed], reused, leftOut: leftOut.length };
}
