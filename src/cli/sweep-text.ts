import type { Point } from '../profile/index.ts';
import { formatNumber, formatPlural } from '../report/format.ts';
import { differenceWords, type SweepSettings, settingNames, valueWords } from '../study/index.ts';
import { describeDims } from './dim-lists.ts';
import { formatSeconds } from './format-seconds.ts';
import type { SeriesOutcome } from './run-sweep.ts';
import type { CheckedSweep } from './sweep-check.ts';
import type { SweepTimes } from './sweep-times.ts';
import { formatTable } from './table.ts';
import type { Terminal } from './terminal.ts';

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
      /** That ran at once. */
      readonly instances: number;
      readonly threads: number;
      /** Of an instance. */
      readonly batch: number;
      /** Of all of them. */
      readonly itemsPerSecond: number;
      readonly latencyMs: number;
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
  const first = outcomes.find(({ model }) => model === one.model)!;
  const differs = differenceWords(one.settings, first.settings);
  const sets = one.cores === null ? '' : `equal instances on ${formatPlural(one.cores, 'core')}`;
  return [differs, sets].filter((part) => part !== '').join(', ');
}

function placeOf({ settings }: Point, one: SeriesOutcome, outcomes: readonly SeriesOutcome[]): string {
  const cell = `${formatPlural(settings.threads, 'thread')} × batch ${settings.batch} ${settings.mode}`;
  return [describeDims(one.dims), differsOf(one, outcomes), cell].filter((part) => part !== '').join(', ');
}

function bestOf(points: readonly Point[]): SweepDocument['series'][number]['best'] {
  const rates = points.flatMap((point) =>
    point.state === 'measured'
      ? {
          instances: point.replicas,
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
  const { measured, reused, disturbed, failed, leftOut, skipped } = cells;
  return [
    `${formatPlural(measured, 'cell')} measured, ${reused} of them before, ${disturbed} disturbed; ${failed} failed; ${leftOut} left out by the budget; ${skipped} can’t be measured here`,
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
          title: 'best ⟨i,t,b⟩',
          value: ({ best }) => (best === null ? '–' : `⟨${best.instances},${best.threads},${best.batch}⟩`),
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
