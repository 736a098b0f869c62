import type { ErrorCode } from '../../errors.ts';
import type { ModelCounts } from '../types.ts';
import { LogHistogram } from './log-histogram.ts';

/** Why a request was not taken. */
export type RefusalReason = 'overloaded' | 'late' | 'unavailable';

/** What is counted of a version's requests beside `ModelCounts`, since it was loaded. */
export class ModelRecorder {
  /** From the door to the answer, of requests that were answered. */
  readonly latency = new LogHistogram();
  /** From the door to the last batch that held a part of it. */
  readonly queue = new LogHistogram();
  /** Failures by code; what the model's signature did not allow is not among them. */
  readonly failures = new Map<ErrorCode, number>();
  /** Refused at the door. */
  readonly refusals: Record<RefusalReason, number> = { overloaded: 0, late: 0, unavailable: 0 };
  /** Taken, but not answered before their deadline. */
  deadlineMisses = 0;

  /** A request was answered. */
  answered(latencyNs: number, queueNs: number): void {
    this.latency.record(latencyNs);
    this.queue.record(queueNs);
  }

  /** A request was not. @param taken Whether it was let in first. */
  failed(code: ErrorCode, taken: boolean): void {
    this.failures.set(code, (this.failures.get(code) ?? 0) + 1);
    if (taken) this.deadlineMisses += code === 'late' ? 1 : 0;
    else if (code === 'overloaded' || code === 'late' || code === 'unavailable') this.refusals[code]++;
  }
}

/** A server's models come and go: a recorder lives as long as its counts. */
const recorders = new WeakMap<ModelCounts, ModelRecorder>();

/** The one recorder that belongs to a version's counts. Keep it where requests are counted. */
export function recorderOf(counts: ModelCounts): ModelRecorder {
  const known = recorders.get(counts);
  if (known !== undefined) return known;
  const recorder = new ModelRecorder();
  recorders.set(counts, recorder);
  return recorder;
}

/** Failures that no other code stands for: requests that do not fit the model. */
export function invalidRequests(counts: ModelCounts): number {
  const { failures } = recorderOf(counts);
  let known = 0;
  for (const count of failures.values()) known += count;
  return Math.max(0, counts.fail.count - known);
}
