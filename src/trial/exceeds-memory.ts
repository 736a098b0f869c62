import { type Contender, shareItems } from './contenders.ts';

/** What instances take, and what there is. */
export interface TrialMemory {
  /** Bytes that one instance is expected to take at a batch. */
  readonly instanceBytes: (batch: number) => number;
  readonly availableBytes: number;
}

/** Why all instances of a contender can't be in memory at once; null where they can. */
export function exceedsMemory(
  { groups }: Pick<Contender, 'groups'>,
  items: number,
  { instanceBytes, availableBytes }: TrialMemory,
): string | null {
  const shares = shareItems(groups, items);
  const needed = shares.reduce((sum, share) => sum + instanceBytes(share.items), 0);
  if (needed <= availableBytes) return null;
  const gib = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  const who = shares.length === 1 ? 'its instance needs' : `its ${shares.length} instances need`;
  return `${who} about ${gib(needed)} GiB, and ${gib(availableBytes)} GiB can be had`;
}
