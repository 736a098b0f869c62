import { type Group, instancesOf } from '../plan/index.ts';
import { AlikeRuns, type SimulationResult, type Stream } from '../simulate/index.ts';
import { mostAbove } from '../stats/index.ts';
import { countedMs, type PolicyRun, p99Of, simulateSet } from './simulate-set.ts';

/** A set, and what came of it. */
export interface BestSet {
  readonly groups: readonly Group[];
  readonly result: SimulationResult;
}

/** The best one until now. */
interface Found extends BestSet {
  readonly ms: number;
  /** Its place among the candidates. */
  readonly at: number;
}

/** All are tried on so many requests first: one that is likely to be good is run before others, so that these need not be run to their ends. */
const firstRequests = 2000;

/**
 * The candidate with the lowest p99 over all requests that count: nobody could have known. Of equals the earliest. None is run further than until
 * it is late too often to be better, nor where one that does exactly the same was not better.
 *
 * @param candidates At least one.
 */
export function bestSet(candidates: readonly (readonly Group[])[], run: PolicyRun): BestSet {
  let best: Found | null = null;
  const alike = new AlikeRuns<number>();
  for (const at of likelyOrder(candidates, run)) {
    const groups = candidates[at]!;
    const instances = instancesOf(groups);
    const known = alike.find(instances);
    if (known !== undefined && isWorse(known, at, best)) continue;
    const barMs = barOf(at, best);
    const result = simulateSet(groups, run, { late: lateOf(barMs, run) });
    const ms: number = result.cutShort ? barMs : p99Of(countedMs(result, run));
    alike.add(instances, result, ms);
    if (!isWorse(ms, at, best)) best = { groups, result, ms, at };
  }
  const { groups, result } = best!;
  return { groups, result };
}

const isWorse = (ms: number, at: number, best: Found | null): boolean =>
  best !== null && (ms > best.ms || (ms === best.ms && at > best.at));

/** A candidate is worse with such a p99: of equals the earlier one is taken. */
function barOf(at: number, best: Found | null): number {
  if (best === null) return Number.POSITIVE_INFINITY;
  return at > best.at ? best.ms : best.ms * (1 + Number.EPSILON);
}

function lateOf(ms: number, { stream: { arrivedMs }, warmupMs: fromMs }: PolicyRun) {
  let counted = 0;
  for (let at = arrivedMs.length - 1; at >= 0 && arrivedMs[at]! >= fromMs; at--) counted++;
  return { ms, most: mostAbove(counted, 0.99), fromMs };
}

/** Indexes, those first that do well on some requests from the middle. */
function likelyOrder(candidates: readonly (readonly Group[])[], run: PolicyRun): number[] {
  const indexes = [...candidates.keys()];
  if (run.stream.arrivedMs.length <= firstRequests) return indexes;
  const some = { ...run, stream: middleOf(run.stream) };
  const alike = new AlikeRuns<number>();
  const firstMs = candidates.map((groups) => {
    const instances = instancesOf(groups);
    const known = alike.find(instances);
    if (known !== undefined) return known;
    const result = simulateSet(groups, some);
    const ms = p99Of(result.latencyMs);
    alike.add(instances, result, ms);
    return ms;
  });
  return indexes.sort((a, b) => firstMs[a]! - firstMs[b]!);
}

function middleOf({ arrivedMs, items }: Stream): Stream {
  const from = Math.floor((arrivedMs.length - firstRequests) / 2);
  const part = (of: ArrayLike<number>, less: number): Float64Array =>
    Float64Array.from({ length: firstRequests }, (_, at) => of[from + at]! - less);
  const moved = part(arrivedMs, arrivedMs[from]!);
  return items === undefined ? { arrivedMs: moved } : { arrivedMs: moved, items: part(items, 0) };
}
