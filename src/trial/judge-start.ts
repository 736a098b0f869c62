import type { Disturbance } from '../machine/index.ts';
import { median, sortSamples } from '../stats/index.ts';

/** One time that a whole set ran. */
export interface SetRun {
  /** From the first begin to the last end. */
  readonly timeMs: number;
  /** From the first begin to the last begin. */
  readonly skewMs: number;
}

/** From which skew on a set has not started together. */
export interface StartLimits {
  /** Share of the set's time. */
  readonly lateShare: number;
  /** A smaller skew is never late, in ms: waking up takes so long. */
  readonly lateMs: number;
}

/**
 * Names a round in which instances began late in at least half of the runs: a round's time is the median of its runs, so
 * a late start now and then doesn't move it.
 */
export function judgeStart(runs: readonly SetRun[], { lateShare, lateMs }: StartLimits): Disturbance[] {
  const timeMs = median(sortSamples(runs.map((run) => run.timeMs)));
  const skewMs = median(sortSamples(runs.map((run) => run.skewMs)));
  if (skewMs <= Math.max(lateMs, lateShare * timeMs)) return [];
  const threshold = Math.max(lateShare, lateMs / timeMs);
  const percent = (share: number): number => Math.round(share * 1000) / 10;
  const value = percent(skewMs / timeMs);
  return [
    {
      kind: 'late-start',
      value,
      threshold: percent(threshold),
      unit: '% of the time',
      text: `Some instance began ${skewMs.toPrecision(2)} ms after the first, ${value} % of the time of the set.`,
    },
  ];
}
