import type { Command } from 'commander';
import type { ParsedShape } from '../load/arrivals/shape.ts';
import type { FlagIssue } from './flag-issue.ts';
import { path } from './flags.ts';
import { positive } from './positive.ts';

/** The flags of a recorded trace. */
export const traceFlags = { trace: path.optional(), speed: positive.optional() };

/** What `traceProblems` looks at. */
export interface TraceFlags {
  readonly trace?: string | undefined;
  readonly speed?: number | undefined;
  readonly rate?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly arrivals: { readonly shape: ParsedShape };
}

/** What does not go with a trace, and what goes with nothing else. */
export function traceProblems(flags: TraceFlags, issue: FlagIssue): void {
  const { trace, speed, rate, concurrency, arrivals } = flags;
  if (trace === undefined) {
    if (speed !== undefined) issue('speed', 'only a trace has a speed: give --trace');
    return;
  }
  if (rate !== undefined) issue('rate', 'a trace has its own times: leave it out, or give --speed');
  if (concurrency !== undefined)
    issue('concurrency', 'a trace is sent when it was recorded, not by clients that wait: leave it out');
  if (arrivals.shape.kind !== 'poisson') issue('arrivals', 'a trace has its own times: leave it out');
}

/** Adds the flags of a recorded trace. */
export function addTraceFlags(command: Command): Command {
  return command
    .option(
      '--trace <file>',
      'requests as they were recorded: a CSV file of time_s or time_ms, items, length',
    )
    .option('--speed <x>', 'plays the trace so many times as fast; default: 1');
}
