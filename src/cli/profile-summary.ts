import type { ProfileResult } from '../profile/index.ts';

/** The counts of a profile, as `--json` gives them. */
export interface ProfileSummary {
  /** Cells asked for. */
  readonly cells: number;
  readonly measured: number;
  /** Measured, with a verdict that names a disturbance. */
  readonly disturbed: number;
  readonly failed: number;
  /** Taken from the database. */
  readonly reused: number;
  /** Not reached within the budget. */
  readonly leftOut: number;
  readonly seconds: number;
}

export function profileSummary({ points, reused, leftOut, seconds }: ProfileResult): ProfileSummary {
  const measured = points.filter((point) => point.state === 'measured');
  return {
    cells: points.length + leftOut.length,
    measured: measured.length,
    disturbed: measured.filter(({ verdict }) => !verdict.trusted).length,
    failed: points.length - measured.length,
    reused,
    leftOut: leftOut.length,
    seconds,
  };
}
