import { rateOf, rateTolerance } from './choice.ts';
import type { Target } from './question.ts';
import type { Cell, Group } from './types.ts';

/** One instance on all cores: ⟨1, T, B⟩. */
export function fatGroups(cores: number, items: number): Group[] {
  return [{ instances: 1, threads: cores, batch: items }];
}

/** As many one-thread instances as there are cores or items: ⟨n, 1, ⌈B/n⌉⟩ with n = min(T, B). */
export function thinGroups(cores: number, items: number): Group[] {
  const instances = Math.min(cores, items);
  return [{ instances, threads: 1, batch: Math.ceil(items / instances) }];
}

/**
 * Fat and thin for a goal; null where no cell will do. For `latency` ⟨1, T, B⟩ and ⟨n, 1, ⌈B/n⌉⟩; for `throughput`
 * ⟨1, T, b⟩ and ⟨T, 1, b⟩ at the batch with the most items per second; for `cost` the smallest single instance and
 * the fewest one-thread instances that reach the rate.
 *
 * @param cells Those that keep to the limits of one instance.
 */
export function baselineGroups(
  cells: readonly Cell[],
  target: Target,
  cores: number,
): { readonly fat: Group[] | null; readonly thin: Group[] | null } {
  if (target.goal === 'latency')
    return { fat: fatGroups(cores, target.items), thin: thinGroups(cores, target.items) };
  const thin = fastest(cells.filter(({ threads }) => threads === 1));
  if (target.goal === 'throughput') {
    const fat = fastest(cells.filter(({ threads }) => threads === cores));
    return { fat: fat && groupOf(1, fat), thin: thin && groupOf(cores, thin) };
  }
  const least = target.itemsPerSecond * (1 - rateTolerance);
  const enough = cells.filter((cell) => rateOf(cell) >= least);
  const threads = enough.reduce((fewest, cell) => Math.min(fewest, cell.threads), Number.POSITIVE_INFINITY);
  const fat = fastest(enough.filter((cell) => cell.threads === threads));
  const instances = thin === null ? Number.POSITIVE_INFINITY : Math.ceil(least / rateOf(thin));
  return {
    fat: fat && groupOf(1, fat),
    thin: thin === null || instances > cores ? null : groupOf(instances, thin),
  };
}

/** The cell with the most items per second. */
function fastest(cells: readonly Cell[]): Cell | null {
  return cells.reduce<Cell | null>(
    (best, cell) => (best === null || rateOf(cell) > rateOf(best) ? cell : best),
    null,
  );
}

const groupOf = (instances: number, { threads, batch }: Cell): Group[] => [{ instances, threads, batch }];

/** Whether two configurations are the same. Both have their groups in canonical order. */
export function sameGroups(a: readonly Group[], b: readonly Group[]): boolean {
  return formatTuples(a) === formatTuples(b);
}

/**
 * Groups as the paper writes them: instances, threads, batch; `⟨2,8,4⟩`, or `⟨1,4,8⟩ + ⟨2,2,4⟩` for a mixed set. Zero
 * threads are the engine's own number: `⟨1,auto,16⟩`.
 */
export function formatTuples(groups: readonly Group[]): string {
  return groups
    .map(({ instances, threads, batch }) => `⟨${instances},${threads > 0 ? threads : 'auto'},${batch}⟩`)
    .join(' + ');
}
