import { overlap, quotient, rangeOf, show } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import { isAlike, measuresOf } from '../sheet.ts';
import type { CheckCell, CheckRow, Finding, Rule } from '../types.ts';

/** The same training takes as many times longer as its throughput is smaller. */
export const timeAndThroughput: Rule = {
  name: 'time-and-throughput',
  severity: 'implausible',
  about: 'two times to train that do not differ as their throughputs do',
  check: (sheets) => sheets.flatMap(({ rows }) => rows.flatMap(checkRow)),
};

/** Start, evaluation and saving do not scale with the throughput. */
const beside = 0.15;

function checkRow(row: CheckRow): Finding[] {
  const runs = measuresOf(row, 'time-to-train').flatMap((time) => {
    const throughput = measuresOf(row, 'throughput').find(({ column }) => isAlike(column, time.column));
    return throughput === undefined || time.column.statistic !== 'average' ? [] : [{ time, throughput }];
  });
  return runs.flatMap((a, index) => runs.slice(index + 1).flatMap((b) => compare(a, b)));
}

interface Run {
  readonly time: CheckCell;
  readonly throughput: CheckCell;
}

function compare(a: Run, b: Run): Finding[] {
  const times = quotient(rangeOf(a.time), rangeOf(b.time));
  const speeds = quotient(rangeOf(b.throughput), rangeOf(a.throughput));
  const expected = { low: speeds.low * (1 - beside), high: speeds.high * (1 + beside) };
  if (overlap(times, expected)) return [];
  const text = `${a.time.text} / ${b.time.text} = ${show(a.time.value / b.time.value)}, while the throughputs say ${b.throughput.text} / ${a.throughput.text} = ${show(b.throughput.value / a.throughput.value)} for the same training`;
  return [makeFinding(timeAndThroughput, [a.time, b.time, a.throughput, b.throughput], text)];
}
