import { invariant } from '../errors.ts';
import { type Outcome, outcomes } from './outcome.ts';

/** Names of errors and their first message are kept for so many kinds. */
const mostKinds = 50;

/** Errors of one kind. */
export interface FailureKind {
  readonly outcome: Outcome;
  /** Such as `HTTP 500` or `ECONNRESET`. */
  readonly kind: string;
  count: number;
  /** The first of them, in the server's words. */
  readonly example: string;
}

/** The moments of one request, in ms from the start of the run. */
export interface RequestRow {
  /** When it was due: the schedule's moment, or in a closed loop that of sending. */
  readonly dueMs: number;
  readonly sentMs: number;
  /** When its answer was complete; NaN while it is under way. */
  readonly endMs: number;
  readonly outcome: Outcome;
  /** Which of the prepared requests it was. */
  readonly payload: number;
}

const pending = 255;

/** Keeps every request of a run in columns, 29 bytes each. */
export class Recorder {
  count = 0;
  /** Refusals that said when to come again. */
  retryAfter = 0;
  readonly kinds = new Map<string, FailureKind>();
  private due: Float64Array;
  private sent: Float64Array;
  private end: Float64Array;
  private payloads: Uint32Array;
  private ends: Uint8Array;

  /** @param capacity How many are expected; more fit. */
  constructor(capacity: number) {
    const size = Math.max(16, capacity);
    this.due = new Float64Array(size);
    this.sent = new Float64Array(size);
    this.end = new Float64Array(size);
    this.payloads = new Uint32Array(size);
    this.ends = new Uint8Array(size).fill(pending);
  }

  /** A request is sent now. Gives its place. */
  begin(dueMs: number, sentMs: number, payload: number): number {
    if (this.count === this.due.length) this.grow();
    const index = this.count++;
    this.due[index] = dueMs;
    this.sent[index] = sentMs;
    this.end[index] = Number.NaN;
    this.payloads[index] = payload;
    return index;
  }

  /** It has ended. */
  finish(index: number, endMs: number, outcome: Outcome): void {
    invariant(this.ends[index] === pending, 'A request ends once.');
    this.end[index] = endMs;
    this.ends[index] = outcomes.indexOf(outcome);
  }

  /** Counts an error by its kind; beyond a number of kinds they share one. */
  note(outcome: Outcome, kind: string, example: string): void {
    const key = `${outcome} ${kind}`;
    const name = this.kinds.has(key) || this.kinds.size < mostKinds ? kind : 'other kinds';
    const known = this.kinds.get(`${outcome} ${name}`);
    if (known !== undefined) known.count++;
    else this.kinds.set(`${outcome} ${name}`, { outcome, kind: name, count: 1, example });
  }

  /** The request at a place; one that never ended is `abandoned`. */
  row(index: number): RequestRow {
    const code = this.ends[index]!;
    return {
      dueMs: this.due[index]!,
      sentMs: this.sent[index]!,
      endMs: this.end[index]!,
      outcome: code === pending ? 'abandoned' : outcomes[code]!,
      payload: this.payloads[index]!,
    };
  }

  private grow(): void {
    const size = this.due.length * 2;
    this.due = enlarged(this.due, new Float64Array(size));
    this.sent = enlarged(this.sent, new Float64Array(size));
    this.end = enlarged(this.end, new Float64Array(size));
    this.payloads = enlarged(this.payloads, new Uint32Array(size));
    this.ends = enlarged(this.ends, new Uint8Array(size).fill(pending));
  }
}

function enlarged<T extends Float64Array | Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
