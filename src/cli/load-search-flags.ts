import type { Command } from 'commander';
import { z } from 'zod';
import type { ParsedShape } from '../load/arrivals/shape.ts';
import type { Threshold } from '../load/thresholds.ts';
import type { FlagIssue } from './flag-issue.ts';
import { repeatable, share } from './flags.ts';
import { thresholds } from './thresholds.ts';

/** The flags of the search for the highest rate. */
export const searchFlags = {
  findRate: z.boolean().default(false),
  limit: thresholds.default([]),
  precision: share.optional(),
};

/** Precision of the rate, as a share of it, unless another one is asked for. */
export const defaultPrecision = 0.05;

/** What `searchProblems` looks at. */
export interface SearchFlags {
  readonly findRate: boolean;
  readonly limit: readonly Threshold[];
  readonly precision?: number | undefined;
  readonly arrivals: { readonly shape: ParsedShape };
  readonly concurrency?: number | undefined;
  readonly trace?: string | undefined;
  readonly requests?: number | undefined;
  readonly failIf: readonly Threshold[];
  readonly out: readonly string[];
}

/** What does not go with a search, and what goes with nothing else. */
export function searchProblems(flags: SearchFlags, issue: FlagIssue): void {
  const { limit, precision, arrivals } = flags;
  if (!flags.findRate) {
    if (limit.length > 0) issue('limit', 'limits are for --find-rate; a single run takes --fail-if');
    if (precision !== undefined) issue('precision', 'only a search has one: give --find-rate');
    return;
  }
  const refuse = (given: boolean, flag: string, why: string): void => {
    if (given) issue(flag, `${why}; leave it out with --find-rate`);
  };
  if (limit.length === 0) issue('limit', "say what the rate must hold, such as --limit 'p99<50ms'");
  refuse(flags.concurrency !== undefined, 'concurrency', 'clients that wait have no rate');
  refuse(flags.trace !== undefined, 'trace', 'a trace has its own times');
  refuse(flags.requests !== undefined, 'requests', 'each step takes --duration');
  refuse(flags.failIf.length > 0, 'fail-if', 'what must hold is a --limit');
  refuse(flags.out.length > 0, 'out', 'a search is many runs');
  const { kind } = arrivals.shape;
  refuse(kind === 'steps' || kind === 'ramp', 'arrivals', `${kind} have rates of their own`);
}

/** Adds the flags of the search for the highest rate. */
export function addSearchFlags(command: Command): Command {
  return command
    .option('--find-rate', 'search the highest rate that holds every --limit, from --rate on (10)')
    .addOption(repeatable('--limit <condition>', 'what must hold, e.g. p99<50ms, errors<=0.1%; repeatable'))
    .option('--precision <share>', 'the search ends when the rate is known to this share; default: 5%');
}
