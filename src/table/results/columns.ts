import type { RawRow } from '../read-row.ts';
import { type Heading, parseHeading } from './parse-heading.ts';
import { isMissing, readNumber } from './read-number.ts';
import type { Quantity, ResultColumn } from './types.ts';
import { wordy } from './words.ts';

/** The columns of a table, from their headings, and from their values where a heading leaves it open. */
export function understandColumns(names: readonly string[], rows: readonly RawRow[]): ResultColumn[] {
  const headings = names.map(parseHeading);
  const hasSeeds = headings.filter(({ role }) => role === 'seed').length > 1;
  const hasLatency = headings.some(({ quantity }) => quantity === 'latency');
  return names.map((name, index) => {
    const texts = rows.map(({ fields }) => fields[index] ?? '').filter((text) => !isMissing(text));
    const numeric = texts.filter(isNumeric).length;
    // Below a heading that is understood, a few words among numbers are wrong cells, not another kind of column.
    const isKnown = headings[index]!.role === 'measure';
    const isText = texts.length > 0 && (isKnown ? numeric * 2 < texts.length : numeric < texts.length);
    const heading = settle(headings[index]!, { isText, hasSeeds, hasLatency });
    return {
      name,
      position: index + 1,
      role: heading.role,
      quantity: heading.quantity,
      statistic: heading.statistic,
      unit: heading.unit?.text ?? null,
      scale: scaleOf(heading),
      parts: heading.parts,
      ratio: heading.ratio,
    };
  });
}

/** `8`, `64 , 32`, `32 x 16`. */
const isNumeric = (text: string): boolean =>
  text
    .split(/\s*[,;/|]\s*|(?<=\d)\s*[x×]\s*(?=\d)/)
    .every((piece) => isMissing(piece) || readNumber(piece) !== null);

/** What else is known when a heading is read: its values, and its neighbours. */
interface Around {
  readonly isText: boolean;
  readonly hasSeeds: boolean;
  readonly hasLatency: boolean;
}

function settle(heading: Heading, { isText, hasSeeds, hasLatency }: Around): Heading {
  const { role, quantity, statistic } = heading;
  const to = (role: Heading['role'], quantity: Quantity): Heading => ({ ...heading, role, quantity });
  // `Final Loss` and `F1` stand below a heading that tells what all seeds had in common.
  if (hasSeeds && isText && !(role === 'dimension' && wordy.has(quantity))) return to('dimension', 'metric');
  // `mean` and `std` are those of the seeds beside them.
  if (hasSeeds && quantity === 'unknown' && statistic !== null) return to('measure', 'seed');
  if (quantity === 'unknown' && statistic !== null && hasLatency && !isText) return to('measure', 'latency');
  if (isText && (role === 'unknown' || role === 'measure')) return to('dimension', 'setting');
  if (isText && quantity === 'devices') return to('dimension', 'system');
  // `Server Queue` with numbers below it is no server.
  if (!isText && quantity === 'system' && heading.parts[0]!.label !== '') return to('unknown', 'unknown');
  return heading;
}

/** Latencies count in ms, times to train in hours, rates in items/s, efficiencies as shares. */
function scaleOf({ quantity, unit }: Heading): number {
  if (unit?.kind === 'time') return quantity === 'time-to-train' ? unit.ms / 3_600_000 : unit.ms;
  if (unit?.kind === 'rate') return unit.perSecond;
  if (unit?.kind === 'percent' && quantity === 'efficiency') return 0.01;
  return 1;
}
