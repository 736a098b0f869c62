import { groupsOf } from './solve.ts';
import type { Group } from './types.ts';

/** What `parseGroups` reads, for messages. */
export const groupsSyntax = 'INSTANCESxTHREADSxBATCH, such as 2x1x8 or 1x4x8+2x2x4';

/** Reads `2x1x8` or `1x4x8+2x2x4`: instances × threads × batch; null where it is something else. */
export function parseGroups(text: string): Group[] | null {
  const groups = text
    .split('+')
    .map((part) => /^(\d{1,6})[x×,](\d{1,6})[x×,](\d{1,12})$/.exec(part.trim())?.slice(1).map(Number));
  if (!groups.every((group) => group?.every((number) => number >= 1) === true)) return null;
  return groupsOf(
    groups.flatMap((group) => {
      const [instances = 0, threads = 0, batch = 0] = group ?? [];
      return Array.from({ length: instances }, () => ({ threads, batch }));
    }),
  );
}

/** As `parseGroups` reads it. */
export function formatGroups(groups: readonly Group[]): string {
  return groups.map(({ instances, threads, batch }) => `${instances}x${threads}x${batch}`).join('+');
}
