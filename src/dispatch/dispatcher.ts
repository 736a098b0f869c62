import { expectedDoneMs } from './expected-time.ts';
import { halve, takeFront } from './pieces.ts';
import { lengthOf, roomFor } from './room.ts';
import { gatherByLength, type Runner, type Share, shareByLength } from './share-by-length.ts';
import { shareOut } from './share-out.ts';
import type { Batch, Decision, DispatchPolicy, Offer, Piece, Ticket, Worker } from './types.ts';
import { Waiting } from './waiting.ts';

/** How requests wait and are batched. */
export interface DispatchOptions {
  /** Most items that wait at once, of all keys. Default 10,000. */
  readonly mostWaiting?: number;
  /**
   * An idle worker waits so long for a full batch, counted from the arrival of the oldest item. Default 0 with `eager`: not
   * at all; 100 with `packrat`.
   */
  readonly maxDelayMs?: number;
  /** How much later than it came a request counts for each priority below the first. Default 1,000. */
  readonly starvationMs?: number;
  /** Default `eager`. */
  readonly policy?: DispatchPolicy;
}

interface Place<R> {
  readonly worker: Worker;
  /** `lost` and `retired` workers get nothing; a lost one may join again. */
  state: 'idle' | 'busy' | 'lost' | 'retired';
  batch: Batch<R> | null;
  /** What runs behind it. */
  next: Batch<R> | null;
  /** When it is expected to be idle again. */
  freeMs: number;
}

/** So many requests are looked at when they have lengths; those behind wait for the next decision. */
const mostLooked = 256;

/** What a decision comes to. */
interface Cut<R> {
  readonly batches: Batch<R>[];
  readonly expired: Ticket<R>[];
  readonly nowMs: number;
}

/** Items that were run and failed: they are run again as they were, or in halves, before all others. */
interface Suspect<R> {
  readonly key: string;
  readonly pieces: readonly Piece<R>[];
  readonly failures: number;
}

const pressingRounds = 8;

/** An item that failed alone, and so many times in all, is given up. */
const mostFailures = 3;

/**
 * The one owner of what waits. Work-conserving: an idle worker takes what waits at once, at most its largest batch, and
 * several idle ones share it so that the last of them is done soonest. Batches get large by themselves when work piles
 * up. Knows no clock: every call says what time it is, in ms of any clock that does not run backwards.
 */
export class Dispatcher<R> {
  private readonly places: Place<R>[];
  private readonly mostWaiting: number;
  private readonly maxDelayMs: number;
  private readonly starvationMs: number;
  private readonly policy: DispatchPolicy;
  private readonly queues = new Map<string, Waiting<R>>();
  private suspects: Suspect<R>[] = [];
  private waitingItems = 0;

  constructor(workers: readonly Worker[], options: DispatchOptions = {}) {
    this.places = workers.map(idlePlace<R>);
    this.policy = options.policy ?? 'eager';
    this.mostWaiting = options.mostWaiting ?? 10_000;
    this.maxDelayMs = options.maxDelayMs ?? (this.policy === 'packrat' ? 100 : 0);
    this.starvationMs = options.starvationMs ?? 1000;
  }

  /** Items that wait. */
  get length(): number {
    return this.waitingItems;
  }

  /** Whether so much waits that whoever works beside the workers should give way, or be quick: eight full rounds of them. */
  get pressed(): boolean {
    if (this.waitingItems === 0) return false;
    let round = 0;
    for (const place of this.places) if (isAlive(place)) round += place.worker.largestBatch;
    return this.waitingItems > pressingRounds * round;
  }

  /**
   * Takes a request in, or says why not and when one like it would be done. Where all workers are lost it waits for one that
   * joins again.
   */
  offer(ticket: Ticket<R>, nowMs: number): Offer {
    const full = this.waitingItems + ticket.items > this.mostWaiting;
    const alive = this.places.some(isAlive);
    const hopeless = !alive && this.places.every(({ state }) => state === 'retired');
    if (full || hopeless || ticket.deadlineMs !== null) {
      const expectedMs = this.expectedMs(ticket.items, nowMs, ticket.key, ticket.length);
      if (hopeless) return { state: 'refused', reason: 'none', expectedMs };
      if (full) return { state: 'refused', reason: 'full', expectedMs };
      // Lost workers mostly come back soon, nobody knows when.
      if (alive && nowMs + expectedMs > (ticket.deadlineMs ?? Number.POSITIVE_INFINITY))
        return { state: 'refused', reason: 'late', expectedMs };
    }
    this.queueOf(ticket.key).add(ticket);
    this.waitingItems += ticket.items;
    return { state: 'waiting' };
  }

