import type { BundleHeader } from '../bundle/index.ts';
import { formatPlural, joinWords } from '../report/format.ts';
import type { MergeCounts, MergeSummary } from '../store/index.ts';

/** What a bundle holds, in words: `12 points in 40 visits, 1 result and 2 tables`. */
export function describeLines({ point, visit, result, table }: BundleHeader['lines']): string {
  const parts = [
    ...(point > 0 ? [`${formatPlural(point, 'point')} in ${formatPlural(visit, 'visit')}`] : []),
    ...(result > 0 ? [formatPlural(result, 'result')] : []),
    ...(table > 0 ? [formatPlural(table, 'table')] : []),
  ];
  return joinWords(parts);
}

/** What a merge did, a line for each kind of thing. */
export function describeMerge(summary: MergeSummary): string[] {
  const kinds = [
    ['point', summary.points],
    ['result', summary.results],
    ['plan in force', summary.plans],
    ['table', summary.tables],
  ] as const;
  const lines = kinds.flatMap(([noun, counts]) => describeCounts(noun, counts) ?? []);
  const aside = `${formatPlural(summary.setAside, 'older measurement')} of the same cells set aside, with all samples`;
  return summary.setAside > 0 ? [...lines, aside] : lines;
}

function describeCounts(noun: string, { added, extended, unchanged }: MergeCounts): string | null {
  const all = added + extended + unchanged;
  if (all === 0) return null;
  const parts = [
    ...(added > 0 ? [`${added} added`] : []),
    ...(extended > 0 ? [`${extended} brought up to date`] : []),
    ...(unchanged > 0 ? [`${unchanged} as they were`] : []),
  ];
  const plural =
    noun === 'plan in force' ? (all === 1 ? `1 ${noun}` : `${all} plans in force`) : formatPlural(all, noun);
  return `${plural}: ${joinWords(parts)}`;
}
