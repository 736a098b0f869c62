import type { SearchStep } from '../load/index.ts';

const words = { held: '✓ held', failed: '✗ failed', undecided: '? not sure', behind: '! generator' } as const;

/** How a step of a search ended, in a word or two. */
export function stepWords(state: SearchStep['state'], repeated: boolean): string {
  return `${words[state]}${repeated ? ' (again)' : ''}`;
}
