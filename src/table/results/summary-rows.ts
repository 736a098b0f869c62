import type { RawRow } from '../read-row.ts';
import type { SummaryKind } from './types.ts';

/** A row of a summary as it stands in the file, with what it says it is and the rows it is about. */
export interface RawSummary {
  readonly row: RawRow;
  readonly of: SummaryKind;
  /** Its word, as printed. */
  readonly word: string;
  readonly about: readonly RawRow[];
}

const kinds: readonly (readonly [RegExp, SummaryKind])[] = [
  [/^(?:geo(?:metric)?\.?[ -]?mean|g\.?mean)/, 'geomean'],
  [/^(?:(?:arithmetic )?mean|average|avg)/, 'average'],
  [/^(?:(?:grand )?total|sum)/, 'total'],
  [/^overall/, 'overall'],
  [/^median/, 'median'],
  [/^(?:std|stddev|stdev|standard dev|s\.?d\.?$)/, 'deviation'],
  [/^(?:min|max)(?:imum)?$/, 'extreme'],
];

/** The word by itself, or with what it is of: `Average (all models)`, `Mean over 5 runs`; no `Mean Teacher`. */
const alone = /^[\p{L}.-]+(?: (?:dev(?:iation)?|mean))?\.?(?: ?[(:].*| (?:of|over|across) .*)?$/u;

function wordOf({ fields }: RawRow): readonly [string, SummaryKind] | null {
  for (const field of fields) {
    const word = field.replaceAll(/[*_`]/g, '').trim().toLowerCase();
    const found = alone.test(word) ? kinds.find(([pattern]) => pattern.test(word)) : undefined;
    if (found !== undefined) return [field.trim(), found[1]];
  }
  return null;
}

/**
 * Parts rows of averages, totals and the like from the rows they stand below. A column that lists statistics (`mean`,
 * `p99` …) of everything has them first, or in most rows: those are no summaries. Nor is a lone `min` or `max`.
 */
export function splitSummaries(records: readonly RawRow[]): {
  readonly rows: readonly RawRow[];
  readonly summaries: readonly RawSummary[];
} {
  const found = records.map(wordOf);
  const isExtreme = (one: (typeof found)[number]): boolean => one === null || one[1] === 'extreme';
  const count = found.filter((one) => one !== null).length;
  if (found.every(isExtreme) || found[0] !== null || count * 2 > records.length)
    return { rows: records, summaries: [] };
  const rows = records.filter((_, index) => found[index] === null);
  const summaries = records.flatMap((row, index): RawSummary[] => {
    const own = found[index];
    return own == null ? [] : [{ row, word: own[0], of: own[1], about: blockAbove(records, found, index) }];
  });
  return { rows, summaries };
}

/** The rows between a summary and the one before it; summaries side by side are about the same rows. */
function blockAbove(records: readonly RawRow[], found: readonly unknown[], at: number): RawRow[] {
  let end = at;
  while (end > 0 && found[end - 1] !== null) end--;
  let start = end;
  while (start > 0 && found[start - 1] === null) start--;
  return records.slice(start, end);
}
