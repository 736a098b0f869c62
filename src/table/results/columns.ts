import type { RawRow } from '../read-row.ts';
import { type Heading, parseHeading } from './parse-heading.ts';
import { isMissing, readNumber } from './read-number.ts';
import type { Quantity, ResultColumn } from './types.ts';
import { wordy } from './words.ts';

/**
 * The columns of a table, from their headings, and from their values where a heading leaves it open.
 *
 * @param guess Whole numbers under a heading that nobody understands, whose levels come back, are taken for a dimension.
 */
export function understandColumns(
  names: readonly string[],
  rows: readonly RawRow[],
  guess: boolean,
): ResultColumn[] {
  const headings = names.map(parseHeading);
  const hasSeeds = headings.filter(({ role }) => role === 'seed').length > 1;
  const hasLatency = headings.some(({ quantity }) => quantity === 'latency');
  return names.map((name, index) => {
    const texts = rows.map(({ fields }) => fields[index] ?? '').filter((text) => !isMissing(text));
    const { isText, hasFractions, isCounted, scale, ...own } = valuesOf(texts, headings[index]!);
    const around = { isText, hasFractions, hasSeeds, hasLatency, isNamed: isNamedRatio(headings, index) };
    const settled = settle({ ...headings[index]!, ...own }, around);
    const heading =
      guess && isCounted && settled.role === 'unknown'
        ? { ...settled, role: 'dimension' as const, quantity: 'setting' as const }
        : settled;
    return {
      name,
      position: index + 1,
      role: heading.role,
      quantity: heading.quantity,
      statistic: heading.statistic,
      unit: heading.unit?.text ?? null,
      scale: heading.quantity === 'efficiency' ? scale : scaleOf(heading),
      parts: heading.parts,
      ratio: heading.ratio,
      per: heading.per,
    };
  });
}

/** What the values of a column say of it. */
interface Values {
  readonly isText: boolean;
  readonly hasFractions: boolean;
  /** Whole numbers of few levels, each of them twice or more often on average. */
  readonly isCounted: boolean;
  readonly unit: Heading['unit'];
  readonly quantity: Quantity;
  /** Of a share: 0.01 where it is printed in percent. */
  readonly scale: number;
}

function valuesOf(texts: readonly string[], { role, quantity, unit }: Heading): Values {
  const isKnown = role === 'measure';
  const numeric = texts.filter((text) => isNumeric(text, quantity === 'throughput')).length;
  const inPercent = texts.filter((text) => /\d\s*%$/.test(text.trim())).length;
  const percent = { kind: 'percent', text: '%' } as const;
  const own = unit === null && inPercent * 2 > texts.length ? percent : unit;
  const numbers = texts.flatMap((text) => readNumber(text)?.value ?? []);
  const isShare = isEfficiencyInPercent(quantity, own, numbers);
  return {
    // Below a heading that is understood, a few words among numbers are wrong cells, not another kind of column.
    isText: texts.length > 0 && (isKnown ? numeric * 2 < texts.length : numeric < texts.length),
    hasFractions: numbers.some((value) => !Number.isInteger(value)),
    isCounted:
      numbers.length === texts.length &&
      numbers.every((value) => Number.isSafeInteger(value) && value >= 0) &&
      new Set(numbers).size * 2 <= numbers.length,
    unit: own,
    quantity: isShare ? 'efficiency' : quantity,
    scale: isShare || (own?.kind === 'percent' && quantity === 'efficiency') ? 0.01 : 1,
  };
}

/** Above it a scaling in percent is a speed in percent of the first one, and no efficiency. */
const mostEfficient = 150;

/** A scaling or an efficiency is a share times 100 where it is in percent, or where a row has 100 and none has 1. */
function isEfficiencyInPercent(
  quantity: Quantity,
  unit: Heading['unit'],
  numbers: readonly number[],
): boolean {
  if (!['efficiency', 'scaling', 'weak-scaling', 'strong-scaling'].includes(quantity)) return false;
  const isPercent = unit?.kind === 'percent' || (numbers.includes(100) && !numbers.includes(1));
  const most = numbers.filter((value) => value <= mostEfficient).length;
  return isPercent && most * 2 > numbers.length && (quantity === 'efficiency' || most === numbers.length);
}

/** `FP16 vs FP32` is a ratio where other columns bear both names. */
function isNamedRatio(headings: readonly Heading[], index: number): boolean {
  const { ratio, quantity } = headings[index]!;
  if (ratio === null || quantity !== 'unknown') return false;
  const measures = headings.filter(({ role }) => role === 'measure').flatMap(({ parts }) => parts);
  return [ratio.from, ratio.to].every((side) =>
    measures.some(({ precision, label }) => precision === side.precision && label === side.label),
  );
}

/** `8`, `64 , 32`, `32 x 16`. */
const isNumeric = (text: string, hasThousands: boolean): boolean =>
  text
    .split(/\s*[,;/|]\s*|(?<=\d)\s*[x×]\s*(?=\d)/)
    .every((piece) => isMissing(piece) || readNumber(piece, hasThousands) !== null);

/** What else is known when a heading is read: its values, and its neighbours. */
interface Around {
  readonly isText: boolean;
  readonly hasFractions: boolean;
  readonly hasSeeds: boolean;
  readonly hasLatency: boolean;
  /** Whether other columns bear the names of a ratio. */
  readonly isNamed: boolean;
}

/** Dimensions that are counted, so that a fraction is none of them. */
const counts: ReadonlySet<Quantity> = new Set([
  ...(['devices', 'nodes', 'instances', 'concurrency', 'threads', 'interop-threads', 'batch'] as const),
  ...(['global-batch', 'accumulation', 'sequence'] as const),
]);

function settle(heading: Heading, around: Around): Heading {
  const { isText, hasFractions, hasSeeds, hasLatency, isNamed } = around;
  const { role, quantity, statistic } = heading;
  const to = (role: Heading['role'], quantity: Quantity): Heading => ({ ...heading, role, quantity });
  // `Final Loss` and `F1` stand below a heading that tells what all seeds had in common.
  if (hasSeeds && isText && !(role === 'dimension' && wordy.has(quantity))) return to('dimension', 'metric');
  // `mean`, `std` and `Mean accuracy` are those of the seeds beside them.
  if (hasSeeds && ['unknown', 'accuracy', 'loss'].includes(quantity) && statistic !== null)
    return to('measure', 'seed');
  if (isNamed && !isText) return to('measure', 'speed-up');
  if (counts.has(quantity) && !isText && hasFractions) return to('unknown', 'unknown');
  if (quantity === 'unknown' && statistic !== null && hasLatency && !isText) return to('measure', 'latency');
  if (isText && (role === 'unknown' || role === 'measure')) return to('dimension', 'setting');
  if (isText && quantity === 'devices') return to('dimension', 'system');
  // `Server Queue` with numbers below it is no server.
  if (!isText && ['system', 'model'].includes(quantity) && heading.parts[0]!.label !== '')
    return to('unknown', 'unknown');
  return heading;
}

/** Latencies count in ms, times to train in hours, rates in items/s. */
function scaleOf({ quantity, unit }: Heading): number {
  if (unit?.kind === 'time') return quantity === 'time-to-train' ? unit.ms / 3_600_000 : unit.ms;
  if (unit?.kind === 'rate') return unit.perSecond;
  return 1;
}
