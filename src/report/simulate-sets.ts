import { formatTuples } from '../plan/baselines.ts';
import type { Group } from '../plan/index.ts';
import { formatPlural } from './format.ts';
import type { Lane } from './load-chart.ts';
import type { SimulatedPolicyData } from './simulate-page-data.ts';
import { batchPaint, paint } from './theme.ts';

/** A time during which one set was in force, in ms. */
export interface Stretch {
  readonly set: string;
  readonly groups: readonly Group[];
  readonly from: number;
  readonly to: number;
}

/** What was in force when, up to the last request. */
export function stretchesOf({ groups, changes }: SimulatedPolicyData, spanMs: number): Stretch[] {
  const made = changes.flatMap(({ groups: own, switchedMs }) =>
    switchedMs === null || switchedMs >= spanMs ? [] : [{ groups: own, from: switchedMs }],
  );
  return [{ groups, from: 0 }, ...made].map(({ groups: own, from }, at) => ({
    ...{ set: formatTuples(own), groups: own, from },
    to: made[at]?.from ?? spanMs,
  }));
}

/** A set with all the time that it was in force. */
export interface SetInForce {
  readonly set: string;
  readonly groups: readonly Group[];
  readonly totalMs: number;
}

/** The sets that there were, the one that was in force the longest first. */
export function setsOf(stretches: readonly Stretch[]): SetInForce[] {
  const sets = new Map<string, SetInForce>();
  for (const { set, groups, from, to } of stretches)
    sets.set(set, { set, groups, totalMs: (sets.get(set)?.totalMs ?? 0) + to - from });
  return [...sets.values()].sort((a, b) => b.totalMs - a.totalMs);
}

const mostLanes = 6;

/** One lane per set, from few threads to many, the rarest together; below them when a change was decided. A mixed set is named by its first group. */
export function lanesOf(policy: SimulatedPolicyData, spanMs: number): Lane[] {
  const stretches = stretchesOf(policy, spanMs);
  const sets = setsOf(stretches);
  const own = sets.slice(0, sets.length > mostLanes ? mostLanes - 1 : mostLanes).sort(byThreads);
  const names = own.map(({ set }) => set);
  const lanes = own.map(({ set, groups }, at) => ({
    label: groups.length > 1 ? `${formatTuples(groups.slice(0, 1))} + …` : set,
    color: batchPaint(at, own.length),
    marks: marksOf(stretches, (one) => one === set),
  }));
  const others = marksOf(stretches, (one) => !names.includes(one));
  return [
    ...lanes,
    ...(others.length > 0
      ? [{ label: formatPlural(sets.length - own.length, 'other'), color: paint('default'), marks: others }]
      : []),
    {
      label: `${policy.changes.length} decided`,
      color: paint('ink'),
      marks: policy.changes.map(({ decidedMs: at }) => ({ from: at, to: at, share: 1 })),
    },
  ];
}

const marksOf = (stretches: readonly Stretch[], isOne: (set: string) => boolean): Lane['marks'] =>
  stretches.filter(({ set }) => isOne(set)).map(({ from, to }) => ({ from, to, share: 1 }));

function byThreads({ groups: [a] }: SetInForce, { groups: [b] }: SetInForce): number {
  return a!.threads - b!.threads || a!.batch - b!.batch;
}
