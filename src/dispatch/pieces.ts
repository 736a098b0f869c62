import type { Piece } from './types.ts';

/** The first so many items, and what is left. */
export function takeFront<R>(pieces: readonly Piece<R>[], most: number): [Piece<R>[], Piece<R>[]] {
  const taken: Piece<R>[] = [];
  const rest: Piece<R>[] = [];
  let left = most;
  for (const piece of pieces) {
    const items = Math.min(left, piece.items);
    left -= items;
    if (items > 0) taken.push({ ...piece, items });
    if (items < piece.items) rest.push({ ...piece, from: piece.from + items, items: piece.items - items });
  }
  return [taken, rest];
}

/** Two parts of as many items; the first one is the larger where they can't be. */
export function halve<R>(pieces: readonly Piece<R>[]): [Piece<R>[], Piece<R>[]] {
  const items = pieces.reduce((sum, piece) => sum + piece.items, 0);
  return takeFront(pieces, Math.ceil(items / 2));
}
