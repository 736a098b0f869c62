import { basename, resolve, sep } from 'node:path';
import type { ComparedSide } from '../report/index.ts';
import type { Side } from './compare-sides.ts';

/** The value of the only column that is asked for differently names a side; otherwise what it was read from does. */
export function describeSides(a: Side, b: Side): { a: ComparedSide; b: ComparedSide } {
  const columns = Object.keys(a.name.where).filter((column) => a.name.where[column] !== b.name.where[column]);
  const [column] = columns;
  const byValue = columns.length === 1 && b.name.where[column!] !== undefined;
  const labels = byValue
    ? [a.name.where[column!]!, b.name.where[column!]!]
    : labelsOfSources(a.name.source, b.name.source);
  const sides = [a, b].map((side, index): ComparedSide => {
    const own = labels[index]!;
    return {
      label: own === '' ? 'AB'[index]! : own,
      text: side.name.text,
      kind: side.kind,
      cells: side.cells.length,
      older: side.older,
    };
  }) as [ComparedSide, ComparedSide];
  if (sides[0].label !== sides[1].label) return { a: sides[0], b: sides[1] };
  return { a: { ...sides[0], label: 'A' }, b: { ...sides[1], label: 'B' } };
}

/** Their last names, or where those are equal the last folder that tells them apart too: `monday/latency.csv`. */
function labelsOfSources(a: string, b: string): [string, string] {
  if (basename(a) !== basename(b)) return [basename(a), basename(b)];
  const parts = [a, b].map((source) => resolve(source).split(sep).reverse()) as [string[], string[]];
  const differing = parts[0].findIndex((part, index) => part !== parts[1][index]);
  const labels = parts.map((own) => {
    const folder = own[differing];
    const between = differing > 1 ? '…/' : '';
    return folder === undefined || folder === '' ? own[0]! : `${folder}/${between}${own[0]}`;
  });
  return labels as [string, string];
}
