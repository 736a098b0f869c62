/** What knows where it lies in a bag. */
export interface Bagged {
  /** The bag's own; -1 outside of one. */
  bagIndex: number;
}

/**
 * Things that come and go, in no order. A `Set` makes a new table every few of them, and V8's tables refer to their successors: one
 * that has outlived two minor collections keeps all that came later until the next major one.
 */
export class Bag<T extends Bagged> {
  private readonly items: T[] = [];

  get size(): number {
    return this.items.length;
  }

  /** What lies in it now. */
  all(): readonly T[] {
    return this.items.slice();
  }

  add(item: T): void {
    item.bagIndex = this.items.push(item) - 1;
  }

  /** Does nothing where it is in none. */
  delete(item: T): void {
    if (item.bagIndex < 0) return;
    const last = this.items.pop()!;
    if (last !== item) {
      this.items[item.bagIndex] = last;
      last.bagIndex = item.bagIndex;
    }
    item.bagIndex = -1;
  }
}
