import type { Choice } from './choice.ts';
import {
  besides,
  type Dimensions,
  emptyLabel,
  fill,
  type Label,
  nondominated,
  withInstance,
} from './frontier.ts';
import type { NodeLimits } from './limits.ts';

/** What sets over nodes are looked for by. */
export interface NodeSearch {
  readonly nodes: NodeLimits;
  /** Cores that all instances together may have. */
  readonly cores: number;
  /** Whether a set may still become one that is looked for, with at most so much value more. */
  readonly admits: (label: Label, mostGain: number) => boolean;
  readonly dimensions: Dimensions;
}

/** Nodes of one size that nothing was placed on yet. */
interface NodeClass {
  readonly cores: number;
  readonly count: number;
}

/**
 * Every useful set of instances over NUMA nodes: each node is filled on its own, and instances larger than every node
 * take nodes of their own. Nodes of the same size are interchangeable, so a state is how many of each size are left.
 */
export function fillNodes(choices: readonly Choice[], search: NodeSearch): Label[] {
  const { nodes, cores, admits, dimensions } = search;
  const largest = Math.max(...nodes.cores);
  const spanning = choices.filter(({ threads }) => threads > largest);
  const within = choices.filter(({ threads }) => threads <= largest);
  const filled = new Map(
    [...new Set(nodes.cores)].map((size): [number, Label[]] => {
      const most = { cores: Math.min(size, cores), instances: nodes.mostInstances };
      const anyGain = (label: Label): boolean => admits(label, Number.POSITIVE_INFINITY);
      return [size, nondominated(fill(within, { ...most, admits: anyGain, dimensions }), dimensions)];
    }),
  );
  const perNode = new Map([...filled].map(([size, labels]) => [size, mostOnNode(size, labels, spanning)]));
  const start = classesOf(nodes.cores);
  const states = new Map([[keyOf(start), { classes: start, labels: [emptyLabel] }]]);
  const done: Label[] = [];
  // States with more nodes left come first, so that a state is complete when it is taken.
  for (;;) {
    const next = [...states].reduce<[string, { classes: NodeClass[]; labels: Label[] }] | null>(
      (most, state) => (most === null || countOf(state[1].classes) > countOf(most[1].classes) ? state : most),
      null,
    );
    if (next === null) break;
    states.delete(next[0]);
    const { classes } = next[1];
    const labels = nondominated(next[1].labels, dimensions);
    const reach = (left: NodeClass[], grown: Label[]): void => {
      const gain = left.reduce((sum, { cores: size, count }) => sum + count * perNode.get(size)!, 0);
      const admitted = grown.filter((label) => label.cores <= cores && admits(label, gain));
      const key = keyOf(left);
      const state = states.get(key) ?? { classes: left, labels: [] };
      states.set(key, { classes: left, labels: [...state.labels, ...admitted] });
    };
    const first = classes[0];
    if (first === undefined) {
      done.push(...labels);
      continue;
    }
    const own = filled.get(first.cores)!;
    reach(
      without(classes, [first.cores]),
      labels.flatMap((label) => own.map((beside) => besides(label, beside, first.cores))),
    );
    for (const choice of spanning)
      for (const taken of nodesFor(choice.threads, classes))
        reach(
          without(classes, taken),
          labels.map((label) => withInstance(label, choice, taken)),
        );
  }
  return nondominated(done, dimensions);
}

/** No node adds more value than this, be it by instances of its own or by its share of a larger one. */
function mostOnNode(size: number, filled: readonly Label[], spanning: readonly Choice[]): number {
  const own = filled.reduce((most, { value }) => Math.max(most, value), 0);
  const shared = spanning.reduce((most, { value, threads }) => Math.max(most, (value * size) / threads), 0);
  return Math.max(own, shared) * (1 + boundSlack);
}

/** Far more than rounding can take from a sum of rates. */
const boundSlack = 1e-9;

/** How many equal instances of so many threads the nodes hold at most. */
export function mostEqualOnNodes(threads: number, { cores, mostInstances }: NodeLimits): number {
  if (threads <= Math.max(...cores))
    return cores.reduce((sum, size) => sum + Math.min(mostInstances, Math.floor(size / threads)), 0);
  const memory = new Map<string, number>();
  const most = (classes: NodeClass[]): number => {
    const key = keyOf(classes);
    const known = memory.get(key);
    if (known !== undefined) return known;
    const options = nodesFor(threads, classes).map((taken) => 1 + most(without(classes, taken)));
    const found = Math.max(0, ...options);
    memory.set(key, found);
    return found;
  };
  return most(classesOf(cores));
}

function classesOf(sizes: readonly number[]): NodeClass[] {
  return [...Map.groupBy(sizes, (size) => size)]
    .map(([cores, same]) => ({ cores, count: same.length }))
    .sort((a, b) => b.cores - a.cores);
}

const keyOf = (classes: readonly NodeClass[]): string =>
  classes.map(({ cores, count }) => `${count}×${cores}`).join();

const countOf = (classes: readonly NodeClass[]): number => classes.reduce((sum, { count }) => sum + count, 0);

/** The nodes that stay when nodes of the given sizes are taken. */
function without(classes: readonly NodeClass[], taken: readonly number[]): NodeClass[] {
  return classes
    .map(({ cores, count }) => ({ cores, count: count - taken.filter((size) => size === cores).length }))
    .filter(({ count }) => count > 0);
}

/** Every choice of nodes, as their sizes, that holds so many threads and would not without any one of its nodes. */
function nodesFor(threads: number, classes: readonly NodeClass[]): number[][] {
  const [first, ...rest] = classes;
  if (threads <= 0) return [[]];
  if (first === undefined) return [];
  const found: number[][] = [];
  for (let count = 0; count <= first.count; count++) {
    const left = threads - count * first.cores;
    const own = Array.from({ length: count }, () => first.cores);
    found.push(...nodesFor(left, rest).map((others) => [...own, ...others]));
    if (left <= 0) break;
  }
  return found.filter((sizes) => {
    const sum = sizes.reduce((total, size) => total + size, 0);
    return sizes.every((size) => sum - size < threads);
  });
}
