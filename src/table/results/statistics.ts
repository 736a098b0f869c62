import type { Statistic } from './types.ts';

const percentile = (text: string): Statistic => {
  const digits = Number(text);
  // `p999` is how some write 99.9 %.
  const share = digits > 100 ? digits / 10 ** (text.length - 2) : digits;
  return share === 0 ? 'min' : share === 100 ? 'max' : `p${share}`;
};

const words: readonly (readonly [RegExp, (match: RegExpExecArray) => Statistic])[] = [
  [/\bp ?[-_]? ?(\d{1,3}(?:\.\d+)?)\b(?: ?%)?/, ([, digits]) => percentile(digits!)],
  [/\b(\d{1,3}(?:\.\d+)?) ?(?:%|th|st|nd|rd)(?:[ -]?(?:percentile|pctl?|%?-?ile|tile|line))?(?![\p{L}])/u,
    ([, digits]) => percentile(digits!)],
  [/\b(?:percentile|pctl?|%ile)[ -]?(\d{1,3}(?:\.\d+)?)\b/, ([, digits]) => percentile(digits!)],
  [/\bstd?\.? ?err(?:or)?\b\.?|\bstandard error\b|\bsem\b/, () => 'error'],
  [/\bstd?\.? ?dev(?:iation)?\b|\bstd\b\.?|\bstandard deviation\b|\bs\.?d\.?(?![\p{L}])|σ|\bdeviation\b/u, () => 'deviation'],
  [/±|\+\/-|\berror\b(?! ?rate)|\buncertainty\b/, () => 'error'],
  [/\bmedian\b/, () => 'p50'],
  [/\baverage\b|\bavg\b\.?|\bmean\b|\bμ\b/, () => 'average'],
  [/\bmin(?:imum)?\b\.?|\blowest\b/, () => 'min'],
  [/\bmax(?:imum)?\b\.?|\bhighest\b|\bworst\b/, () => 'max'],
]; // biome-ignore format: a table

/** The statistic that a heading names, and the heading without it. */
export function takeStatistic(text: string): { readonly statistic: Statistic | null; readonly rest: string } {
  for (const [pattern, read] of words) {
    const match = pattern.exec(text);
    if (match !== null) return { statistic: read(match), rest: text.replace(match[0], ' ') };
  }
  return { statistic: null, rest: text };
}

/** Ascending place of a statistic among those of one population; null: it has none (`average`, `deviation`). */
export function rankOf(statistic: Statistic | null): number | null {
  if (statistic === 'min') return 0;
  if (statistic === 'max') return 100;
  return statistic?.startsWith('p') ? Number(statistic.slice(1)) : null;
}
