import { found, spreadOf } from '../arithmetic.ts';
import { farOff, type Placed, residualsOfSeries, seriesOfSheet } from '../neighbours.ts';
import { baseRows, scaled } from '../quotients/base-rows.ts';
import { isAlike, isIdeal, measuresOf } from '../sheet.ts';
import type { CheckCell, CheckRow, Finding, Rule, Sheet } from '../types.ts';

/** Measured numbers of many digits hardly come out the same twice. */
export const repeatedNumber: Rule = {
  name: 'repeated-number',
  severity: 'implausible',
  about: 'one number of many digits in two cells that should differ',
  check: (sheets) => sheets.flatMap(checkSheet),
};

const measured = new Set(['latency', 'throughput', 'time-to-train']);

/** So seldom do equal numbers happen by chance that they need no other evidence. */
const hardlyByChance = 0.0005;
/** Where it happens more often, one of the cells must be off its neighbours. */
const seldomByChance = 0.01;
/** Beyond this nothing is said, unless the cell is so far off its neighbours that this alone is a finding. */
const mayBeChance = 0.05;
/** So many widths of the others, and at least so far, is a cell off. */
const offWidths = 3;
const leastOff = 0.1;

/** Digits that were measured, without zeros that only fill up. */
const digitsOf = (text: string): number =>
  text
    .replace(/e.*$/i, '')
    .replace(/^[^1-9]*/, '')
    .replaceAll(/\D/g, '').length;

function checkSheet(sheet: Sheet): Finding[] {
  const rows = new Map(sheet.rows.flatMap((row) => row.cells.map((cell) => [cell, row] as const)));
  const isMeasured = ({ column }: CheckCell): boolean =>
    measured.has(column.quantity) && column.statistic !== 'max' && !isIdeal(column);
  const bases = new Set(scaled.flatMap((dimension) => [...(baseRows(sheet, dimension)?.values() ?? [])]));
  return seriesOfSheet(sheet, isMeasured).flatMap((series) => {
    const telling = series.filter(({ cell }) => digitsOf(cell.text) >= 4);
    const groups = [...Map.groupBy(telling, ({ cell }) => cell.value).values()].map((group) =>
      withoutTwins(group, rows, bases),
    );
    const repeated = groups.filter(
      (group) => group.length > 1 && areDifferent(group) && !areComputed(group, rows),
    );
    if (repeated.length === 0) return [];
    const chance = expectedPairs(telling);
    const off = offCells(series);
    const far = new Set(farOff(series).map(({ cell }) => cell));
    return repeated.flatMap((group) => judge(group, chance, off, far));
  });
}

/** Lone runs that are repeated beside sets of several sizes are one run. */
const repeatedOnPurpose = new Set(['instances', 'instance_id', 'replica']);

function areDifferent(group: readonly Placed[]): boolean {
  const keys = group.map(({ place }) =>
    JSON.stringify(Object.entries(place).filter(([name]) => !repeatedOnPurpose.has(name))),
  );
  return new Set(keys).size > 1;
}

/** In the first row along a dimension, a total and a number per device are one. */
function withoutTwins(
  group: readonly Placed[],
  rows: ReadonlyMap<CheckCell, CheckRow>,
  bases: ReadonlySet<CheckRow>,
): readonly Placed[] {
  return group.filter(({ cell }, index) => {
    const row = rows.get(cell)!;
    return !bases.has(row) || group.findIndex((other) => rows.get(other.cell) === row) === index;
  });
}

/** Throughputs that follow from the latencies of their rows are no copies: the latencies differ. */
function areComputed(group: readonly Placed[], rows: ReadonlyMap<CheckCell, CheckRow>): boolean {
  return group.every(({ cell }) => {
    const row = rows.get(cell)!;
    const batch = row.cells.find(({ column }) => column.quantity === 'batch')?.value;
    if (cell.column.quantity !== 'throughput' || batch === undefined) return false;
    return measuresOf(row, 'latency').some(
      ({ column, value }) =>
        column.statistic === 'average' &&
        isAlike(column, cell.column) &&
        Math.abs((cell.value * value) / batch / 1000 - 1) < 0.02,
    );
  });
}

/** How near numbers must be to count as a neighbourhood: in some tables many lie close together. */
const neighbourhoods = [0.2, 0.05, 0.01, 0.002];
/** Fewer other numbers don't show how close together they lie. */
const fewestNear = 3;

/** Pairs of equal numbers to expect, where each may fall on any last digit of its neighbourhood, the densest one. */
function expectedPairs(series: readonly Placed[]): number {
  const cells = series.map(({ cell }) => cell).sort((a, b) => a.value - b.value);
  const odds = neighbourhoods.map((nearby) => oddsOf(cells, nearby));
  return cells.reduce((sum, _, index) => sum + Math.max(...odds.map((one) => one[index]!)) / 2, 0);
}

/** For each of ascending cells, how many others to expect on its last digit. */
function oddsOf(cells: readonly CheckCell[], nearby: number): number[] {
  const reach = Math.exp(nearby);
  let [first, behind] = [0, 0];
  return cells.map(({ value, half }) => {
    while (cells[first]!.value * reach <= value) first++;
    while (behind < cells.length && cells[behind]!.value < value * reach) behind++;
    const near = behind - first - 1;
    const isTelling = near >= fewestNear || nearby === neighbourhoods[0];
    return isTelling ? near * Math.min(1, half / (value * nearby)) : 0;
  });
}

/** Cells farther from what their neighbours promise than is usual in the table. */
function offCells(series: readonly Placed[]): Set<CheckCell> {
  const residuals = residualsOfSeries(series);
  if (residuals.length === 0) return new Set();
  const limit = Math.max(leastOff, offWidths * spreadOf(residuals.map(({ fromMiddle }) => fromMiddle)));
  return new Set(residuals.filter(({ residual }) => Math.abs(residual) > limit).map(({ cell }) => cell));
}

type Cells = ReadonlySet<CheckCell>;

function judge(group: readonly Placed[], chance: number, off: Cells, far: Cells): Finding[] {
  const cells = group.map(({ cell }) => cell);
  const suspects = cells.filter((cell) => off.has(cell) || far.has(cell));
  const isFound =
    chance < hardlyByChance ||
    (chance < seldomByChance && suspects.length > 0) ||
    (chance < 1 && cells.some((cell) => far.has(cell)));
  if (!isFound && chance >= mayBeChance) return [];
  const ordered = [...suspects, ...cells.filter((cell) => !suspects.includes(cell))];
  const [first, ...rest] = ordered.map(found);
  const where = cells.map(
    ({ line, place, column }) => `${line === null ? place : `line ${line}`} "${column.name}"`,
  );
  const why =
    suspects.length > 0
      ? `; ${suspects.length === 1 ? 'the first is' : 'they are'} off what the neighbours promise`
      : '';
  const odds =
    chance < 1e-6
      ? 'never'
      : `in about one such table of ${Math.max(2, Math.round(1 / chance)).toLocaleString('en-US')}`;
  return [
    {
      rule: repeatedNumber.name,
      severity: isFound ? 'implausible' : 'note',
      cells: [first!, ...rest],
      text: `${first!.value} stands in ${where.join(' and ')}, whose settings differ: by chance that happens ${odds}${why}`,
      expected: null,
      count: cells.length,
    },
  ];
}
