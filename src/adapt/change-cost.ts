import { type Group, instancesOf } from '../plan/index.ts';
import type { ChangeCost } from './greedy.ts';
import { planChange } from './plan-change.ts';

/** Batches take so many times longer while instances are loaded beside them, at idle priority: they share memory and caches. */
export const loadingSlowdown = 1.1;
/** Where all cores are busy, loading gets so much of one all the same. */
export const leastLoadShare = 0.05;

/** What it costs to change a set on so many cores, where starting an instance takes so much CPU time. */
export function changeCost(
  from: readonly Group[],
  to: readonly Group[],
  {
    cores,
    busyShare,
    loadCpuMs,
  }: { readonly cores: number; readonly busyShare: number; readonly loadCpuMs: number },
): ChangeCost {
  const living = instancesOf(from).map((instance, index) => ({ ...instance, index }));
  const { start } = planChange(living, instancesOf(to));
  const idle = Math.max(leastLoadShare, cores * (1 - busyShare));
  const durationMs = (start.length * loadCpuMs) / Math.min(start.length, idle);
  return start.length === 0 ? { durationMs: 0, slowdown: 1 } : { durationMs, slowdown: loadingSlowdown };
}
