import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { invariant } from '../errors.ts';
import { microseconds } from './microseconds.ts';
import { type Outcome, outcomes, type Reply } from './outcome.ts';
import { Recent } from './recent.ts';
import type { Recorder } from './recorder.ts';
import type { Verifier } from './requests/verifier.ts';
import type { Target } from './targets/target.ts';

/** Answers that were wrong are described up to this many. */
const mostWrong = 10;
/** How often requests that wait too long are looked for. */
const sweepMs = 20;

/** What requests are sent to, and how their answers are judged. */
export interface TrafficOptions {
  readonly target: Target;
  readonly recorder: Recorder;
  /** Gives the prepared request that is sent next. */
  readonly nextPayload: () => number;
  /** Null: answers are not looked at. */
  readonly verifier: Verifier | null;
  /** From the due moment; null: none. */
  readonly deadlineMs: number | null;
  /** From sending; nothing is waited for longer. */
  readonly timeoutMs: number;
  /** Requests due before this are the warm-up. */
  readonly countFromMs: number;
}

/** A wrong answer. */
export interface WrongAnswer {
  readonly atMs: number;
  /** The number of the prepared request. */
  readonly input: number;
  readonly difference: string;
}

interface UnderWay {
  readonly sentMs: number;
  readonly cancel: () => void;
  readonly onEnd: ((outcome: Outcome) => void) | null;
}

/** Requests under way: sends, times out, judges and records them. */
export class Traffic {
  readonly wrong: WrongAnswer[] = [];
  /** Latencies of counted answers so far, in µs; for the live line. */
  readonly live: RecordableHistogram = createHistogram({ highest: 2 ** 40, figures: 3 });
  /** Counted requests that were sent, and that ended otherwise than well. */
  sent = 0;
  bad = 0;
  /** How counted requests ended so far. */
  readonly counts = Object.fromEntries(outcomes.map((name) => [name, 0])) as Record<Outcome, number>;
  /** All requests of the last seconds, those of the warm-up too; for the live view. */
  readonly recent = new Recent();
  private readonly options: TrafficOptions;
  /** In the order of sending. */
  private readonly underWay = new Map<number, UnderWay>();
  private readonly sweep: NodeJS.Timeout;
  private epochMs = 0;
  private onIdle: (() => void) | null = null;

  constructor(options: TrafficOptions) {
    this.options = options;
    this.sweep = setInterval(() => this.giveUpOld(), sweepMs);
  }

  /** The clock of the run begins. */
  start(epochMs: number): void {
    this.epochMs = epochMs;
  }

  /** Ms since the start. */
  now(): number {
    return performance.now() - this.epochMs;
  }

  /** Requests that have no answer yet. */
  get pending(): number {
    return this.underWay.size;
  }

  /**
   * Sends a request.
   *
   * @param dueMs Null: now.
   * @param onEnd Called when it has ended, also by a time-out.
   * @param own Which prepared request it is; null: what `nextPayload` gives.
   */
  send(
    dueMs: number | null,
    onEnd: ((outcome: Outcome) => void) | null = null,
    own: number | null = null,
  ): void {
    const { recorder, target, nextPayload, countFromMs } = this.options;
    const sentMs = this.now();
    const payload = own ?? nextPayload();
    const index = recorder.begin(dueMs ?? sentMs, sentMs, payload);
    if ((dueMs ?? sentMs) >= countFromMs) this.sent++;
    this.recent.sent(sentMs, sentMs - (dueMs ?? sentMs));
    const cancel = target.send(payload, (reply) => this.settle(index, reply));
    this.underWay.set(index, { sentMs, cancel, onEnd });
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    return new Promise((settle) => {
      if (this.underWay.size === 0) settle();
      else this.onIdle = settle;
    });
  }

  /** Gives up what is under way; it counts as abandoned. */
  close(): void {
    clearInterval(this.sweep);
    // The newest first: those that wait for a connection must not get one now.
    for (const { cancel } of [...this.underWay.values()].reverse()) cancel();
    this.underWay.clear();
  }

  private settle(index: number, reply: Reply): void {
    const endMs = this.now();
    const row = this.options.recorder.row(index);
    this.end(index, endMs, this.judge(reply, row.payload, row.dueMs, endMs));
  }

  private judge(reply: Reply, payload: number, dueMs: number, endMs: number): Outcome {
    const { recorder, verifier, deadlineMs, countFromMs } = this.options;
    const counted = dueMs >= countFromMs;
    if (reply.state !== 'answered') {
      if (counted) recorder.note(reply.state, reply.kind, reply.text);
      if (counted && reply.state === 'refused' && reply.retryAfter) recorder.retryAfter++;
      return reply.state;
    }
    if (counted) this.live.record(microseconds(endMs - dueMs));
    this.recent.answered(endMs, endMs - dueMs);
    const difference = verifier?.differenceOf(payload, reply.answer) ?? null;
    if (difference !== null) {
      if (counted && this.wrong.length < mostWrong)
        this.wrong.push({ atMs: endMs, input: payload, difference });
      return 'wrong';
    }
    return deadlineMs !== null && endMs - dueMs > deadlineMs ? 'late' : 'ok';
  }

  private end(index: number, endMs: number, outcome: Outcome): void {
    const { recorder, countFromMs } = this.options;
    const entry = this.underWay.get(index);
    invariant(entry !== undefined, 'Only a request under way ends.');
    this.underWay.delete(index);
    recorder.finish(index, endMs, outcome);
    if (recorder.row(index).dueMs >= countFromMs) {
      this.counts[outcome]++;
      if (outcome !== 'ok') this.bad++;
    }
    entry.onEnd?.(outcome);
    if (this.underWay.size === 0) this.onIdle?.();
  }

  private giveUpOld(): void {
    const now = this.now();
    for (const [index, { sentMs, cancel }] of this.underWay) {
      if (now - sentMs < this.options.timeoutMs) break;
      cancel();
      this.end(index, now, 'timedOut');
    }
  }
}
