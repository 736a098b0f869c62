import type { DimValues } from '../model/index.ts';
import {
  type GridCell,
  type Placement,
  type Point,
  type ProfileResult,
  pointHash,
  profile,
  type SamplingRule,
  settingsOf,
} from '../profile/index.ts';
import { formatPlural } from '../report/format.ts';
import { describeDims } from './dim-lists.ts';
import { ProfileEstimate } from './profile-estimate.ts';
import type { Session } from './session.ts';
import { sessionAtDims } from './session-at-dims.ts';

/** Cells that are measured with the same sizes and placement. */
export interface CellSeries {
  readonly dims: DimValues;
  readonly placement: Placement;
  readonly cells: readonly GridCell[];
}

/** How cells are measured. */
export interface SeriesOptions {
  readonly rule: SamplingRule;
  /** For all series together; null: no bound. */
  readonly budgetMs: number | null;
  /** Whether stored points are measured anew. */
  readonly again: boolean;
}

/** What became of several series: the sum of their counts, and every point by its address. */
export interface SeriesResult extends ProfileResult {
  /** The point of a cell of a series; null where the budget left it out. */
  readonly pointOf: (cell: GridCell, series: Pick<CellSeries, 'dims' | 'placement'>) => Point | null;
}

/**
 * Measures series one after the other, with progress over all of them. Each has an equal share of the time that the
 * budget leaves. Goes on where an earlier command stopped. Throws before measuring where some size does not fit.
 */
export async function measureSeries(
  session: Session,
  series: readonly CellSeries[],
  { rule, budgetMs, again }: SeriesOptions,
): Promise<SeriesResult> {
  const { store, terminal, machine } = session;
  const sessions = await Promise.all(
    series.map(async ({ dims, placement }) => ({ ...(await sessionAtDims(session, dims)), placement })),
  );
  if (again)
    store.supersede(
      series.flatMap(({ cells }, at) => cells.map((cell) => pointHash(settingsOf(cell, sessions[at]!)))),
    );
  const began = performance.now();
  const spent = (): number => performance.now() - began;
  const results: ProfileResult[] = [];
  terminal.progress.begin('study');
  for (const [at, { cells }] of series.entries()) {
    const own = sessions[at]!;
    const estimate = new ProfileEstimate(store, rule);
    const startedMs = spent();
    const result = await profile({
      ...own,
      cells,
      rule,
      budgetMs: budgetMs === null ? null : Math.max(0, budgetMs - startedMs) / (series.length - at),
      memory: { instanceBytes: own.instanceBytes, availableBytes: machine.memoryAvailableBytes },
      sink: estimate,
      onProgress: ({ now }) => {
        if (now === null) return;
        const text = [describeDims(own.dims), `batch ${now.batch}`, formatPlural(now.threads, 'thread')];
        const worked = spent() - startedMs;
        const within = worked / (worked + estimate.restMs());
        const work = (at + within) / series.length;
        const time = budgetMs === null ? 0 : spent() / budgetMs;
        terminal.progress.show({
          text: text.filter((part) => part !== '').join(', '),
          share: Math.min(1, Math.max(work, time)),
        });
      },
    });
    results.push(result);
  }
  terminal.progress.end();
  const points = new Map(results.flatMap((result) => result.points.map((point) => [point.hash, point])));
  return {
    points: [...points.values()],
    reused: results.reduce((sum, { reused }) => sum + reused, 0),
    leftOut: results.flatMap(({ leftOut }) => leftOut),
    seconds: spent() / 1000,
    pointOf: (cell, { dims, placement }) => {
      const at = series.findIndex((one) => one.dims === dims && one.placement === placement);
      return points.get(pointHash(settingsOf(cell, sessions[at]!))) ?? null;
    },
  };
}
