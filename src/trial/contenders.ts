import { fatGroups, type Group, type Plan, type PlanAnswer, sameGroups, thinGroups } from '../plan/index.ts';

/** A configuration that takes part in a trial. */
export interface Contender {
  /** E.g. `['plan', 'thin']`; the first one names its row together with the others. */
  readonly names: readonly string[];
  readonly groups: readonly Group[];
  /** `default`: the engine's own threads, not pinned. */
  readonly kind: 'pinned' | 'default';
  readonly predictedMs: number | null;
  /** Where its measured median is to lie, 95 %; null where that is not known. */
  readonly predictionInterval: readonly [number, number] | null;
}

/** The best plan, so many of the next best, and the baselines; equal ones share a row. */
export function contendersOf(answer: PlanAnswer, alternatives: number): Contender[] {
  const { cores, items, best, baselines } = answer;
  const named: Contender[] = [
    pinned('plan', best.groups, best),
    ...answer.alternatives
      .slice(0, alternatives)
      .map((plan, index) => pinned(`plan ${index + 2}`, plan.groups, plan)),
    pinned('fat', fatGroups(cores, items), baselines.fat),
    pinned('thin', thinGroups(cores, items), baselines.thin),
    defaultContender(items),
  ];
  return mergeEqual(named);
}

/** A configuration given by hand, beside the baselines. @param predict What is predicted of a set; null: nothing. */
export function contendersFor(
  groups: readonly Group[],
  cores: number,
  items: number,
  predict: (groups: readonly Group[]) => Plan | null,
): Contender[] {
  const sets = { given: groups, fat: fatGroups(cores, items), thin: thinGroups(cores, items) };
  return mergeEqual([
    ...Object.entries(sets).map(([name, set]) => pinned(name, set, predict(set))),
    defaultContender(items),
  ]);
}

/** Zero threads stand for the engine's own number. */
function defaultContender(items: number): Contender {
  return {
    names: ['default'],
    groups: [{ instances: 1, threads: 0, batch: items }],
    kind: 'default',
    predictedMs: null,
    predictionInterval: null,
  };
}

function pinned(name: string, groups: readonly Group[], predicted: Plan | null): Contender {
  const { predictedMs = null, predictionInterval = null } = predicted ?? {};
  return { names: [name], groups, kind: 'pinned', predictedMs, predictionInterval };
}

function mergeEqual(contenders: readonly Contender[]): Contender[] {
  const merged: Contender[] = [];
  for (const contender of contenders) {
    const twin = merged.findIndex(
      (other) => other.kind === contender.kind && sameGroups(other.groups, contender.groups),
    );
    if (twin < 0) merged.push(contender);
    else merged[twin] = { ...merged[twin]!, names: [...merged[twin]!.names, ...contender.names] };
  }
  return merged;
}

/** The name of a row: `plan = thin`. */
export function rowName({ names }: Pick<Contender, 'names'>): string {
  return names.join(' = ');
}

/** One instance's share of the items. */
export interface Share {
  readonly threads: number;
  readonly items: number;
}

/**
 * Exactly `items` items over the instances of a configuration: full batches first, the last instances take what is
 * left; instances left without any do not take part.
 */
export function shareItems(groups: readonly Group[], items: number): Share[] {
  let left = items;
  const shares: Share[] = [];
  for (const { instances, threads, batch } of groups)
    for (let i = 0; i < instances && left > 0; i++) {
      const taken = Math.min(batch, left);
      shares.push({ threads, items: taken });
      left -= taken;
    }
  return shares;
}
