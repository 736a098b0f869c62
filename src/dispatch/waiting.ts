import type { Piece, Ticket } from './types.ts';

/** What waits of one ticket; it is cut from the front. */
interface Entry<R> {
  readonly ticket: Ticket<R>;
  readonly rank: number;
  from: number;
  items: number;
}

/** A request that waits. */
export interface Waiter<R> {
  readonly ticket: Ticket<R>;
  /** That wait still. */
  readonly items: number;
}

/**
 * What waits of one key, first come first served within a priority. A request of priority p stands where one of priority
 * 1 would that came (p − 1) · `starvationMs` later: so nothing waits for ever behind what is more urgent.
 */
export class Waiting<R> {
  private readonly starvationMs: number;
  /** Ascending in rank from `head` on, but for those that are gone. */
  private entries: Entry<R>[] = [];
  private head = 0;
  /** Items that wait. */
  items = 0;
  /** Of them, the sum of their lengths. */
  private lengths = 0;

  constructor(starvationMs: number) {
    this.starvationMs = starvationMs;
  }

  /** Where a ticket stands among all, in ms. */
  rankOf({ arrivedMs, priority = 1 }: Ticket<R>): number {
    return arrivedMs + (priority - 1) * this.starvationMs;
  }

  add(ticket: Ticket<R>): void {
    const entry = { ticket, rank: this.rankOf(ticket), from: 0, items: ticket.items };
    let at = this.entries.length;
    while (at > this.head && this.entries[at - 1]!.rank > entry.rank) at--;
    if (at === this.entries.length) this.entries.push(entry);
    else this.entries.splice(at, 0, entry);
    this.count(entry, ticket.items);
  }

  /** Of an item that waits, on average. */
  get meanLength(): number {
    return this.items === 0 ? 0 : this.lengths / this.items;
  }

  /** What stands first; undefined where nothing waits. */
  first(): { readonly ticket: Ticket<R>; readonly rank: number } | undefined {
    while (this.head < this.entries.length && this.entries[this.head]!.items === 0) this.pass();
    return this.entries[this.head];
  }

  /** Takes up to so many items off the front, of one ticket; to be called after `first`. */
  take(most: number): Piece<R> {
    const entry = this.entries[this.head]!;
    const piece = this.cut(entry, most);
    if (entry.items === 0) this.pass();
    return piece;
  }

  /** The first so many that wait, in order. */
  front(most: number): Waiter<R>[] {
    const found: Waiter<R>[] = [];
    for (let at = this.head; at < this.entries.length && found.length < most; at++)
      if (this.entries[at]!.items > 0) found.push(this.entries[at]!);
    return found;
  }

  /** Takes items of one that waits, wherever it stands. */
  takeOf(waiter: Waiter<R>, items: number): Piece<R> {
    const entry = waiter as Entry<R>;
    const piece = this.cut(entry, items);
    if (entry.items === 0) this.forget(this.entries.indexOf(entry, this.head));
    return piece;
  }

  private cut(entry: Entry<R>, most: number): Piece<R> {
    const items = Math.min(most, entry.items);
    const piece = { ticket: entry.ticket, from: entry.from, items };
    entry.from += items;
    entry.items -= items;
    this.count(entry, -items);
    return piece;
  }

  private count({ ticket: { length = 0 } }: Entry<R>, items: number): void {
    this.items += items;
    this.lengths += items * length;
  }

  /**
   * Drops what waits of a ticket; says how many items. It is searched for from the front, where those are whose time is up: a table of
   * them would keep what they hold until a major collection.
   */
  drop(ticket: Ticket<R>): number {
    for (let at = this.head; at < this.entries.length; at++) {
      const entry = this.entries[at]!;
      if (entry.ticket !== ticket) continue;
      const { items } = entry;
      this.count(entry, -items);
      entry.items = 0;
      this.forget(at);
      return items;
    }
    return 0;
  }

  /** What is gone shall not be held: it refers to a client's whole request. */
  private forget(at: number): void {
    this.entries[at] = { ...gone, rank: this.entries[at]!.rank };
  }

  /** The tickets that wait, in order. */
  *tickets(): Iterable<Ticket<R>> {
    for (let at = this.head; at < this.entries.length; at++)
      if (this.entries[at]!.items > 0) yield this.entries[at]!.ticket;
  }

  /** Lets go of the first entry. */
  private pass(): void {
    this.entries[this.head++] = gone;
    if (this.head === this.entries.length) this.entries.length = 0;
    else if (this.head >= 1024) this.entries = this.entries.slice(this.head);
    else return;
    this.head = 0;
  }
}

/** Stands where an entry was. */
const gone: Entry<never> = { ticket: null as never, rank: Number.NEGATIVE_INFINITY, from: 0, items: 0 };
