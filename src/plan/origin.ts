import type { Cell, CellOrigin } from './types.ts';

/** From how sets run to what is least like it. */
const origins: readonly CellOrigin[] = ['together', 'alone-with-contention', 'alone'];

/** What a cell rests on. */
export const originOf = ({ origin = 'alone' }: Cell): CellOrigin => origin;

/** Of two the one that is less like how a set runs: what rests on both can't be trusted more. */
export function lessLikeSets(a: CellOrigin, b: CellOrigin): CellOrigin {
  return origins[Math.max(origins.indexOf(a), origins.indexOf(b))]!;
}
