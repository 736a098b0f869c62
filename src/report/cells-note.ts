import type { CellOrigin } from '../plan/types.ts';

/**
 * What a plan's cells rest on, and what that means for it; a sentence that the page and the terminal share.
 *
 * @param isTable Whether the cells were published, not measured here.
 */
export function cellsNote(cells: CellOrigin, isTable = false): string {
  switch (cells) {
    case 'together':
      return 'Its cells were measured together: the other cores were busy with instances of the same model.';
    case 'alone-with-contention':
      return 'Some of its cells were measured alone and made longer by the contention model of this machine; the interval is wider for that.';
    case 'alone':
      return isTable
        ? 'The table is taken as published, as if each instance had the machine to itself: together they may take longer.'
        : 'Its cells were measured with the other cores idle, and nothing is known of contention here: together instances may take longer.';
  }
}
