import type { Outcome } from '../load/index.ts';
import type { Paint } from './theme.ts';

/** How outcomes are called on a page. */
export const outcomeWords: Readonly<Record<Outcome, string>> = {
  ok: 'ok',
  late: 'late',
  wrong: 'wrong',
  refused: 'refused',
  failed: 'failed',
  timedOut: 'timed out',
  lost: 'lost',
  abandoned: 'abandoned',
};

/** What each means, for the table. */
export const outcomeMeanings: Readonly<Record<Outcome, string>> = {
  ok: 'answered, not found wrong, within the deadline if there is one',
  late: 'answered right, but after the deadline',
  wrong: 'answered otherwise than alone',
  refused: 'the server said that it has too much to do, or shuts down',
  failed: 'any other error of the server',
  timedOut: 'no answer within the time-out',
  lost: 'no connection, or one that broke',
  abandoned: 'under way when the run was interrupted',
};

/** The colours of their lanes; each lane has its name beside it, so that some may share one. */
export const lanePaints: Readonly<Record<Exclude<Outcome, never>, Paint>> = {
  ok: 'thin',
  late: 'other',
  wrong: 'fat',
  refused: 'fat',
  failed: 'fat',
  timedOut: 'fat',
  lost: 'fat',
  abandoned: 'default',
};
