import type { ComparedCell, GridComparison, Obstacle } from '../compare/index.ts';
import type { ComparePageData } from './compare-page-data.ts';
import { formatInterval, formatPlural, formatRatio, joinWords } from './format.ts';

/** More decimals than these are noise of the arithmetic. */
const mostDecimals = 9;

/** A share with the digits that it deserves, and never as nothing where it is something: `4.2 %`, `12 %`, `0.003 %`. */
export function formatShare(share: number): string {
  const percent = Math.abs(share * 100);
  if (percent >= 10) return `${percent.toFixed(0)} %`;
  if (percent >= 0.1 || percent < 10 ** -mostDecimals) return `${percent.toFixed(1)} %`;
  return `${percent.toFixed(Math.max(2, Math.ceil(-Math.log10(percent))))} %`;
}

/** A share that verdicts were made by, unrounded: `5.0 %`, `12.5 %`, `99.9 %`. */
export function formatExactShare(share: number): string {
  const short = formatShare(share);
  const percent = Number((Math.abs(share) * 100).toPrecision(12));
  return Number.parseFloat(short) === percent ? short : `${percent} %`;
}

/**
 * Ratios with three decimals, `0.998`, `1.120`, and with more where they would read as lying elsewhere than they do: on
 * the other side of 1 or of the threshold, or on it, such as `0.99997`. From 10 on with one, `12.3`.
 */
export function quotientFormat(threshold: number): (ratio: number) => string {
  const marks = [1, 1 + threshold, 1 / (1 + threshold)];
  return (ratio) => {
    if (Math.abs(ratio) >= 10 || !Number.isFinite(ratio)) return formatRatio(ratio);
    for (let decimals = 3; decimals <= mostDecimals; decimals++) {
      const text = ratio.toFixed(decimals);
      if (marks.every((mark) => Math.sign(Number(text) - mark) === Math.sign(ratio - mark))) return text;
    }
    return ratio.toFixed(3);
  };
}

/** The same, where no threshold matters. */
export const formatQuotient = quotientFormat(0);

/** How a ratio of latencies reads: `4.2 % slower`, `2.1 times as slow`, `3.0 % faster`. */
export function ratioWords(ratio: number): string {
  if (ratio >= 2) return `${formatRatio(ratio)} times as slow`;
  if (ratio <= 0.5) return `${formatRatio(1 / ratio)} times as fast`;
  return ratio >= 1 ? `${formatShare(ratio - 1)} slower` : `${formatShare(1 - ratio)} faster`;
}

/** The grid's verdict in one sentence. */
export function compareHeadline(data: ComparePageData): string {
  const { a, b, comparison } = data;
  const { verdict, counts, compared } = comparison;
  const ofAll = `of ${formatPlural(compared, 'cell')}`;
  switch (verdict) {
    case 'not comparable':
      return withoutVerdict(data);
    case 'no difference':
      return `No difference between ${b.label} and ${a.label} was shown in ${formatPlural(compared, 'cell')}`;
    case 'mixed':
      return `${b.label} is slower than ${a.label} in ${counts.slower} and faster in ${counts.faster} ${ofAll}`;
    case 'slower':
    case 'faster':
      return counts[verdict] > 0
        ? `${b.label} is ${verdict} than ${a.label} in ${counts[verdict]} ${ofAll}, ${verdict === 'slower' ? 'faster' : 'slower'} in none`
        : `${b.label} is a little ${verdict} than ${a.label} in the mean; no single cell shows it`;
  }
}

function withoutVerdict({ a, b, comparison }: ComparePageData): string {
  const { geometricMean, cells } = comparison;
  if (areSameRuns(comparison))
    return cells.every(({ obstacle, ratio }) => obstacle !== 'same runs' || ratio === 1)
      ? `${a.label} and ${b.label} are the same measurement: every cell that both have rests on the same runs`
      : `${a.label} and ${b.label} can’t be judged: every cell that both have rests on the same runs, in part`;
  if (geometricMean === null)
    return `${b.label} and ${a.label} can’t be judged: no cell was measured ${comparison.obstacles['same runs'] === undefined ? 'on both sides' : 'twice'}`;
  const known = cells.filter(({ ratio, obstacle }) => ratio !== null && obstacle !== 'same runs').length;
  const where = known === 1 ? 'in one cell' : `in the geometric mean of ${formatPlural(known, 'cell')}`;
  return `${b.label} takes ${formatRatio(geometricMean)} times as long as ${a.label} ${where}; how sure that is can’t be known`;
}

/** Whether all that both sides have is the same runs; what failed in both tells nothing of that. */
export function areSameRuns({ cells }: Pick<GridComparison, 'cells'>): boolean {
  const common = cells.filter(
    ({ obstacle }) => obstacle !== 'only in A' && obstacle !== 'only in B' && obstacle !== 'failed in both',
  );
  return common.length > 0 && common.every(({ obstacle }) => obstacle === 'same runs');
}