  /** Drops what still waits of a request whose client has left. What runs already runs on. */
  cancel(ticket: Ticket<R>): void {
    this.waitingItems -= this.queues.get(ticket.key)?.drop(ticket) ?? 0;
    this.suspects = this.suspects.flatMap((suspect) => {
      const pieces = suspect.pieces.filter((piece) => piece.ticket !== ticket);
      this.waitingItems -= sumItems(suspect.pieces) - sumItems(pieces);
      return pieces.length === 0 ? [] : { ...suspect, pieces };
    });
  }

  /**
   * The batches that idle workers start now.
   *
   * @param mayStart Whether a worker can; its cores may be another model's for now. Default: all can.
   */
  decide(
    nowMs: number,
    mayStart: (worker: number) => boolean = always,
    mayQueue: (worker: number) => boolean = never,
  ): Decision<R> {
    const batches: Batch<R>[] = [];
    const expired: Ticket<R>[] = [];
    this.cutSuspects(batches, nowMs, mayStart);
    if (this.policy === 'packrat' && this.places.some(({ state }) => state === 'busy'))
      return { batches, expired, againMs: null };
    let againMs: number | null = null;
    let idle = this.idleIndexes(mayStart);
    for (const key of idle.length === 0 ? [] : this.keysInOrder()) {
      if (batches.length > 0) idle = this.idleIndexes(mayStart);
      if (idle.length === 0) break;
      const dueMs = this.dueMs(key, idle);
      const laterMs = dueMs > nowMs ? dueMs : this.cutQueue(key, idle, { batches, expired, nowMs });
      if (laterMs !== null) againMs = Math.min(againMs ?? Number.POSITIVE_INFINITY, laterMs);
      if (this.policy === 'packrat' && batches.length > 0) break;
    }
    if (this.policy === 'eager') this.cutAhead({ batches, expired, nowMs }, mayQueue);
    return { batches, expired, againMs };
  }

  /** A worker has run its batch. */
  done(worker: number, nowMs: number, batch: Batch<R> | null = this.places[worker]!.batch): void {
    const place = this.places[worker]!;
    if (batch === null || !this.holds(batch)) return;
    if (place.next === batch) {
      // It was ready to run before the one in front of it.
      place.next = null;
      return;
    }
    const { next } = place;
    place.batch = next;
    place.next = null;
    place.freeMs = nowMs + (next === null ? 0 : batchMs(place.worker, next));
    if (next === null && place.state === 'busy') place.state = 'idle';
  }

  /** Whether a worker has this batch: runs it, or will run it behind another one. */
  holds(batch: Batch<R>): boolean {
    const place = this.places[batch.worker]!;
    return place.batch === batch || place.next === batch;
  }

  /**
   * A worker is gone; what it ran waits again, before all others: as it was the first time, in halves when it has failed
   * before. Gives the requests that are given up because an item of theirs failed alone, after three failures in all.
   */
  lose(worker: number): Ticket<R>[] {
    const place = this.places[worker]!;
    const { batch, next } = place;
    const state = place.state === 'retired' ? 'retired' : 'lost';
    Object.assign(place, { state, batch: null, next: null, freeMs: 0 });
    if (next !== null) this.giveBack(next);
    return batch === null ? [] : this.suspect(batch, batch.failures > 0);
  }

  /**
   * A worker lives and could not run its batch: that waits again in halves, before all others. Gives the requests that are
   * given up: that of a single item.
   */
  refuse(batch: Batch<R>, nowMs: number): Ticket<R>[] {
    const place = this.places[batch.worker]!;
    if (place.next === batch) place.next = null;
    else if (place.batch === batch) this.done(batch.worker, nowMs);
    else return [];
    return this.suspect(batch.items === 1 ? { ...batch, failures: mostFailures } : batch, true);
  }

