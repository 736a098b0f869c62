import { type Point, pointHash, settingsOf } from '../profile/index.ts';
import { formatNumber, formatPlural } from '../report/format.ts';
import {
  differenceWords,
  type Skipped,
  type SweepSettings,
  settingNames,
  valueWords,
} from '../study/index.ts';
import { describeDims } from './dim-lists.ts';
import { formatSeconds } from './format-seconds.ts';
import type { ReadSweep } from './read-sweep.ts';
import { engineSettings, type SeriesOutcome, type SweepTimes } from './run-sweep.ts';
import type { KnownBefore } from './sweep-known.ts';
import { cellEstimateMs, type PlannedModel, placementOf, type SweepMachine } from './sweep-plan.ts';
import { ruleOf } from './sweep-rule.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

/** A sweep before it begins. */
export interface CheckedSweep {
  /** That can be measured, those stored already included. */
  readonly cells: number;
  readonly json: {
    readonly study: 'sweep';
    readonly name: string | null;
    readonly cells: { readonly possible: number; readonly stored: number; readonly skipped: number };
    readonly models: readonly {
      readonly model: string;
      readonly sizes: readonly Readonly<Record<string, number>>[];
      readonly combinations: number;
      readonly cells: number;
    }[];
    readonly skipped: readonly (Skipped & { readonly model: string })[];
    /** For the cells that are not stored: from FLOPs, and half the machine's peak where it was measured. */
    readonly estimatedSeconds: number;
  };
}

/** Counts cells, finds those that are stored, and guesses the time of the others. */
export function checkSweep(
  planned: readonly PlannedModel[],
  asked: ReadSweep,
  means: SweepMachine,
  { hashes: stored, gflopsPerThread }: KnownBefore,
): CheckedSweep {
  const rule = ruleOf(asked);
  let storedCells = 0;
  let estimatedMs = 0;
  const models = planned.map(({ model, blocks }) => {
    let cells = 0;
    for (const { dims, series, flopsPerItem } of blocks)
      for (const one of series) {
        const engine = engineSettings(asked.engine, model, one.settings);
        const placement = placementOf(one.settings, one, means);
        for (const cell of one.cells) {
          cells++;
          const isOriginal = one.settings.precision === 'original';
          const hash = pointHash(settingsOf(cell, { model, dims, engine, placement }));
          if (isOriginal && stored.has(hash)) storedCells++;
          else estimatedMs += cellEstimateMs(cell, flopsPerItem, rule, gflopsPerThread);
        }
      }
    const combinations = blocks[0]?.series.length ?? 0;
    return { model: model.name, sizes: blocks.map(({ dims }) => dims), combinations, cells };
  });
  const skipped = planned.flatMap(({ model, skipped: own }) =>
    own.map((one) => ({ model: model.name, ...one })),
  );
  const cells = models.reduce((sum, one) => sum + one.cells, 0);
  return {
    cells,
    json: {
      study: 'sweep',
      name: asked.sweep.name,
      cells: {
        possible: cells,
        stored: storedCells,
        skipped: skipped.reduce((sum, one) => sum + one.cells, 0),
      },
      models,
      skipped,
      estimatedSeconds: estimatedMs / 1000,
    },
  };
}

/** What will be measured, about how long it takes, and what is left out and why. */
export function describeCheck({ json }: CheckedSweep, terminal: Terminal): string {
  const { cells, models, skipped, estimatedSeconds } = json;
  const time =
    cells.possible === cells.stored
      ? 'all of them stored'
      : `about ${formatSeconds(estimatedSeconds)} to measure, guessed from FLOPs`;
  const lines = [
    terminal.bold(
      `study${json.name === null ? '' : ` ${json.name}`}: ${formatPlural(cells.possible, 'cell')}, ${cells.stored} stored already; ${time}`,
    ),
    formatTable(
      models,
      [
        { title: 'model', value: (one) => one.model },
        { title: 'sizes', value: (one) => one.sizes.map(describeDims).filter(Boolean).join('; ') || '–' },
        { title: 'series', value: (one) => String(one.combinations), align: 'right' },
        { title: 'cells', value: (one) => String(one.cells), align: 'right' },
      ],
      terminal.width,
    ),
  ];
  if (skipped.length > 0)
    lines.push(
      `Not measured, ${formatPlural(cells.skipped, 'cell')}:`,
      ...skipped.map(
        (one) => `  ${one.model}, ${one.setting}: ${one.reason} (${formatPlural(one.cells, 'cell')})`,
      ),
    );
  return lines.join('\n');
}

