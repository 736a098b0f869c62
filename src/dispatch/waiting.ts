import type { Piece, Ticket } from './types.ts';

/** What waits of one ticket; it is cut from the front. */
interface Entry<R> {
  readonly ticket: Ticket<R>;
  readonly rank: number;
  from: number;
  items: number;
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
    this.items += ticket.items;
  }

  /** What stands first; undefined where nothing waits. */
  first(): { readonly ticket: Ticket<R>; readonly rank: number } | undefined {
    while (this.head < this.entries.length && this.entries[this.head]!.items === 0) this.pass();
    return this.entries[this.head];
  }

  /** Takes up to so many items off the front, of one ticket; to be called after `first`. */
  take(most: number): Piece<R> {
    const entry = this.entries[this.head]!;
    const items = Math.min(most, entry.items);
    const piece = { ticket: entry.ticket, from: entry.from, items };
    entry.from += items;
    entry.items -= items;
    this.items -= items;
    if (entry.items > 0) return piece;
    this.pass();
    return piece;
  }

  /**
   * Drops what waits of a ticket; says how many items. It is searched for from the front, where those are whose time is up: a table of
   * them would keep what they hold until a major collection.
   */
  drop(ticket: Ticket<R>): number {
    for (let at = this.head; at < this.entries.length; at++) {
      const { ticket: other, items, rank } = this.entries[at]!;
      if (other !== ticket) continue;
      this.items -= items;
      // What is gone shall not be held: it refers to a client's whole request.
      this.entries[at] = { ...gone, rank };
      return items;
    }
    return 0;
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
