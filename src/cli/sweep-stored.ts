import { existsSync } from 'node:fs';
import {
  isSampled,
  type PointSettings,
  pointHash,
  type SamplingRule,
  type StoredPoint,
  settingsOf,
  toPoint,
} from '../profile/index.ts';
import { databaseFileOf, StoreReader } from '../store/index.ts';
import { engineSettings, type PlannedModel, placementOf, type SweepMachine } from './sweep-plan.ts';
import type { StoredCells } from './sweep-progress.ts';

/** Which stored points are measured anew: those that something disturbed, all, or none. */
export type Again = 'disturbed' | 'all' | null;

/** What decides whether a stored cell is measured to its end. */
export interface StoredQuestion {
  readonly project: string;
  readonly engine: string;
  readonly rule: SamplingRule;
  readonly again: Again;
}

/** The cells that need no further visit; of the models as they are, for those of other precisions are not made yet. */
export function storedCells(
  planned: readonly PlannedModel[],
  means: SweepMachine,
  { project, engine: engineName, rule, again }: StoredQuestion,
): StoredCells {
  if (again === 'all' || !existsSync(databaseFileOf(project))) return new Map();
  using store = StoreReader.openToRead(project);
  const measured = store.measuredHashes();
  const doubtful = store.doubtfulHashes();
  const isDone = (settings: PointSettings): boolean => {
    const hash = pointHash(settings);
    const stored = measured.has(hash) && !doubtful.has(hash) ? store.load(hash) : null;
    return (
      stored !== null &&
      isSampled(stored.visits, rule) &&
      !(again === 'disturbed' && isDisturbed(settings, stored))
    );
  };
  return new Map(
    planned.flatMap(({ model, blocks }) =>
      blocks.map((block) => {
        const { dims, series } = block;
        const known = series
          .filter(({ settings }) => settings.precision === 'original')
          .flatMap((one) => {
            const engine = engineSettings(engineName, model, one.settings);
            const placement = placementOf(one.settings, one, means);
            return one.cells.filter((cell) => isDone(settingsOf(cell, { model, dims, engine, placement })));
          });
        return [block, new Set(known)] as const;
      }),
    ),
  );
}

/** Whether something disturbed a stored point, so that it is not trusted. */
export function isDisturbed(settings: PointSettings, stored: StoredPoint): boolean {
  const point = toPoint(pointHash(settings), settings, stored);
  return point.state === 'measured' && !point.verdict.trusted;
}
