import type { Disturbance } from '../machine/types.ts';
import type { ReplicaSamples } from '../plan/index.ts';
import {
  clusteredMedianInterval,
  findDrift,
  mean,
  median,
  quantile,
  sortSamples,
  splitModes,
} from '../stats/index.ts';
import type { LatencyStats, PointMemory, ReadBack, Verdict, Visit } from './types.ts';

/** Latencies in ms of each counted replica over all visits, in time order. */
export function replicaSamples(visits: readonly Visit[]): ReplicaSamples {
  const replicas = visits[0]?.replicas.length ?? 0;
  return Array.from({ length: replicas }, (_, replica) =>
    visits.flatMap((visit) =>
      Array.from(visit.replicas[replica]?.durationNs ?? [], (ns) => Number(ns) / 1e6),
    ),
  );
}

/** For each moment of a visit, the median over its replicas in ms: runs at the same moment are not independent. */
export function momentMedians({ replicas }: Visit): number[] {
  const [only] = replicas;
  if (only !== undefined && replicas.length === 1)
    return Array.from(only.durationNs, (ns) => Number(ns) / 1e6);
  const runs = Math.min(...replicas.map(({ durationNs }) => durationNs.length));
  return Array.from({ length: Math.max(0, runs) }, (_, run) =>
    median(sortSamples(replicas.map(({ durationNs }) => Number(durationNs[run]) / 1e6))),
  );
}

/**
 * Statistics over the runs of all replicas. The interval counts runs that replicas did at the same moment once, and
 * takes each visit as one observation of what changes from visit to visit. Where replicas differ, the median of all runs
 * may lie outside the interval of the moments' medians; the interval then reaches to it.
 */
export function summariseLatencies(visits: readonly Visit[]): LatencyStats {
  const replicas = replicaSamples(visits);
  const sorted = sortSamples(replicas.flatMap((samples) => Array.from(samples)));
  const slowest = Array.from(replicas[0] ?? [], (_, run) =>
    Math.max(...replicas.map((samples) => samples[run] ?? 0)),
  );
  const medianMs = median(sorted);
  const [low, high] = clusteredMedianInterval(visits.map(momentMedians));
  return {
    count: sorted.length,
    medianMs,
    interval: [Math.min(low, medianMs), Math.max(high, medianMs)],
    meanMs: mean(sorted),
    minMs: sorted[0]!,
    maxMs: sorted.at(-1)!,
    p90Ms: quantile(sorted, 0.9),
    p95Ms: quantile(sorted, 0.95),
    p99Ms: quantile(sorted, 0.99),
    slowestMs: median(sortSamples(slowest)),
  };
}

/** Drift below this share of the median, and modes closer than it, do not spoil a point. */
const tolerated = 0.05;
/** Chance of calling noise a drift. */
const driftP = 0.001;
/** Ashman's D of two modes; one Gaussian cut in two has 2.65, a uniform 3.46. */
const modeSeparation = 6;

/**
 * Whether a point may be trusted.
 *
 * @param counted The visits its statistics rest on.
 * @param all All visits it had.
 * @param floorReached Whether `counted` are as many as the rule asks for.
 */
export function judge(counted: readonly Visit[], all: readonly Visit[], floorReached: boolean): Verdict {
  const samples = replicaSamples(counted);
  const disturbances = [
    ...worstOfEachKind(counted.flatMap((visit) => visit.disturbances)),
    ...(floorReached ? [] : [tooFew(samples[0]?.length ?? 0)]),
    ...findClockChange(counted),
    ...findDrifting(samples),
    ...findTwoModes(samples),
  ];
  return {
    trusted: disturbances.length === 0,
    disturbances,
    visitsLeftOut: Math.max(0, all.length - counted.length),
    visits: Math.max(all.length, counted.length),
  };
}

/** The disturbance of the largest value, of each kind there is. */
export function worstOfEachKind(disturbances: readonly Disturbance[]): Disturbance[] {
  const worst = new Map<string, Disturbance>();
  for (const disturbance of disturbances)
    if (disturbance.value > (worst.get(disturbance.kind)?.value ?? Number.NEGATIVE_INFINITY))
      worst.set(disturbance.kind, disturbance);
  return [...worst.values()];
}

function tooFew(runs: number): Disturbance {
  const text = `only ${runs} runs fitted into the time`;
  return { kind: 'too-few-samples', value: runs, threshold: runs + 1, unit: 'runs', text };
}

/** Clocks of a point's visits that differ by more than this share make its samples those of different machines. */
const clockChange = 0.1;

function findClockChange(visits: readonly Visit[]): Disturbance[] {
  const clocks = visits.flatMap(({ frequencyMhz }) => frequencyMhz ?? []);
  const [lowest, highest] = [Math.min(...clocks), Math.max(...clocks)];
  const change = clocks.length === 0 ? 0 : (highest - lowest) / highest;
  if (change <= clockChange) return [];
  const text = `the clock moved between ${lowest} and ${highest} MHz from visit to visit`;
  return [{ kind: 'frequency', value: change, threshold: clockChange, unit: 'share of the highest', text }];
}

/** Replicas run on different cores; each is set over its own median, so that a slow core is no drift and no mode. */
function relative(samples: ArrayLike<number>): number[] {
  const values = Array.from(samples);
  const centre = median(sortSamples(values));
  return values.map((value) => value / centre);
}

function findDrifting(samples: ReplicaSamples): Disturbance[] {
  for (const replica of samples) {
    const drift = findDrift(replica);
    if (drift === null || drift.p > driftP || Math.abs(drift.change) < tolerated) continue;
    const text = `latency ${drift.change > 0 ? 'rose' : 'fell'} by ${percent(drift.change)} over the runs`;
    return [
      {
        kind: 'drift',
        value: Math.abs(drift.change),
        threshold: tolerated,
        unit: 'share of the median',
        text,
      },
    ];
  }
  return [];
}

function findTwoModes(samples: ReplicaSamples): Disturbance[] {
  const modes = splitModes(sortSamples(samples.flatMap(relative)));
  if (modes === null || modes.separation < modeSeparation) return [];
  const gap = (modes.high - modes.low) / modes.low;
  if (gap < tolerated || modes.highShare < 0.1 || modes.highShare > 0.9) return [];
  const text = `two speeds: ${percent(modes.highShare)} of the runs took ${percent(gap)} longer than the others`;
  return [{ kind: 'two-modes', value: gap, threshold: tolerated, unit: 'share of the faster', text }];
}

const percent = (share: number): string => `${Math.abs(share * 100).toFixed(0)} %`;

/** The largest replica's memory over the visits, of those whose instances had run the smallest batches. */
export function largestMemory(visits: readonly Visit[]): PointMemory {
  const largestBatch = Math.min(...visits.map(({ memory }) => memory.largestBatch));
  const closest = visits.map(({ memory }) => memory).filter((memory) => memory.largestBatch === largestBatch);
  const proportional = closest.flatMap(({ pssBytes }) => pssBytes ?? []);
  return {
    rssBytes: Math.max(...closest.map(({ rssBytes }) => rssBytes)),
    pssBytes: proportional.length === 0 ? null : Math.max(...proportional),
    largestBatch,
  };
}

/** The last visit's read-back, with the differences of all. */
export function lastReadBack(visits: readonly Visit[]): ReadBack {
  const last = visits.at(-1)!.readBack;
  return { ...last, differences: [...new Set(visits.flatMap((visit) => visit.readBack.differences))] };
}