/** What was found, a sentence each, the most telling first. */
export function compareFindings(data: ComparePageData): string[] {
  const { comparison, threshold, alpha } = data;
  return [
    ...meanFinding(comparison, alpha),
    ...extremes(comparison, threshold),
    ...regressionFinding(comparison, threshold),
    ...sameFinding(comparison, threshold),
    ...obstacleFinding(comparison.obstacles),
    ...elsewhereFinding(data),
    ...olderFinding(data),
  ];
}

function meanFinding({ geometricMean, geometricInterval }: GridComparison, alpha: number): string[] {
  if (geometricMean === null || geometricInterval === null) return [];
  const mean = `${formatQuotient(geometricMean)} times the latency in the geometric mean [${formatInterval(geometricInterval, formatQuotient)}]`;
  return [
    `B takes ${mean}; this interval and those of all cells hold at once in ${formatExactShare(1 - alpha)} of such comparisons.`,
  ];
}

/** A cell as people name it. */
export const cellName = ({ threads, batch }: Pick<ComparedCell, 'threads' | 'batch'>): string =>
  `${formatPlural(threads, 'thread')} × batch ${batch}`;

function extremes({ cells }: GridComparison, threshold: number): string[] {
  const shown = cells.filter(({ verdict }) => verdict === 'slower' || verdict === 'faster');
  const sorted = shown.toSorted((x, y) => y.ratio! - x.ratio!);
  const [slowest] = sorted;
  const fastest = sorted.at(-1);
  const sentence = (cell: ComparedCell, most: string): string =>
    `Most ${most}: ${cellName(cell)}, ${ratioWords(cell.ratio!)} [${formatInterval(cell.interval!, quotientFormat(threshold))}].`;
  return [
    ...(slowest?.verdict === 'slower' ? [sentence(slowest, 'slowed')] : []),
    ...(fastest?.verdict === 'faster' ? [sentence(fastest, 'gained')] : []),
  ];
}

function regressionFinding({ regressions, compared }: GridComparison, threshold: number): string[] {
  if (regressions === 0)
    return compared === 0
      ? []
      : [`No cell was shown to be slower by more than ${formatExactShare(threshold)}.`];
  return [
    `${formatPlural(regressions, 'cell')} ${regressions === 1 ? 'is' : 'are'} slower by more than ${formatExactShare(threshold)}, or failed only now.`,
  ];
}

function sameFinding({ cells, compared }: GridComparison, threshold: number): string[] {
  const within = cells.filter((cell) => cell.within).length;
  return within === 0
    ? []
    : [
        `${within} of ${formatPlural(compared, 'cell')} ${within === 1 ? 'is' : 'are'} the same to within ${formatExactShare(threshold)}, for sure.`,
      ];
}

const obstacleWords: Readonly<Record<Obstacle, string>> = {
  'only in A': 'only in A',
  'only in B': 'only in B',
  'failed in A': 'failed in A',
  'failed in B': 'failed in B',
  'failed in both': 'failed in both',
  'same runs': 'resting on the same runs in A and B',
  'other model': 'of another model',
  'other method': 'measured by another method',
  disturbed: 'disturbed',
  'averages only': 'known as an average only',
  'one visit': 'measured in one visit only',
};

function obstacleFinding(obstacles: GridComparison['obstacles']): string[] {
  const parts = Object.entries(obstacles).map(
    ([obstacle, count]) => `${count} ${obstacleWords[obstacle as Obstacle]}`,
  );
  return parts.length === 0 ? [] : [`Without a verdict: ${joinWords(parts)}.`];
}

function elsewhereFinding({ a, b, elsewhere }: ComparePageData): string[] {
  const parts = [
    ...(elsewhere.a > 0 ? [`${formatPlural(elsewhere.a, 'cell')} of ${a.label}`] : []),
    ...(elsewhere.b > 0 ? [`${formatPlural(elsewhere.b, 'cell')} of ${b.label}`] : []),
  ];
  return parts.length === 0
    ? []
    : [`Left out: ${joinWords(parts)}, in settings that the other was not measured in.`];
}

function olderFinding({ a, b }: ComparePageData): string[] {
  const parts = [
    ...(a.older > 0 ? [`${formatPlural(a.older, 'older point')} of A`] : []),
    ...(b.older > 0 ? [`${formatPlural(b.older, 'older point')} of B`] : []),
  ];
  return parts.length === 0
    ? []
    : [
        `Left out: ${joinWords(parts)}, measured again since with other contents of the model or another method.`,
      ];
}
