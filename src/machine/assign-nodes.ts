/**
 * States that may fail before a search gives up, about 0.1 s. Mixed sizes on more than ten nodes can come
 * near it; up to eight nodes stay far below.
 */
const mostFailures = 20_000;

/**
 * Assigns demands (threads of each instance) to nodes so that as few as possible of them have to be split over several
 * nodes. Best fit decreasing finds it nearly always; where it splits more than is plainly needed, an exact
 * search with memory follows.
 *
 * @param demands CPUs wanted by each instance; their sum is at most that of the capacities.
 * @param capacities Free CPUs of each node.
 * @returns for each demand the index of its node; null where it must be split.
 */
export function assignNodes(demands: readonly number[], capacities: readonly number[]): (number | null)[] {
  const order = demands.map((_, at) => at).sort((a, b) => demands[b]! - demands[a]! || a - b);
  const sizes = order.map((at) => demands[at]!);
  const largest = Math.max(0, ...capacities);
  const tooLarge = sizes.filter((size) => size > largest).length;
  let best = bestFit(sizes, capacities);
  const splitByBestFit = best.filter((node) => node === null).length;
  for (let splits = tooLarge; splits < splitByBestFit; splits++) {
    const found = search(sizes, capacities, splits);
    if (found === null) continue;
    best = found;
    break;
  }
  const result: (number | null)[] = Array.from(demands, () => null);
  order.forEach((at, rank) => {
    result[at] = best[rank] ?? null;
  });
  return result;
}

/** The fullest node that still has room, the first of equals. */
function bestFit(sizes: readonly number[], capacities: readonly number[]): (number | null)[] {
  const free = [...capacities];
  return sizes.map((size) => {
    const node = candidates(free, size)[0];
    if (node === undefined) return null;
    free[node]! -= size;
    return node;
  });
}

/** Nodes with room for `size`, fullest first; of nodes with equal room only the first, as they are interchangeable. */
function candidates(free: readonly number[], size: number): number[] {
  return free
    .map((_, node) => node)
    .filter((node) => free[node]! >= size && free.indexOf(free[node]!) === node)
    .sort((a, b) => free[a]! - free[b]!);
}

/**
 * Depth-first over demands in falling order, with at most `splits` of them split. A state that failed once (position,
 * splits left, rooms whatever their order) is not entered again. Null where there is none, or none was found in time.
 */
function search(
  sizes: readonly number[],
  capacities: readonly number[],
  splits: number,
): (number | null)[] | null {
  const free = [...capacities];
  const chosen: (number | null)[] = [];
  const failed = new Set<string>();
  const visit = (at: number, left: number): boolean => {
    if (at === sizes.length) return true;
    const state = `${at} ${left} ${[...free].sort((a, b) => a - b).join()}`;
    if (failed.has(state) || failed.size > mostFailures || !roomLeft(sizes, at, left, free)) return false;
    const size = sizes[at]!;
    for (const node of candidates(free, size)) {
      free[node]! -= size;
      chosen[at] = node;
      if (visit(at + 1, left)) return true;
      free[node]! += size;
    }
    chosen[at] = null;
    if (left > 0 && visit(at + 1, left - 1)) return true;
    failed.add(state);
    return false;
  };
  return visit(0, splits) ? chosen : null;
}

/** Whether what must stay whole could fit if the rooms that are large enough to be of use were one. */
function roomLeft(sizes: readonly number[], at: number, left: number, free: readonly number[]): boolean {
  const smallest = sizes.at(-1)!;
  const room = free.reduce((sum, cpus) => sum + (cpus >= smallest ? cpus : 0), 0);
  // Sizes fall, so splitting the next ones frees the most.
  let wanted = 0;
  for (let next = at + left; next < sizes.length; next++) wanted += sizes[next]!;
  return wanted <= room;
}
