import type { Dataset, MeasuredCell } from '../../dataset/index.ts';
import { dataTable } from '../figure.ts';
import { formatRatio } from '../format.ts';
import type { Markup } from '../html.ts';
import { pairCells, type Spread, spreadOf } from './analysis.ts';
import { rangeWords } from './words.ts';

/** One line of a comparison: a dataset with its curve. */
export interface Party {
  readonly dataset: Dataset;
  readonly label: string;
  readonly cells: readonly MeasuredCell[];
  /** Before its label in a sentence. */
  readonly at: 'on' | 'at';
}

/** Each party's latency over the first one's, over cells of equal threads and batch. */
function ratiosOf(parties: readonly Party[]) {
  const [first, ...others] = parties;
  return others.map((party) => ({
    party,
    first: first!,
    spread: spreadOf(
      pairCells(first!.cells, party.cells).map(({ base, other }) => other.latency.ms / base.latency.ms),
    ),
  }));
}

/** How far a ratio is from one; the largest difference is told first. */
const sizeOf = (spread: Spread | null): number => (spread === null ? 0 : Math.abs(Math.log(spread.median)));

/** A sentence for each other party against the first, the largest difference first. */
export function findingsOf(name: string, parties: readonly Party[]): string[] {
  const found = ratiosOf(parties).toSorted((a, b) => sizeOf(b.spread) - sizeOf(a.spread));
  return found.flatMap(({ party, first, spread }) => {
    if (spread === null) return [];
    const isFaster = spread.median < 1;
    const ratio = isFaster ? 1 / spread.median : spread.median;
    const ends = isFaster ? [1 / spread.greatest, 1 / spread.least] : [spread.least, spread.greatest];
    const [fast, slow] = isFaster ? [party, first] : [first, party];
    return `${name} is ${formatRatio(ratio)} times as fast ${fast.at} ${fast.label} as ${slow.at} ${slow.label}, in the median of ${spread.count} common cells (${rangeWords(ends, formatRatio)})`;
  });
}

/** How the others' latencies relate to the first one's, as a table. */
export function ratioTable(parties: readonly Party[]): Markup {
  return dataTable(
    `Latency over that ${parties[0]!.at} ${parties[0]!.label}, at equal threads and batch`,
    [
      { head: 'measured' },
      { head: 'median', numeric: true },
      { head: 'least', numeric: true },
      { head: 'greatest', numeric: true },
      { head: 'cells', numeric: true },
    ],
    ratiosOf(parties).map(({ party, spread }) => {
      const words = (ratio: number | undefined): string =>
        ratio === undefined ? '–' : `${formatRatio(ratio)}×`;
      return [
        party.label,
        words(spread?.median),
        words(spread?.least),
        words(spread?.greatest),
        spread?.count ?? 0,
      ];
    }),
  );
}
