import { groupsSyntax, parseGroups } from '../../src/plan/index.ts';
import { thinfer } from '../support.ts';

/** What one instance of so many threads takes for a batch, with instances on all cores. */
export interface ProfiledCell {
  readonly threads: number;
  readonly batch: number;
  readonly medianMs: number;
}

interface Profile {
  readonly points: readonly {
    readonly state: string;
    readonly settings: { readonly threads: number; readonly batch: number };
    readonly stats: { readonly medianMs: number };
  }[];
}

/** Profiles a model into a project's folder; `words` are the model and flags. Cells that failed are left out. */
export function profileCells(project: string, ...words: readonly string[]): ProfiledCell[] {
  const { points } = thinfer<Profile>(project, 'profile', ...words, '--mode', 'together');
  return points
    .filter(({ state }) => state === 'measured')
    .map(({ settings: { threads, batch }, stats: { medianMs } }) => ({ threads, batch, medianMs }));
}

/** Items per second that a set answers at most by its cells: each instance always in its best batch. */
export function mostPerSecond(set: string, cells: readonly ProfiledCell[]): number {
  const groups = parseGroups(set);
  if (groups === null) throw new Error(`${set}: not ${groupsSyntax}`);
  return groups.reduce((sum, { instances, threads, batch }) => {
    const own = cells.filter((cell) => cell.threads === threads && cell.batch <= batch);
    if (own.length === 0) throw new Error(`${set}: nothing was measured of ${threads} threads`);
    return sum + instances * Math.max(...own.map((cell) => (1000 * cell.batch) / cell.medianMs));
  }, 0);
}

/** How much longer each cell takes that was measured again; above 1: it got slower. */
export function driftOf(
  before: readonly ProfiledCell[],
  after: readonly ProfiledCell[],
): { readonly threads: number; readonly batch: number; readonly ratio: number }[] {
  return after.flatMap(({ threads, batch, medianMs }) => {
    const old = before.find((cell) => cell.threads === threads && cell.batch === batch);
    return old === undefined ? [] : [{ threads, batch, ratio: medianMs / old.medianMs }];
  });
}
