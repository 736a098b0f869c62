import { show, showLike } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import { axisNames, farOff, type Placed, seriesOfSheet } from '../neighbours.ts';
import type { Residual } from '../promises.ts';
import { describePlace } from '../sheet.ts';
import type { CheckCell, Finding, Rule, Sheet } from '../types.ts';

/** A number that its neighbours along two dimensions do not promise, where they promise all the others. */
export const farOffNeighbours: Rule = {
  name: 'far-off-neighbours',
  severity: 'implausible',
  about: 'a cell far off what its neighbours promise',
  check: (sheets) => sheets.flatMap(checkSheet),
};

/** The largest of many runs is one run: it may be anything. */
const isSteady = ({ column: { quantity, statistic, isSteady } }: CheckCell): boolean =>
  isSteady !== false &&
  ['latency', 'throughput', 'time-to-train'].includes(quantity) &&
  !['max', 'min', 'deviation', 'error'].includes(statistic ?? '');

function checkSheet(sheet: Sheet): Finding[] {
  const findings = seriesOfSheet(sheet, isSteady).flatMap((series) => {
    const names = axisNames(series);
    return farOff(series)
      .filter(isBeyondError)
      .map((far) => ({ far, finding: describe(far, series, names) }));
  });
  const causes = Map.groupBy(findings, ({ far: { cell, place } }) =>
    JSON.stringify([cell.column.quantity, cell.line, place]),
  );
  return [...causes.values()].map((group) => together(group.map(({ finding }) => finding)));
}

/** Several statistics of the same runs that are far off are one finding. */
function together([first, ...rest]: readonly Finding[]): Finding {
  if (rest.length === 0) return first!;
  const [cell, ...others] = first!.cells;
  const alike = rest.map(({ cells }) => cells[0]);
  const list = alike.map(({ column, value }) => `${JSON.stringify(column)} ${value}`).join(', ');
  return {
    ...first!,
    cells: [cell, ...alike, ...others],
    text: `${first!.text}; and so ${rest.length === 1 ? 'is' : 'are'} ${list}`,
    count: rest.length + 1,
  };
}

/** A cell whose own interval reaches to what is promised is only badly known. */
function isBeyondError({ cell, promised }: Residual): boolean {
  return cell.interval === undefined || promised < cell.interval[0] || promised > cell.interval[1];
}

function describe(
  { cell, place, promised }: Residual,
  series: readonly Placed[],
  names: readonly string[],
): Finding {
  const factor = cell.value > promised ? cell.value / promised : promised / cell.value;
  const expected = showLike(promised, cell);
  const text = `${cell.text} at ${describePlace(place, names)} is ${show(factor)} times ${cell.value > promised ? 'above' : 'below'} what its neighbours promise`;
  return makeFinding(
    farOffNeighbours,
    [cell, ...nearest(cell, place, series, names)],
    text,
    `about ${expected}`,
  );
}

/** The cells that differ in one dimension only, to look at. */
function nearest(
  cell: CheckCell,
  place: Placed['place'],
  series: readonly Placed[],
  names: readonly string[],
): CheckCell[] {
  return series
    .filter(
      (other) =>
        other.cell !== cell && names.filter((name) => other.place[name] !== place[name]).length === 1,
    )
    .map((other) => other.cell)
    .slice(0, 4);
}
