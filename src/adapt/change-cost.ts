import { type Group, instancesOf } from '../plan/index.ts';
import type { ChangeCost } from './greedy.ts';
import { planChange } from './plan-change.ts';

/**
 * Batches take so many times longer while instances are loaded beside them at idle priority, with so many cores' worth of time: they share memory
 * and caches. How many times is a guess on the safe side, not a measurement.
 */
export const loadingSlowdown = (loadingCores: number): number => 1 + 0.1 * Math.min(1, loadingCores);
/** Where all cores are busy, loading gets so much of one all the same. */
export const leastLoadShare = 0.05;

/** An instance that is loaded at the usual priority gets half a core, and batches take twice as long. */
const urgentShare = 0.5;
const urgentSlowdown = 2;
/** Loading in what is left over takes at most so many times its CPU time; then it takes its part. */
export const patienceFactor = 40;

/** What it costs to change a set on so many cores, where starting an instance takes so much CPU time. */
export function changeCost(
  from: readonly Group[],
  to: readonly Group[],
  {
    cores,
    busyShare,
    keepsUp,
    loadCpuMs,
    standby,
  }: {
    readonly cores: number;
    readonly busyShare: number;
    readonly keepsUp: boolean;
    readonly loadCpuMs: number;
    /** Threads of each instance that stands by. */
    readonly standby: readonly number[];
  },
): ChangeCost {
  const living = instancesOf(from).map((instance, index) => ({ ...instance, index }));
  const { start } = planChange(living, instancesOf(to));
  const loaded = start.length - standingBy(start, standby);
  if (loaded === 0) return { durationMs: 0, slowdown: 1 };
  if (!keepsUp) return { durationMs: loadCpuMs / urgentShare, slowdown: urgentSlowdown };
  const idle = Math.max(leastLoadShare, cores * (1 - busyShare));
  const loading = Math.min(loaded, idle);
  return { durationMs: (loaded * loadCpuMs) / loading, slowdown: loadingSlowdown(loading) };
}

/** How many of some instances stand by, by their threads: on which cores is not looked at. */
export function standingBy(
  wanted: readonly { readonly threads: number }[],
  standby: readonly number[],
): number {
  const free = [...standby];
  let found = 0;
  for (const { threads } of wanted) {
    const at = free.indexOf(threads);
    if (at < 0) continue;
    free.splice(at, 1);
    found++;
  }
  return found;
}
