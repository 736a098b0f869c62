import type { Choice } from './choice.ts';
import { type Dimensions, fill, type Label, nondominated } from './frontier.ts';
import { mostValue, smallestOnCores } from './knapsack.ts';
import type { Limits } from './limits.ts';
import { fillNodes, mostEqualOnNodes } from './node-sets.ts';
import { upperBound } from './upper-bound.ts';

/** One instance of a set. */
export interface Placed {
  readonly choice: Choice;
  /** Which of the nodes it lies on, by their place in the list; null where nodes don't matter. */
  readonly nodes: readonly number[] | null;
}

/** Sums of the same numbers in another order are apart by less than this share. */
const roundingError = 1e-12;

/** The largest total value of a set within the limits; 0 where nothing fits. Exact. */
export function greatestValue(choices: readonly Choice[], limits: Limits): number {
  if (limits.equal === true)
    return choices.reduce((most, choice) => Math.max(most, mostEqual(choice, limits) * choice.value), 0);
  if (isPlain(limits)) return mostValue(choices, limits.cores)[limits.cores]!;
  const memory = limits.memoryBytes ?? Number.POSITIVE_INFINITY;
  const bound = upperBound(choices, limits.cores, memory);
  // A set that fills the memory need not fit the nodes.
  let best = limits.nodes === undefined ? bound.reached : 0;
  const admits = (label: Label, mostGain = Number.POSITIVE_INFINITY): boolean => {
    const [freeCores, freeMemory] = [limits.cores - label.cores, memory - label.memoryBytes];
    if (freeCores < 0 || freeMemory < 0) return false;
    if (label.value + Math.min(mostGain, bound.gain(freeCores, freeMemory)) <= best) return false;
    best = Math.max(best, label.value);
    return true;
  };
  const dimensions = { cores: true, instances: false, enough: Number.POSITIVE_INFINITY };
  search(choices, limits, { cores: limits.cores, dimensions, admits });
  return best;
}

/** Whether some set within the limits has so much value. Exact. */
export function reaches(choices: readonly Choice[], limits: Limits, target: number): boolean {
  if (limits.equal === true || isPlain(limits)) return greatestValue(choices, limits) >= target;
  const { cores, memoryBytes, nodes } = limits;
  // A set that the bound has met on its way often is enough.
  if (nodes === undefined && upperBound(choices, cores, memoryBytes!).reached >= target) return true;
  return fewestCores(choices, limits, target) !== null;
}

/** The set within the limits that reaches `target` on the fewest cores, then with the fewest instances; null: there is none. */
export function smallestSet(
  choices: readonly Choice[],
  limits: Limits,
  target: number,
): readonly Placed[] | null {
  if (limits.equal === true) return smallestEqual(choices, limits, target);
  if (isPlain(limits)) {
    const chosen = smallestOnCores(choices, limits.cores, target);
    return chosen?.map((choice) => ({ choice, nodes: null })) ?? null;
  }
  const cores = fewestCores(choices, limits, target);
  if (cores === null) return null;
  const found = searchTarget(choices, { ...limits, cores }, target, true);
  const best = found.reduce((least, label) => (label.instances < least.instances ? label : least));
  return placedOf(best, limits);
}

const isPlain = ({ memoryBytes, nodes }: Limits): boolean => memoryBytes === undefined && nodes === undefined;

function fewestCores(choices: readonly Choice[], limits: Limits, target: number): number | null {
  const found = searchTarget(choices, limits, target, false);
  return found.length === 0 ? null : Math.min(...found.map(({ cores }) => cores));
}

/** Labels that reach the target; those with the fewest cores are among them. */
function searchTarget(
  choices: readonly Choice[],
  limits: Limits,
  target: number,
  instances: boolean,
): Label[] {
  const memory = limits.memoryBytes ?? Number.POSITIVE_INFINITY;
  const least = target * (1 - roundingError);
  const bound = upperBound(choices, limits.cores, memory);
  const isFound = (label: Label): boolean => label.value >= least;
  const admits = (label: Label, mostGain = Number.POSITIVE_INFINITY): boolean => {
    const [freeCores, freeMemory] = [limits.cores - label.cores, memory - label.memoryBytes];
    if (freeCores < 0 || freeMemory < 0) return false;
    return label.value + Math.min(mostGain, bound.gain(freeCores, freeMemory)) >= least;
  };
  const dimensions = { cores: true, instances, enough: least };
  return search(choices, limits, { cores: limits.cores, dimensions, admits, isFound }).filter(isFound);
}

interface Search {
  readonly cores: number;
  readonly dimensions: Dimensions;
  readonly admits: (label: Label, mostGain?: number) => boolean;
  readonly isFound?: (label: Label) => boolean;
}

function search(choices: readonly Choice[], { nodes }: Limits, options: Search): Label[] {
  return nodes === undefined
    ? nondominated(fill(choices, { ...options, instances: Number.POSITIVE_INFINITY }), options.dimensions)
    : fillNodes(choices, { ...options, nodes });
}

/** How many instances of one kind fit within the limits. */
export function mostEqual(
  { threads, memoryBytes = 0 }: { readonly threads: number; readonly memoryBytes?: number },
  limits: Limits,
): number {
  return Math.min(
    Math.floor(limits.cores / threads),
    limits.memoryBytes === undefined || memoryBytes === 0
      ? Number.POSITIVE_INFINITY
      : Math.floor(limits.memoryBytes / memoryBytes),
    limits.nodes === undefined ? Number.POSITIVE_INFINITY : mostEqualOnNodes(threads, limits.nodes),
  );
}

function smallestEqual(choices: readonly Choice[], limits: Limits, target: number): readonly Placed[] | null {
  let best: { readonly choice: Choice; readonly count: number } | null = null;
  for (const choice of choices) {
    const count = Math.ceil((target * (1 - roundingError)) / choice.value);
    if (count > mostEqual(choice, limits)) continue;
    const cores = count * choice.threads;
    const least = best === null ? Number.POSITIVE_INFINITY : best.count * best.choice.threads;
    if (cores < least || (cores === least && count < best!.count)) best = { choice, count };
  }
  if (best === null) return null;
  const { choice, count } = best;
  if (limits.nodes !== undefined)
    return smallestSet([choice], { ...limits, equal: false }, count * choice.value);
  return Array.from({ length: count }, () => ({ choice, nodes: null }));
}

/** The instances of a label, each with its nodes. */
function placedOf(label: Label, { nodes }: Limits): Placed[] {
  const free = nodes?.cores.map((cores, id) => ({ cores, id })) ?? [];
  const take = (cores: number): number =>
    free.splice(
      free.findIndex((node) => node.cores === cores),
      1,
    )[0]!.id;
  const placed: Placed[] = [];
  const visit = ({ parts }: Label, node: number | null): void => {
    if (parts === null) return;
    if (parts.type === 'node') visit(parts.beside, take(parts.nodeCores));
    else
      placed.push({
        choice: parts.choice,
        nodes: parts.nodes?.map(take) ?? (node === null ? null : [node]),
      });
    visit(parts.rest, node);
  };
  visit(label, null);
  return placed;
}
