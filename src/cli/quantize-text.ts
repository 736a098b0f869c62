import { formatBytes, formatNumber, formatPercent } from '../report/format.ts';
import type { QuantizedFacts } from './commands/model-quantize.ts';
import { formatTable } from './table.ts';

/** What `describeQuantized` tells of. */
export interface QuantizedModels {
  readonly name: string;
  /** Of the source. */
  readonly bytes: number;
  readonly precisions: readonly QuantizedFacts[];
}

/** A table of the precisions, the worst output of each, then where they lie and what failed. */
export function describeQuantized({ name, bytes, precisions }: QuantizedModels, width: number): string {
  const table = formatTable(
    precisions,
    [
      { title: 'precision', value: ({ precision }) => precision },
      {
        title: 'size',
        align: 'right',
        value: (each) => (each.bytes === null ? '–' : formatBytes(each.bytes)),
      },
      {
        title: 'of the source',
        align: 'right',
        value: (each) => (each.bytes === null ? '–' : formatPercent(each.bytes / bytes)),
      },
      { title: 'made in', align: 'right', value: madeIn },
      { title: 'cosine', align: 'right', value: (each) => worst(each, 'cosine') },
      { title: 'relative error', align: 'right', value: (each) => worst(each, 'relativeError') },
      {
        title: 'proven by',
        value: ({ provenBy, state }) => (state === 'failed' ? 'failed' : provenBy.join('; ')),
      },
    ],
    width,
  );
  const files = precisions.flatMap(({ precision, file }) => (file === null ? [] : [`${precision}  ${file}`]));
  const failures = precisions.flatMap(({ precision, why }) => (why === null ? [] : [`${precision}: ${why}`]));
  return [`${name}, ${formatBytes(bytes)}`, '', table, ...section(files), ...section(failures)].join('\n');
}

const section = (lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', ...lines]);

function madeIn({ seconds, made }: QuantizedFacts): string {
  if (seconds === null) return '–';
  return made ? `${formatNumber(seconds)} s` : 'there already';
}

/** Of all outputs: the smallest cosine, the largest error. */
function worst({ errors }: QuantizedFacts, figure: 'cosine' | 'relativeError'): string {
  const values = errors.flatMap((error) => error[figure] ?? []);
  if (values.length === 0) return '–';
  return figure === 'cosine' ? Math.min(...values).toFixed(5) : formatPercentage(Math.max(...values));
}

const formatPercentage = (share: number): string => `${formatNumber(share * 100)} %`;
