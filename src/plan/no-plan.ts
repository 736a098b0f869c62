import { ThinferError } from '../errors.ts';
import { solveTarget } from './candidates.ts';
import type { Limits } from './limits.ts';
import type { Target } from './question.ts';
import { canReach, distinctLatencies, mostItems, mostItemsPerSecond, smallestWithin } from './solve.ts';
import type { Cell } from './types.ts';

/** Cores beyond so many times those there are, are no way out. */
const furthestCores = 64;

/**
 * The error of a question that no set of cells answers. It names each limit that, changed alone, would leave a plan,
 * and how far it has to move.
 */
export function noPlan(cells: readonly Cell[], target: Target, limits: Limits): ThinferError {
  if (cells.length === 0)
    return new ThinferError('no-plan', 'there is no cell to plan from', {
      remedy: 'measure some, together (not --mode alone), with the same settings: `thinfer profile`',
    });
  if (limits.memoryBytes !== undefined && cells.every((cell) => cell.memoryBytes === undefined))
    return new ThinferError('no-plan', '--memory: the memory of no cell is known', {
      remedy: 'leave --memory out; tables from files hold none',
    });
  const ways = waysOut(cells, target, limits);
  return new ThinferError(
    'no-plan',
    `no set of instances ${describeTarget(target)} within ${describeLimits(limits)}`,
    {
      remedy:
        ways.length > 0
          ? `any one of these leaves a plan: ${ways.join('; ')}`
          : 'no single change leaves a plan: relax several limits, or measure more cells',
    },
  );
}

function describeTarget(target: Target): string {
  switch (target.goal) {
    case 'latency':
      return `holds ${target.items} items`;
    case 'throughput':
      return 'fits';
    case 'cost':
      return `processes ${round(target.itemsPerSecond)} items/s`;
  }
}

function describeLimits({ cores, latencyMs, memoryBytes, nodes, equal, largestBatch }: Limits): string {
  return [
    `${cores} core${cores === 1 ? '' : 's'}`,
    ...(latencyMs === undefined ? [] : [`${round(latencyMs)} ms`]),
    ...(memoryBytes === undefined ? [] : [inMiB(memoryBytes)]),
    ...(nodes === undefined ? [] : [`nodes of ${nodes.cores.join(', ')} cores`]),
    ...(nodes === undefined || nodes.mostInstances === Number.POSITIVE_INFINITY
      ? []
      : [`${nodes.mostInstances} instances a node`]),
    ...(largestBatch === undefined ? [] : [`batches up to ${largestBatch}`]),
    ...(equal === true ? ['equal instances'] : []),
  ].join(', ');
}

/** Changes of one limit each that leave a plan, as a user would give them. */
function waysOut(cells: readonly Cell[], target: Target, limits: Limits): string[] {
  const works = (changed: Limits): boolean => canReach(cells, target, changed);
  return [
    ...lessAsked(cells, target, limits),
    ...fewestCores(limits, works),
    ...shortestLatency(cells, limits, works),
    ...leastMemory(cells, target, limits),
    ...nodeChanges(limits, works),
    ...smallestBatch(cells, limits, works),
    ...(limits.equal === true && works({ ...limits, equal: false }) ? ['leave --equal out'] : []),
  ];
}

function lessAsked(cells: readonly Cell[], target: Target, limits: Limits): string[] {
  if (target.goal === 'throughput') return [];
  if (target.goal === 'latency') {
    const items = mostItems(cells, limits);
    return items > 0 ? [`--items ${items}`] : [];
  }
  const rate = mostItemsPerSecond(cells, limits);
  return rate > 0 ? [`--rate ${roundDown(rate)}`] : [];
}

/** Doubles until there is a plan, then bisects: more cores never take one away. */
function fewestCores(limits: Limits, works: (changed: Limits) => boolean): string[] {
  let enough = limits.cores;
  do {
    if (enough >= limits.cores * furthestCores) return [];
    enough *= 2;
  } while (!works({ ...limits, cores: enough }));
  const cores = least(Math.floor(enough / 2) + 1, enough, (count) => works({ ...limits, cores: count }));
  return [`--cores ${cores}`];
}

