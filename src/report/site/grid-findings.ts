import type { Grid, GridRecord } from '../../dataset/index.ts';
import { formatNumber, formatRatio } from '../format.ts';
import { trustedOf } from './analysis.ts';
import { precisionWords } from './grid-figures.ts';
import { capital, rangeWords, threadsWords } from './words.ts';

/** The most throughput, what each precision gains over the last one, and averages beyond the 99th percentile. */
export function gridFindings(grid: Grid): string[] {
  const known = grid.records.filter(({ itemsPerSecond }) => itemsPerSecond !== null);
  const found: string[] = [];
  if (known.length > 0) {
    const best = trustedOf(known).reduce((a, b) => (b.itemsPerSecond! > a.itemsPerSecond! ? b : a));
    const threads = grid.threads === null ? '' : ` with ${threadsWords(grid.threads)}`;
    const size = best.sequenceLength === null ? '' : ` at sequence ${best.sequenceLength}`;
    found.push(
      `${grid.system}${threads} does at most ${formatNumber(best.itemsPerSecond!)} ${grid.unit}: ${best.model}${size}, batch ${best.batch}, ${precisionWords(best)}`,
    );
  }
  found.push(...precisionFindings(known));
  const beyond = grid.records.filter(
    ({ latencyMs }) =>
      latencyMs['average'] !== undefined &&
      latencyMs['99'] !== undefined &&
      latencyMs['average'] > latencyMs['99'],
  );
  if (beyond.length > 0)
    found.push(
      `In ${beyond.length} of ${grid.records.length} cells the average is above the 99th percentile: it can’t be over the same runs unless few of them took very long.`,
    );
  return found;
}

function precisionFindings(records: readonly GridRecord[]): string[] {
  const precisions = [...new Set(records.map(({ precision }) => precision))];
  // The model as it is or, where documents list them so, the last.
  const base = precisions.find((one) => one === 'original') ?? precisions.at(-1);
  const key = ({ model, sequenceLength, batch }: GridRecord): string => `${model} ${sequenceLength} ${batch}`;
  const bases = new Map(records.filter(({ precision }) => precision === base).map((one) => [key(one), one]));
  return precisions
    .filter((one) => one !== base)
    .flatMap((precision) => {
      const ratios = records
        .filter((one) => one.precision === precision)
        .flatMap((one) => {
          const other = bases.get(key(one));
          return other === undefined ? [] : [one.itemsPerSecond! / other.itemsPerSecond!];
        });
      return ratios.length === 0
        ? []
        : [
            `${capital(precisionWords({ precision }))} it does ${rangeWords(ratios, formatRatio)} times as much as ${precisionWords({ precision: base! })}, in ${ratios.length} cells.`,
          ];
    });
}