  /** Another worker of the same kind has taken the place of one that was lost. */
  join(worker: number, nowMs: number): void {
    const place = this.places[worker]!;
    if (place.state === 'lost') Object.assign(place, { state: 'idle', freeMs: nowMs });
  }

  /**
   * A further worker; gives its index: that of one that was retired and runs nothing any more, or the next.
   *
   * @param state `lost`: it joins later. Default `idle`.
   * @param isGone Whether the index of a retired worker may be used again. Default: none is.
   */
  add(worker: Worker, state: 'idle' | 'lost' = 'idle', isGone: (index: number) => boolean = never): number {
    const place = { ...idlePlace<R>(worker), state };
    const free = this.places.findIndex(
      (old, index) => old.state === 'retired' && old.batch === null && isGone(index),
    );
    if (free < 0) return this.places.push(place) - 1;
    this.places[free] = place;
    return free;
  }

  /** A worker gets no further batch; what it runs it may end. */
  retire(worker: number): void {
    this.places[worker]!.state = 'retired';
  }

  /** A worker that was retired, and lives, gets batches again. */
  restore(worker: number): void {
    const place = this.places[worker]!;
    if (place.state === 'retired') place.state = place.batch === null ? 'idle' : 'busy';
  }

  /**
   * When so many further items of a key and length would be done, from now, in ms, if all that waits goes before them in full batches.
   * Infinite where no worker lives.
   */
  expectedMs(items: number, nowMs: number, key: string, length = 0): number {
    const workers = this.places.filter(isAlive).map(({ worker, state, freeMs, next }) => ({
      worker,
      freeMs:
        (state === 'idle' ? nowMs : Math.max(nowMs, freeMs)) + (next === null ? 0 : batchMs(worker, next)),
    }));
    if (workers.length === 0) return Number.POSITIVE_INFINITY;
    const aheadLength = length === 0 ? 0 : (this.queues.get(key)?.meanLength ?? 0);
    return expectedDoneMs(workers, { ahead: this.waitingItems, aheadLength, items, key, length }) - nowMs;
  }

  private queueOf(key: string): Waiting<R> {
    const known = this.queues.get(key);
    if (known !== undefined) return known;
    const queue = new Waiting<R>(this.starvationMs);
    this.queues.set(key, queue);
    return queue;
  }

  /** Keys that wait, the one whose first request stands first before the others. */
  private keysInOrder(): string[] {
    const keys: string[] = [];
    for (const [key, queue] of this.queues)
      if (queue.first() !== undefined) keys.push(key);
      // One that is alone fills again soon.
      else if (this.queues.size > 1) this.queues.delete(key);
    return keys.length < 2 ? keys : keys.sort((a, b) => this.rankOf(a) - this.rankOf(b));
  }

  private rankOf(key: string): number {
    return this.queues.get(key)!.first()!.rank;
  }

  private idleIndexes(mayStart: (worker: number) => boolean): number[] {
    const idle: number[] = [];
    for (let index = 0; index < this.places.length; index++)
      if (this.places[index]!.state === 'idle' && mayStart(index)) idle.push(index);
    return idle;
  }

  /** Workers that run one batch and have none behind it. */
  private busyIndexes(mayQueue: (worker: number) => boolean): number[] {
    const busy: number[] = [];
    for (let index = 0; index < this.places.length; index++) {
      const { state, next } = this.places[index]!;
      if (state === 'busy' && next === null && mayQueue(index)) busy.push(index);
    }
    return busy;
  }

  /** Until when waiting for a full batch is allowed. */
  private dueMs(key: string, idle: readonly number[]): number {
    const queue = this.queues.get(key)!;
    const { arrivedMs } = queue.first()!.ticket;
    if (this.maxDelayMs === 0) return arrivedMs;
    const sizes = idle.map((index) => this.places[index]!.worker.largestBatch);
    const full = this.policy === 'packrat' ? sizes.reduce((sum, size) => sum + size, 0) : Math.max(...sizes);
    if (queue.items >= full) return arrivedMs;
    let dueMs = arrivedMs + this.maxDelayMs;
    const slowestMs = Math.max(
      ...idle.map((index) => this.places[index]!.worker.latencyMs(queue.items, key, queue.meanLength)),
    );
    for (const { deadlineMs } of queue.tickets())
      if (deadlineMs !== null) dueMs = Math.min(dueMs, deadlineMs - slowestMs);
    return dueMs;
  }

