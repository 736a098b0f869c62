import { type Cell, fitCells } from '../plan/index.ts';
import type { Point } from '../profile/index.ts';
import type { StoreReader } from '../store/index.ts';
import { type Question, storedPoints } from './measure.ts';
import { planInput } from './plan-input.ts';

/** What a server wants to know of a model. */
export interface CellsQuestion {
  readonly subject: Question;
  /** Along which requests are padded; null: they are not. */
  readonly padDim: string | null;
  /** That its sets may have; `subject.cores` or fewer. */
  readonly cores: number;
}

/** What is stored of it. All are empty where nothing was measured. */
export interface KnownCells {
  /** As measured, at the model's dimensions. */
  readonly measured: readonly Cell[];
  /** For sets: each number of threads that was measured, at batches of powers of two. */
  readonly forSets: readonly Cell[];
  readonly ofOtherLengths: readonly (Cell & { readonly length: number })[];
}

/**
 * Reads what is known of a model. Medians are computed from all samples: a profile of some dozen cells takes seconds of CPU time.
 *
 * @param points Those of the store that fit the subject. Default: they are read.
 */
export function readKnownCells(
  { subject, padDim, cores }: CellsQuestion,
  store: StoreReader,
  points: readonly Point[] = storedPoints(subject, store),
): KnownCells {
  if (points.length === 0) return { measured: [], forSets: [], ofOtherLengths: [] };
  return {
    measured: planInput(points, subject.cores, store).measured,
    forSets: cellsForSets(planInput(points, cores, store).measured, subject),
    ofOtherLengths: padDim === null ? [] : cellsOfLengths(subject, padDim, store),
  };
}

function cellsForSets(measured: readonly Cell[], { model }: Question): Cell[] {
  const usable =
    model.batchDim === null ? measured.filter(({ batch }) => batch === model.fixedBatch) : measured;
  const most = Math.max(1, ...usable.map(({ batch }) => batch));
  const batches: number[] = [];
  for (let batch = 1; batch <= most; batch *= 2) batches.push(batch);
  return fitCells(usable, { threads: [...new Set(usable.map(({ threads }) => threads))], batches });
}

/** At the lengths that were measured beside the usual one. */
function cellsOfLengths(subject: Question, dim: string, store: StoreReader): (Cell & { length: number })[] {
  const { model, dims, cores } = subject;
  const measured = store.points(model.contentHash).flatMap(({ settings }) => settings.dims[dim] ?? []);
  const usual = dims[dim] ?? model.defaultDims[dim];
  const lengths = [...new Set(measured)].filter((length) => length !== usual);
  return lengths.flatMap((length) => {
    const own = storedPoints({ ...subject, dims: { ...dims, [dim]: length } }, store);
    return planInput(own, cores, store).measured.map((cell) => ({ ...cell, length }));
  });
}