/** What a sweep prints with `--json`. */
export interface SweepDocument extends Omit<CheckedSweep['json'], 'cells' | 'estimatedSeconds'> {
  readonly cells: {
    readonly measured: number;
    readonly reused: number;
    readonly disturbed: number;
    readonly failed: number;
    /** Left out by the budget. */
    readonly leftOut: number;
    readonly skipped: number;
  };
  readonly series: readonly {
    readonly model: string;
    readonly dims: Readonly<Record<string, number>>;
    /** In words, by name. */
    readonly settings: Readonly<Record<keyof SweepSettings, string>>;
    /** What differs from the model's first series; empty for that one. */
    readonly differs: string;
    readonly points: number;
    /** The cell with the most items a second; null where none was measured. */
    readonly best: {
      readonly threads: number;
      readonly batch: number;
      readonly itemsPerSecond: number;
    } | null;
  }[];
  readonly failures: readonly {
    readonly model: string;
    /** `sequence 128, allocator jemalloc, 2 threads × batch 4 alone`. */
    readonly place: string;
    readonly failure: string;
    readonly message: string;
  }[];
  /** `other`: neither measuring nor loading models. */
  readonly seconds: {
    readonly total: number;
    readonly measuring: number;
    readonly loading: number;
    readonly other: number;
  };
}

/** The whole of a sweep that has ended. */
export function sweepDocument(
  { json }: CheckedSweep,
  outcomes: readonly SeriesOutcome[],
  { measuringMs, loadingMs }: SweepTimes,
  totalMs: number,
): SweepDocument {
  const points = outcomes.flatMap((one) => one.points);
  const failed = points.flatMap((point) => (point.state === 'failed' ? point : []));
  const reused = outcomes.reduce((sum, one) => sum + one.reused, 0);
  const { estimatedSeconds: _, cells, ...rest } = json;
  return {
    ...rest,
    cells: {
      measured: points.length - failed.length,
      reused,
      disturbed: points.filter((point) => point.state === 'measured' && !point.verdict.trusted).length,
      failed: failed.length,
      leftOut: outcomes.reduce((sum, one) => sum + one.leftOut, 0),
      skipped: cells.skipped,
    },
    series: outcomes.map((one) => ({
      model: one.model,
      dims: one.dims,
      settings: settingWords(one.settings),
      differs: differsOf(one, outcomes),
      points: one.points.length,
      best: bestOf(one.points),
    })),
    failures: outcomes.flatMap((one) =>
      one.points.flatMap((point) =>
        point.state === 'failed'
          ? {
              model: one.model,
              place: placeOf(point, one, outcomes),
              failure: point.failure,
              message: point.message,
            }
          : [],
      ),
    ),
    seconds: {
      total: totalMs / 1000,
      measuring: measuringMs / 1000,
      loading: loadingMs / 1000,
      other: (totalMs - measuringMs - loadingMs) / 1000,
    },
  };
}

function settingWords(settings: SweepSettings): Record<keyof SweepSettings, string> {
  const names = Object.keys(settingNames) as (keyof SweepSettings)[];
  return Object.fromEntries(names.map((name) => [name, valueWords(settings, name)])) as never;
}

function differsOf(one: SeriesOutcome, outcomes: readonly SeriesOutcome[]): string {
  return differenceWords(one.settings, outcomes.find(({ model }) => model === one.model)!.settings);
}

function placeOf({ settings }: Point, one: SeriesOutcome, outcomes: readonly SeriesOutcome[]): string {
  const cell = `${formatPlural(settings.threads, 'thread')} × batch ${settings.batch} ${settings.mode}`;
  return [describeDims(one.dims), differsOf(one, outcomes), cell].filter((part) => part !== '').join(', ');
}

function bestOf(points: readonly Point[]): SweepDocument['series'][number]['best'] {
  const rates = points.flatMap((point) =>
    point.state === 'measured'
      ? {
          threads: point.settings.threads,
          batch: point.settings.batch,
          itemsPerSecond: (1000 * point.settings.batch * point.replicas) / point.stats.medianMs,
          latencyMs: point.stats.medianMs,
        }
      : [],
  );
  return rates.sort((a, b) => b.itemsPerSecond - a.itemsPerSecond)[0] ?? null;
}

/** The same for people. */
export function describeSweep(
  document: SweepDocument & { readonly site: string | null },
  terminal: Terminal,
): string {
  const { cells, series, failures, seconds } = document;
  const share = seconds.total > 0 ? seconds.other / seconds.total : 0;
  const { measured, reused, disturbed, failed, leftOut } = cells;
  return [
    `${formatPlural(measured, 'cell')} measured, ${reused} of them before, ${disturbed} disturbed; ${failed} failed; ${leftOut} left out by the budget`,
    formatTable(
      series,
      [
        { title: 'model', value: (one) => one.model },
        { title: 'size', value: (one) => describeDims(one.dims) || '–' },
        {
          title: 'settings',
          value: (one) => one.differs || 'base',
        },
        { title: 'cells', value: (one) => String(one.points), align: 'right' },
        {
          title: 'best t × b',
          value: ({ best }) => (best === null ? '–' : `${best.threads} × ${best.batch}`),
          align: 'right',
        },
        {
          title: 'items/s',
          value: ({ best }) => (best === null ? '–' : formatNumber(best.itemsPerSecond)),
          align: 'right',
        },
      ],
      terminal.width,
    ),
    ...failures.map((one) => `failed: ${one.model}, ${one.place}: ${one.message}`),
    `${formatSeconds(seconds.total)}: ${formatSeconds(seconds.measuring)} measuring, ${formatSeconds(seconds.loading)} loading models, ${formatNumber(100 * share)} % other`,
    ...(document.site === null ? [] : [`site  ${document.site}`]),
  ].join('\n');
}