  /** Says when to think again about those that wait although a worker is idle. */
  private cutQueue(key: string, idle: readonly number[], cut: Cut<R>): number | null {
    const { batches, expired, nowMs } = cut;
    const { items, meanLength } = this.queues.get(key)!;
    if (meanLength > 0 && this.policy === 'eager') return this.cutByLength(key, idle, cut);
    const workers = idle.map((index) => this.places[index]!.worker);
    const shares = shareOut(workers, items, key, meanLength);
    for (let at = 0; at < shares.length; at++) {
      const share = shares[at]!;
      if (share === 0) continue;
      const endMs = nowMs + workers[at]!.latencyMs(share, key, meanLength);
      const pieces = this.cutPieces(key, share, endMs, expired);
      if (pieces.length > 0) batches.push(this.start(idle[at]!, { key, pieces, failures: 0 }, nowMs));
    }
    return null;
  }

  private cutByLength(
    key: string,
    idle: readonly number[],
    { batches, expired, nowMs }: Cut<R>,
  ): number | null {
    const waiters = this.queues.get(key)!.front(mostLooked);
    const { shares, againMs } = shareByLength(waiters, this.runners(idle, nowMs), key);
    for (const share of shares) {
      const pieces = this.cutShare(key, share, expired);
      if (pieces.length > 0) batches.push(this.start(share.index, { key, pieces, failures: 0 }, nowMs));
    }
    return againMs;
  }

  /** Those that may begin now, and the busy ones. */
  private runners(idle: readonly number[], nowMs: number): Runner[] {
    const runners: Runner[] = [];
    this.places.forEach(({ worker, state, freeMs, next }, index) => {
      if (idle.includes(index)) runners.push({ index, worker, idle: true, freeMs: nowMs });
      if (state !== 'busy') return;
      // One that runs longer than expected is expected to run on as long as it has so far.
      const runsMs = Math.abs(freeMs - nowMs) + (next === null ? 0 : batchMs(worker, next));
      runners.push({ index, worker, idle: false, freeMs: nowMs + runsMs });
    });
    return runners;
  }

  /** Takes what was shared out to a worker; what can't be done before its deadline when the batch ends then is let go. */
  private cutShare(key: string, { parts, endMs }: Share<R>, expired: Ticket<R>[]): Piece<R>[] {
    const queue = this.queues.get(key)!;
    const pieces: Piece<R>[] = [];
    for (const { waiter, items } of parts) {
      const { ticket } = waiter;
      if (waiter.items === 0) continue;
      if (ticket.deadlineMs !== null && ticket.deadlineMs < endMs) {
        this.waitingItems -= queue.drop(ticket);
        expired.push(ticket);
        continue;
      }
      pieces.push(queue.takeOf(waiter, items));
      this.waitingItems -= items;
    }
    return pieces;
  }

  /**
   * Cuts batches for workers that are busy, so that they go on without a pause. Only where two full ones wait for each of them: what was
   * sent to one can't be run by another that is free earlier than expected, nor dropped when its client leaves.
   */
  private cutAhead({ batches, expired, nowMs }: Cut<R>, mayQueue: (worker: number) => boolean): void {
    if (this.waitingItems === 0 || this.suspects.length > 0) return;
    let room = 0;
    for (const { state, next, worker } of this.places) {
      if (state === 'idle') return;
      if (state === 'busy' && next === null) room += worker.largestBatch;
    }
    // Mostly so much does not wait, of all keys.
    if (room === 0 || this.waitingItems < 2 * room) return;
    const [key] = this.keysInOrder();
    if (key === undefined || this.queues.get(key)!.items < 2 * room) return;
    const busy = this.busyIndexes(mayQueue);
    busy.sort((a, b) => this.places[a]!.freeMs - this.places[b]!.freeMs);
    for (const index of busy) {
      const place = this.places[index]!;
      const pieces = this.piecesAhead(key, index, { nowMs, expired });
      if (pieces.length === 0) return;
      const sizes = { items: sumItems(pieces), length: lengthOf(pieces) };
      place.next = { worker: index, key, pieces, ...sizes, failures: 0, ahead: true };
      batches.push(place.next);
    }
  }

