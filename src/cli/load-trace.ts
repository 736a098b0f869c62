import { ThinferError } from '../errors.ts';
import { playTrace, type Trace } from '../load/index.ts';
import type { Terminal } from './terminal.ts';

/** A trace, and when those of its requests are due that are played, in ms from the first. */
export interface OpenedTrace {
  readonly trace: Trace;
  readonly dueMs: Float64Array;
}

/** What says how a trace is played. */
export interface PlayFlags {
  readonly trace?: string | undefined;
  readonly speed?: number | undefined;
  readonly duration?: number | undefined;
  readonly requests?: number | undefined;
  readonly items?: readonly number[] | undefined;
  readonly lengthDim?: string | undefined;
}

/** Reads `--trace`, and cuts it as asked for; null without one. Throws where flags contradict the file. */
export async function openTrace(flags: PlayFlags, terminal: Terminal): Promise<OpenedTrace | null> {
  if (flags.trace === undefined) return null;
  const { readTrace } = await import('../load/trace/read-trace.ts');
  const trace = readTrace(flags.trace);
  const problems = [
    ...(flags.items !== undefined && trace.items !== null
      ? [`--items: ${trace.name} has a column "items"; keep one of them`]
      : []),
    ...(flags.lengthDim !== undefined && trace.lengths === null
      ? [`--length-dim: ${trace.name} has no column "length"`]
      : []),
  ];
  if (problems.length > 0) throw new ThinferError('usage', problems.join('\n'));
  if (trace.ignored.length > 0)
    terminal.notice(
      `${trace.name}: columns that are not used: ${trace.ignored.map((name) => `"${name}"`).join(', ')}`,
    );
  const { speed = 1, duration = Number.POSITIVE_INFINITY, requests = Number.POSITIVE_INFINITY } = flags;
  return { trace, dueMs: playTrace(trace, { speed, durationMs: duration, most: requests }) };
}

/** How requests arrive, in words: the trace, or the shape as it was given. */
export function describeArrivals(
  flags: PlayFlags & { readonly arrivals: { readonly text: string } },
): string {
  if (flags.trace === undefined) return flags.arrivals.text;
  const { speed = 1 } = flags;
  return `trace ${flags.trace}${speed === 1 ? '' : ` at ${speed} times its speed`}`;
}
