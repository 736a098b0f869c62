import { shareOut } from './share-out.ts';
import type { Batch, Decision, Offer, Piece, Ticket, Worker } from './types.ts';

/** How requests wait and are batched. */
export interface DispatchOptions {
  /** Most items that wait at once, of all keys. Default 10,000. */
  readonly mostWaiting?: number;
  /** An idle worker waits so long for a full batch, counted from the arrival of the oldest item. Default 0: not at all. */
  readonly maxDelayMs?: number;
}

interface Place {
  readonly worker: Worker;
  /** `lost` workers get nothing; their number is kept for one that takes their place. */
  state: 'idle' | 'busy' | 'lost';
  batch: Batch<unknown> | null;
  /** When it is expected to be idle again. */
  freeMs: number;
}

/**
 * The one owner of what waits. Work-conserving: an idle worker takes what waits at once, at most its largest batch, and
 * several idle ones share it so that the last of them is done soonest. Batches get large by themselves when work piles
 * up. Knows no clock: every call says what time it is, in ms of any clock that does not run backwards.
 */
export class Dispatcher<R> {
  private readonly places: Place[];
  private readonly mostWaiting: number;
  private readonly maxDelayMs: number;
  /** By arrival; what was given back stands in front. */
  private waiting: Piece<R>[] = [];
  private waitingItems = 0;

  constructor(workers: readonly Worker[], { mostWaiting = 10_000, maxDelayMs = 0 }: DispatchOptions = {}) {
    this.places = workers.map((worker) => ({ worker, state: 'idle', batch: null, freeMs: 0 }));
    this.mostWaiting = mostWaiting;
    this.maxDelayMs = maxDelayMs;
  }

  /** Items that wait. */
  get length(): number {
    return this.waitingItems;
  }

  /** Takes a request in, or says why not and when one like it would be done. */
  offer(ticket: Ticket<R>, nowMs: number): Offer<R> {
    const expectedMs = this.expectedMs(ticket.items, nowMs);
    const refused = (reason: 'full' | 'late' | 'none'): Offer<R> => ({
      state: 'refused',
      reason,
      expectedMs,
    });
    if (expectedMs === Number.POSITIVE_INFINITY) return refused('none');
    if (this.waitingItems + ticket.items > this.mostWaiting) return refused('full');
    if (ticket.deadlineMs !== null && nowMs + expectedMs > ticket.deadlineMs) return refused('late');
    this.waiting.push({ ticket, from: 0, items: ticket.items });
    this.waitingItems += ticket.items;
    return { state: 'waiting', ticket };
  }

  /** Drops what still waits of a request whose client has left. What runs already runs on. */
  cancel(ticket: Ticket<R>): void {
    this.keep((piece) => piece.ticket !== ticket);
  }

  /** The batches that idle workers start now. */
  decide(nowMs: number): Decision<R> {
    const expired = new Set<Ticket<R>>();
    for (const { ticket } of this.waiting)
      if (ticket.deadlineMs !== null && ticket.deadlineMs <= nowMs) expired.add(ticket);
    if (expired.size > 0) this.keep(({ ticket }) => !expired.has(ticket));
    const batches: Batch<R>[] = [];
    let againMs: number | null = null;
    for (const key of new Set(this.waiting.map(({ ticket }) => ticket.key))) {
      const idle = this.idleIndexes();
      if (idle.length === 0) break;
      const own = this.waiting.filter(({ ticket }) => ticket.key === key);
      const items = own.reduce((sum, piece) => sum + piece.items, 0);
      const dueMs = this.dueMs(own, items, idle);
      if (dueMs > nowMs) {
        againMs = Math.min(againMs ?? Number.POSITIVE_INFINITY, dueMs);
        continue;
      }
      const shares = shareOut(
        idle.map((index) => this.places[index]!.worker),
        items,
      );
      shares.forEach((share, at) => {
        if (share > 0) batches.push(this.cut(idle[at]!, key, share, nowMs));
      });
    }
    return { batches, expired: [...expired], againMs };
  }

