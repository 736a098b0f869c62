import { isAbove, show } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import { isAlike, measuresOf } from '../sheet.ts';
import type { CheckRow, Finding, Rule } from '../types.ts';

/** One run in a hundred would have to be so slow that it moves the average beyond all others. */
export const averageAbove99: Rule = {
  name: 'average-above-99',
  severity: 'implausible',
  about: 'an average latency above the 99th percentile',
  check: (sheets) => sheets.flatMap(({ rows }) => rows.flatMap(checkRow)),
};

function checkRow(row: CheckRow): Finding[] {
  const latencies = measuresOf(row, 'latency');
  return latencies.flatMap((average) => {
    if (average.column.statistic !== 'average') return [];
    const of = (statistic: string) =>
      latencies.find(({ column }) => column.statistic === statistic && isAlike(column, average.column));
    const high = of('p99');
    if (high === undefined || !isAbove(average, high)) return [];
    const max = of('max');
    // The rest lies at 99 % at most, so so few runs of the largest latency would do it.
    const enough =
      max === undefined || max.value <= high.value
        ? ''
        : `; one run of ${max.text} in ${show(Math.round((max.value - high.value) / (average.value - high.value)))} would do that`;
    const text = `average ${average.text} > 99 % ${high.text}${enough}`;
    return [makeFinding(averageAbove99, [average, high, ...(max === undefined ? [] : [max])], text)];
  });
}
