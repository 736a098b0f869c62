import { show } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import { isAlike, isSamePrecision, measuresOf } from '../sheet.ts';
import type { CheckCell, CheckColumn, CheckRow, Finding, Rule, Sheet } from '../types.ts';
import { accuracyRows, runsOf } from './accuracy-and-seeds.ts';

/** A difference that the error of its numbers explains shows nothing. */
export const effectWithinError: Rule = {
  name: 'effect-within-error',
  severity: 'implausible',
  about: 'an effect no larger than its error',
  check: (sheets) => [
    ...sheets.flatMap(({ rows }) => rows.flatMap(statedEffects)),
    ...accuracies(sheets),
    ...sheets.flatMap(ownErrors),
  ],
};

/** A speed-up with an error beside it that reaches to 1. */
function statedEffects(row: CheckRow): Finding[] {
  return measuresOf(row, 'speed-up').flatMap((effect) => {
    if (effect.column.statistic !== 'average') return [];
    const error = row.cells.find(
      ({ column }) =>
        column.role === 'measure' && ['error', 'deviation'].includes(column.statistic ?? '') &&
        column.quantity === 'speed-up' && isAlike(column, effect.column),
    ); // biome-ignore format: a list of what must hold
    const none = effect.column.isPercent === true ? 0 : 1;
    const distance = Math.abs(effect.value - none);
    if (error === undefined || distance === 0 || distance > error.value) return [];
    const text = `${effect.text} is ${show(distance)} from ${none}, no more than its error ${error.text}`;
    return [makeFinding(effectWithinError, [effect, error], text, 'no difference shown')];
  });
}

/** Two accuracies side by side, closer than the spread of the seeds they were taken from. */
function accuracies(sheets: readonly Sheet[]): Finding[] {
  const runs = sheets.flatMap(runsOf).filter(({ deviation }) => deviation !== null);
  return accuracyRows(sheets).flatMap((cells) =>
    cells.flatMap((a, index) =>
      cells.slice(index + 1).flatMap((b) => {
        const near = (cell: CheckCell) =>
          runs.find(
            ({ precision, seeds }) =>
              isSamePrecision(precision, cell.column.precision) &&
              seeds.some(({ value }) => Math.abs(value / cell.value - 1) < 0.005),
          );
        const [one, other] = [near(a), near(b)];
        if (one === undefined || other === undefined || one.metric !== other.metric) return [];
        return compare(a, b, one.deviation!, other.deviation!);
      }),
    ),
  );
}

/**
 * Accuracies of two methods with an error beside each. A table may be about that they are the same; where at least half of
 * its rows show a difference, the others are told of.
 */
function ownErrors({ columns, rows }: Sheet): Finding[] {
  const means = columns.filter(
    ({ role, quantity, statistic }) =>
      role === 'measure' && (quantity === 'accuracy' || quantity === 'loss') && statistic === 'average',
  );
  return means.flatMap((first, index) =>
    means.slice(index + 1).flatMap((second) => {
      const isPair = first.quantity === second.quantity && first.precision === second.precision;
      const compared = isPair ? rows.flatMap((row) => compareOwn(row, first, second)) : [];
      const within = compared.flatMap((one) => one ?? []);
      return within.length * 2 <= compared.length ? within : [];
    }),
  );
}

/** Nothing where a row has no errors, null where they are small enough. */
function compareOwn({ cells }: CheckRow, first: CheckColumn, second: CheckColumn): (Finding | null)[] {
  const [a, b] = [first, second].map((column) => cells.find((cell) => cell.column === column));
  const [ofA, ofB] = [first, second].map((mean) =>
    cells.find(
      ({ column }) =>
        ['deviation', 'error'].includes(column.statistic ?? '') &&
        column.quantity === mean.quantity &&
        isAlike(column, mean),
    ),
  );
  if (a === undefined || b === undefined || ofA === undefined || ofB === undefined) return [];
  return [compare(a, b, ofA, ofB)[0] ?? null];
}

function compare(a: CheckCell, b: CheckCell, first: CheckCell, second: CheckCell): Finding[] {
  const difference = Math.abs(a.value - b.value);
  const error = Math.hypot(first.value, second.value);
  if (difference === 0 || difference > error) return [];
  const text = `${a.text} and ${b.text} differ by ${show(difference)}, no more than runs do: the standard deviations ${first.text} and ${second.text} make √(${first.text}² + ${second.text}²) = ${show(error)}`;
  return [makeFinding(effectWithinError, [a, b, first, second], text, 'no difference shown')];
}