  private piecesAhead(
    key: string,
    index: number,
    { nowMs, expired }: Pick<Cut<R>, 'nowMs' | 'expired'>,
  ): Piece<R>[] {
    const { worker, freeMs } = this.places[index]!;
    const beginMs = Math.max(nowMs, freeMs);
    const queue = this.queues.get(key)!;
    if (queue.meanLength > 0) {
      const runner = { index, worker, idle: true, freeMs: beginMs };
      return this.cutShare(key, gatherByLength(queue.front(mostLooked), runner, key), expired);
    }
    const { largestBatch } = worker;
    return this.cutPieces(key, largestBatch, beginMs + worker.latencyMs(largestBatch, key, 0), expired);
  }

  /** Takes up to so many items of a key; those that can't be done before their deadline when the batch ends then are let go. */
  private cutPieces(key: string, items: number, endMs: number, expired: Ticket<R>[]): Piece<R>[] {
    const queue = this.queues.get(key)!;
    const pieces: Piece<R>[] = [];
    for (let left = items; left > 0; ) {
      const ticket = queue.first()?.ticket;
      if (ticket === undefined) break;
      if (ticket.deadlineMs !== null && ticket.deadlineMs < endMs) {
        this.waitingItems -= queue.drop(ticket);
        expired.push(ticket);
        continue;
      }
      const piece = queue.take(left);
      left -= piece.items;
      this.waitingItems -= piece.items;
      pieces.push(piece);
    }
    return pieces;
  }

  /** Each to an idle worker, alone; what is larger than its largest batch in parts. */
  private cutSuspects(batches: Batch<R>[], nowMs: number, mayStart: (worker: number) => boolean): void {
    for (const index of this.suspects.length === 0 ? [] : this.idleIndexes(mayStart)) {
      const suspect = this.suspects.shift();
      if (suspect === undefined) return;
      const room = roomFor(this.places[index]!.worker, lengthOf(suspect.pieces));
      const [pieces, rest] = takeFront(suspect.pieces, room);
      if (rest.length > 0) this.suspects.unshift({ ...suspect, pieces: rest });
      this.waitingItems -= sumItems(pieces);
      batches.push(this.start(index, { ...suspect, pieces }, nowMs));
    }
  }

  private start(index: number, { key, pieces, failures }: Suspect<R>, nowMs: number): Batch<R> {
    const sizes = { items: sumItems(pieces), length: lengthOf(pieces) };
    const batch = { worker: index, key, pieces, ...sizes, failures, ahead: false };
    const place = this.places[index]!;
    place.state = 'busy';
    place.batch = batch;
    place.freeMs = nowMs + batchMs(place.worker, batch);
    return batch;
  }

  /** What was not run waits again, before all others. */
  private giveBack({ key, pieces, items, failures }: Batch<R>): void {
    this.suspects.unshift({ key, pieces, failures });
    this.waitingItems += items;
  }

  private suspect({ key, pieces, items, failures: before }: Batch<R>, inHalves: boolean): Ticket<R>[] {
    const failures = before + 1;
    if (items === 1 && failures >= mostFailures) return pieces.map(({ ticket }) => ticket);
    const parts = inHalves && items > 1 ? halve(pieces) : [pieces];
    this.suspects.unshift(...parts.map((part) => ({ key, pieces: part, failures })));
    this.waitingItems += items;
    return [];
  }
}

const always = (): boolean => true;
const never = (): boolean => false;

const idlePlace = <R>(worker: Worker): Place<R> => ({
  worker,
  state: 'idle',
  batch: null,
  next: null,
  freeMs: 0,
});

const batchMs = ({ latencyMs }: Worker, { items, key, length }: Batch<unknown>): number =>
  latencyMs(items, key, length);

const isAlive = ({ state }: Place<unknown>): boolean => state === 'idle' || state === 'busy';

function sumItems(pieces: readonly Piece<unknown>[]): number {
  let sum = 0;
  for (const { items } of pieces) sum += items;
  return sum;
}