function shortestLatency(
  cells: readonly Cell[],
  limits: Limits,
  works: (changed: Limits) => boolean,
): string[] {
  if (limits.latencyMs === undefined) return [];
  const longer = [...distinctLatencies(cells)].filter((latencyMs) => latencyMs > limits.latencyMs!);
  const at = least(0, longer.length, (index) =>
    index === longer.length ? true : works({ ...limits, latencyMs: longer[index]! }),
  );
  return at === longer.length ? [] : [`--latency ${roundUp(longer[at]!)}`];
}

/** Sizes are told to this share, and up: a search to the byte would take thrice as long. */
const memoryPrecision = 0.001;

/** Bisects between what is too little and what the plan without that limit takes. */
function leastMemory(cells: readonly Cell[], target: Target, limits: Limits): string[] {
  if (limits.memoryBytes === undefined) return [];
  const known = cells.filter((cell) => cell.memoryBytes !== undefined);
  const free = { ...limits, memoryBytes: undefined };
  const solution =
    target.goal === 'latency' ? smallestWithin(known, target.items, free) : solveTarget(known, target, free);
  if (solution === null) return [];
  const most = solution.groups.reduce((sum, { instances, threads, batch }) => {
    const cell = known.find((one) => one.threads === threads && one.batch === batch)!;
    return sum + instances * cell.memoryBytes!;
  }, 0);
  const step = Math.max(1, Math.floor(limits.memoryBytes * memoryPrecision));
  const steps = least(0, Math.ceil((most - limits.memoryBytes) / step), (count) =>
    canReach(known, target, { ...limits, memoryBytes: limits.memoryBytes! + count * step }),
  );
  const bytes = limits.memoryBytes + steps * step;
  return [`--memory ${bytes} (${inMiB(bytes)})`];
}

function nodeChanges(limits: Limits, works: (changed: Limits) => boolean): string[] {
  const { nodes, cores } = limits;
  if (nodes === undefined) return [];
  const withMost = (mostInstances: number): Limits => ({ ...limits, nodes: { ...nodes, mostInstances } });
  if (nodes.mostInstances < cores && works(withMost(cores)))
    return [`--instances-per-node ${least(nodes.mostInstances, cores, (most) => works(withMost(most)))}`];
  return works({ ...limits, nodes: undefined }) ? ['leave --nodes and --instances-per-node out'] : [];
}

function smallestBatch(
  cells: readonly Cell[],
  limits: Limits,
  works: (changed: Limits) => boolean,
): string[] {
  const { largestBatch } = limits;
  if (largestBatch === undefined) return [];
  const larger = [...new Set(cells.map(({ batch }) => batch))]
    .filter((batch) => batch > largestBatch)
    .sort((a, b) => a - b);
  const at = least(0, larger.length, (index) =>
    index === larger.length ? true : works({ ...limits, largestBatch: larger[index]! }),
  );
  return at === larger.length ? [] : [`--largest-batch ${larger[at]}`];
}

/** The least whole number from `low` to `high` at which something holds that holds from there on, and at `high`. */
function least(low: number, high: number, holds: (value: number) => boolean): number {
  let [from, to] = [low, high];
  while (from < to) {
    const middle = Math.floor((from + to) / 2);
    if (holds(middle)) to = middle;
    else from = middle + 1;
  }
  return to;
}

const digits = 4;
const round = (value: number): number => Number(value.toPrecision(digits));
/** Rounded so that what is printed still works. */
const roundUp = (value: number): number => roundTowards(value, Math.ceil);
const roundDown = (value: number): number => roundTowards(value, Math.floor);

function roundTowards(value: number, towards: (value: number) => number): number {
  const unit = 10 ** (Math.floor(Math.log10(value)) + 1 - digits);
  return Number((towards(value / unit) * unit).toPrecision(digits + 2));
}

const inMiB = (bytes: number): string =>
  bytes < 2 ** 20 ? `${bytes} bytes` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