  /** A worker has run its batch. */
  done(worker: number, nowMs: number): void {
    const place = this.places[worker]!;
    if (place.state !== 'busy') return;
    Object.assign(place, { state: 'idle', batch: null, freeMs: nowMs });
  }

  /** A worker is gone; what it ran waits again, in front of all others. */
  lose(worker: number): void {
    const place = this.places[worker]!;
    const pieces = (place.batch?.pieces ?? []) as readonly Piece<R>[];
    Object.assign(place, { state: 'lost', batch: null, freeMs: 0 });
    this.waiting.unshift(...pieces);
    this.waitingItems += pieces.reduce((sum, { items }) => sum + items, 0);
  }

  /** Another worker of the same kind has taken the place of one that was lost. */
  join(worker: number, nowMs: number): void {
    const place = this.places[worker]!;
    if (place.state === 'lost') Object.assign(place, { state: 'idle', freeMs: nowMs });
  }

  /**
   * When so many further items would be done, from now, in ms: all that waits goes before them, in full batches, each
   * to the worker that is free first. Infinite where no worker lives.
   */
  expectedMs(items: number, nowMs: number): number {
    const living = this.places
      .filter(({ state }) => state !== 'lost')
      .map(({ worker, state, freeMs }) => ({
        worker,
        freeMs: state === 'idle' ? nowMs : Math.max(nowMs, freeMs),
      }));
    if (living.length === 0) return Number.POSITIVE_INFINITY;
    let ahead = this.waitingItems;
    let left = items;
    let doneMs = nowMs;
    while (left > 0) {
      const next = living.reduce((first, one) => (one.freeMs < first.freeMs ? one : first));
      const own = Math.min(left, Math.max(0, next.worker.largestBatch - ahead));
      const before = Math.min(ahead, next.worker.largestBatch);
      next.freeMs += next.worker.latencyMs(before + own);
      ahead -= before;
      left -= own;
      if (own > 0) doneMs = Math.max(doneMs, next.freeMs);
    }
    return doneMs - nowMs;
  }

  private idleIndexes(): number[] {
    return this.places.flatMap(({ state }, index) => (state === 'idle' ? index : []));
  }

  /** Until when waiting for a full batch is allowed. */
  private dueMs(own: readonly Piece<R>[], items: number, idle: readonly number[]): number {
    const first = own[0]!.ticket;
    const largest = Math.max(...idle.map((index) => this.places[index]!.worker.largestBatch));
    if (items >= largest || this.maxDelayMs === 0) return first.arrivedMs;
    const slowest = Math.max(...idle.map((index) => this.places[index]!.worker.latencyMs(items)));
    const pressing = own.map(({ ticket }) => (ticket.deadlineMs ?? Number.POSITIVE_INFINITY) - slowest);
    return Math.min(first.arrivedMs + this.maxDelayMs, ...pressing);
  }

  private cut(index: number, key: string, share: number, nowMs: number): Batch<R> {
    const pieces: Piece<R>[] = [];
    const rest: Piece<R>[] = [];
    let left = share;
    for (const piece of this.waiting) {
      const taken = piece.ticket.key === key ? Math.min(left, piece.items) : 0;
      left -= taken;
      if (taken > 0) pieces.push({ ...piece, items: taken });
      if (taken < piece.items)
        rest.push(taken === 0 ? piece : { ...piece, from: piece.from + taken, items: piece.items - taken });
    }
    this.waiting = rest;
    this.waitingItems -= share;
    const batch: Batch<R> = { worker: index, key, pieces, items: share };
    const place = this.places[index]!;
    Object.assign(place, { state: 'busy', batch, freeMs: nowMs + place.worker.latencyMs(share) });
    return batch;
  }

  private keep(stays: (piece: Piece<R>) => boolean): void {
    this.waiting = this.waiting.filter(stays);
    this.waitingItems = this.waiting.reduce((sum, { items }) => sum + items, 0);
  }
}
