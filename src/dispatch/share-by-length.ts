import { roomFor } from './room.ts';
import type { Worker } from './types.ts';
import type { Waiter } from './waiting.ts';

/** A worker that lives, and when it can begin. */
export interface Runner {
  /** Of the worker. */
  readonly index: number;
  readonly worker: Worker;
  /** It begins now; others still run something. */
  readonly idle: boolean;
  /** When it can begin, at the earliest now. */
  readonly freeMs: number;
}

/** What one worker begins. */
export interface Share<R> {
  readonly index: number;
  /** Of each request, how many items. */
  readonly parts: readonly Part<R>[];
  readonly endMs: number;
}

interface Part<R> {
  readonly waiter: Waiter<R>;
  items: number;
}

/** How requests of one key and different lengths go to workers. */
export interface Sharing<R> {
  readonly shares: readonly Share<R>[];
  /** Requests were kept for workers that are busy, although others are idle; when that is to be thought over; null: none was. */
  readonly againMs: number | null;
}

/**
 * Each request in turn goes where it will finish first: into a batch that begins now, or to a worker that is still busy and so much faster
 * that it is done sooner there. It joins others in a batch only where that takes less of the worker's time than running after them: so short
 * requests are not padded to a long one's length for nothing.
 *
 * @param waiters In the order in which they stand.
 */
export function shareByLength<R>(
  waiters: readonly Waiter<R>[],
  runners: readonly Runner[],
  key: string,
): Sharing<R> {
  const loads = runners.map((runner) => new Load<R>(runner, key));
  const idle = loads.filter(({ runner }) => runner.idle);
  let againMs = Number.POSITIVE_INFINITY;
  for (const waiter of waiters) {
    const { length = 0 } = waiter.ticket;
    for (let item = 0; item < waiter.items && idle.some((load) => !load.isFull); item++) {
      const best = soonest(loads, length);
      if (!best.runner.idle) {
        const other = soonest(idle, length);
        const betterMs = other.endWith(length) - best.endWith(length);
        againMs = Math.min(againMs, other.runner.freeMs + Math.max(leastMs, betterMs));
      }
      best.take(waiter, length);
    }
  }
  return {
    shares: idle.filter(({ parts }) => parts.length > 0).map((load) => load.share),
    againMs: againMs === Number.POSITIVE_INFINITY ? null : againMs,
  };
}

/** What a worker runs together when it can begin: the first, and of those behind it the ones whose joining saves time. */
export function gatherByLength<R>(waiters: readonly Waiter<R>[], runner: Runner, key: string): Share<R> {
  const load = new Load<R>({ ...runner, idle: true }, key);
  for (const waiter of waiters) {
    const { length = 0 } = waiter.ticket;
    for (let item = 0; item < waiter.items && load.joinedMs(length) !== null; item++)
      load.take(waiter, length);
    if (load.isFull) break;
  }
  return load.share;
}

/** Of equal ones an idle one, and the first. */
function soonest<R>(loads: readonly Load<R>[], length: number): Load<R> {
  let best = loads[0]!;
  let bestMs = Number.POSITIVE_INFINITY;
  for (const load of loads) {
    const ms = load.endWith(length);
    if (ms > bestMs || (ms === bestMs && best.runner.idle)) continue;
    best = load;
    bestMs = ms;
  }
  return best;
}

/** Nothing is thought over sooner. */
const leastMs = 1;

/** What one worker has to do: the batch that it begins now, and after it, or after what it runs, what will be batched then. */
class Load<R> {
  readonly runner: Runner;
  readonly parts: Part<R>[] = [];
  private readonly key: string;
  private items = 0;
  private length = 0;
  /** Of the batch that it begins. */
  private runMs = 0;
  private laterMs = 0;
  /** The first of its requests. */
  private deadlineMs = Number.POSITIVE_INFINITY;

  constructor(runner: Runner, key: string) {
    this.runner = runner;
    this.key = key;
  }

  get isFull(): boolean {
    return this.items >= roomFor(this.runner.worker, this.length);
  }

  get share(): Share<R> {
    const { runner, parts, runMs } = this;
    return { index: runner.index, parts, endMs: runner.freeMs + runMs };
  }

  /** When a further item of this length would be done. */
  endWith(length: number): number {
    const joinedMs = this.joinedMs(length);
    if (joinedMs !== null) return this.runner.freeMs + joinedMs;
    return this.runner.freeMs + this.runMs + this.laterMs + this.latencyMs(1, length);
  }

  /** What the batch takes with it; null where it does not join. */
  joinedMs(length: number): number | null {
    const { runner, items, runMs } = this;
    if (!runner.idle) return null;
    if (items === 0) return this.latencyMs(1, length);
    const longest = Math.max(this.length, length);
    if (items >= roomFor(runner.worker, longest)) return null;
    const joinedMs = this.latencyMs(items + 1, longest);
    if (runner.freeMs + joinedMs > this.deadlineMs) return null;
    const isPadded = length !== this.length;
    return isPadded && joinedMs > runMs + this.latencyMs(1, length) ? null : joinedMs;
  }

  take(waiter: Waiter<R>, length: number): void {
    const joinedMs = this.joinedMs(length);
    if (joinedMs === null) {
      // It will be batched with others then.
      const room = roomFor(this.runner.worker, length);
      this.laterMs += this.latencyMs(room, length) / room;
      return;
    }
    this.runMs = joinedMs;
    this.deadlineMs = Math.min(this.deadlineMs, waiter.ticket.deadlineMs ?? Number.POSITIVE_INFINITY);
    this.length = Math.max(this.length, length);
    this.items++;
    const last = this.parts.at(-1);
    if (last?.waiter === waiter) last.items++;
    else this.parts.push({ waiter, items: 1 });
  }

  private latencyMs(items: number, length: number): number {
    return this.runner.worker.latencyMs(items, this.key, length);
  }
}
