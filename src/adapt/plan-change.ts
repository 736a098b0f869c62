import type { Group } from '../plan/index.ts';

/** An instance that lives, with what tells it from others. */
export interface LivingInstance {
  readonly index: number;
  readonly threads: number;
  /** Null: not pinned. */
  readonly cpus: readonly number[] | null;
}

/** An instance that is wanted. */
export interface WantedInstance {
  readonly threads: number;
  readonly largestBatch: number;
  readonly cpus: readonly number[] | null;
}

/** How one set becomes another. */
export interface ChangePlan<W extends WantedInstance> {
  /** Those that stay, each with its new largest batch. */
  readonly keep: readonly { readonly index: number; readonly largestBatch: number }[];
  readonly start: readonly W[];
  /** Indexes of those that go when the new ones are there. */
  readonly retire: readonly number[];
}

/** Touches only what differs: an instance of as many threads on the same CPUs stays, whatever its largest batch. */
export function planChange<W extends WantedInstance>(
  living: readonly LivingInstance[],
  wanted: readonly W[],
): ChangePlan<W> {
  const free = [...living];
  const keep: { index: number; largestBatch: number }[] = [];
  const start: W[] = [];
  for (const one of wanted) {
    const at = free.findIndex(({ threads, cpus }) => threads === one.threads && sameCpus(cpus, one.cpus));
    if (at < 0) start.push(one);
    else keep.push({ index: free.splice(at, 1)[0]!.index, largestBatch: one.largestBatch });
  }
  return { keep, start, retire: free.map(({ index }) => index) };
}

/** The threads and largest batch of each instance of a set, in the order of its groups. */
export function membersOf(
  groups: readonly Group[],
): { readonly threads: number; readonly largestBatch: number }[] {
  return groups.flatMap(({ instances, threads, batch }) =>
    Array.from({ length: instances }, () => ({ threads, largestBatch: batch })),
  );
}

const sameCpus = (a: readonly number[] | null, b: readonly number[] | null): boolean =>
  (a ?? []).join() === (b ?? []).join();
