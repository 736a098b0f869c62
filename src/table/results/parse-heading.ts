import { takePrecision } from './precision.ts';
import { takeStatistic } from './statistics.ts';
import type { ColumnRole, Qualifier, Quantity, ResultColumn, Statistic } from './types.ts';
import { takeUnit, type Unit } from './units.ts';
import { terms } from './vocabulary.ts';

/** A heading by itself; what its neighbours and values tell is added later. */
export interface Heading {
  readonly role: ColumnRole;
  readonly quantity: Quantity;
  readonly statistic: Statistic | null;
  readonly unit: Unit | null;
  readonly parts: readonly Qualifier[];
  readonly ratio: ResultColumn['ratio'];
}

/**
 * Understands a heading such as `Latency-90%(ms)`, `Throughput - mixed precision`, `Batch size / GPU: TF32, FP16` or
 * `Speedup (FP32 to TF32)` by its words, in any order: unit, statistic, precision, quantity; what is left is a label.
 */
export function parseHeading(name: string): Heading {
  const text = plain(name);
  if (/^(?:seed|run|trial|rep|repetition) ?#?-?\d+$/.test(text))
    return { role: 'seed', quantity: 'seed', statistic: null, unit: null, parts: [none], ratio: null };
  const [head, list] = splitList(text);
  const { ratio, rest: afterRatio } = takeRatio(head);
  const isTime = /\btime to\b|\btrain(?:ing)? time\b|\bduration\b/.test(afterRatio);
  const { unit, rest: afterUnit } = takeUnit(afterRatio, isTime);
  const isQuantile = terms.find(({ words }) => words.test(afterUnit))?.role !== 'dimension';
  const { statistic, rest: afterStatistic } = isQuantile
    ? takeStatistic(afterUnit)
    : { statistic: null, rest: afterUnit };
  // A column of precisions is headed by the word itself.
  const own = /^\W*(?:precision|data ?types?|d ?types?)\W*$/.test(afterStatistic);
  const { precision, rest } = own ? { precision: null, rest: afterStatistic } : takePrecision(afterStatistic);
  const found = terms.find(({ words }) => words.test(rest)) ?? implied(unit, statistic);
  const label = labelOf(found === null ? rest : rest.replace(found.words, ' '));
  const whole: Qualifier = { precision, label };
  return {
    role: found?.role ?? 'unknown',
    quantity: found?.quantity ?? 'unknown',
    statistic,
    unit,
    parts: list.length === 0 ? [whole] : list.map((part) => qualifierOf(part, whole)),
    ratio,
  };
}

const none: Qualifier = { precision: null, label: '' };

/** Lower case, without Markdown's emphasis; underscores are spaces. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[*`"]/g, ' ').replaceAll('_', ' ').replaceAll(/\s+/g, ' ').trim();
}

/** A heading and the list behind its colon; a single word there is no list. */
function splitList(text: string): [string, string[]] {
  const colon = text.indexOf(':');
  const list =
    colon < 0
      ? []
      : text
          .slice(colon + 1)
          .split(',')
          .map((part) => part.trim());
  return list.length > 1 ? [text.slice(0, colon), list] : [text.replace(':', ' '), []];
}

/** What a ratio is from and to: `(FP32 - mixed precision)`, `(TF32 to FP16)`, `vs FP32`. */
function takeRatio(text: string): { readonly ratio: ResultColumn['ratio']; readonly rest: string } {
  const unchanged = { ratio: null, rest: text };
  if (!/speed[ -]?up|relative|improvement|ratio/.test(text)) return unchanged;
  const bracket = /[([]([^)\]]+)[)\]]/.exec(text);
  const sides = bracket?.[1]?.split(/ - | to | → | -> |→|->/) ?? [];
  if (sides.length === 2)
    return {
      ratio: { from: qualifierOf(sides[0]!, none), to: qualifierOf(sides[1]!, none) },
      rest: text.replace(bracket![0], ' '),
    };
  const [, to = '', from = ''] =
    /^(.*)\b(?:vs\.?|versus|over|against|relative to) (.+)$/.exec(bracket?.[1] ?? text) ?? [];
  const base = qualifierOf(from.replaceAll(/[()[\]]/g, ' '), none);
  if (from === '' || base.precision === null) return unchanged;
  const { precision } = takePrecision(to);
  return {
    ratio: { from: base, to: { precision, label: '' } },
    rest:
      bracket === null
        ? text.replace(/\b(?:vs\.?|versus|over|against|relative to) .+$/, ' ')
        : text.replace(bracket[0], ' '),
  };
}

function qualifierOf(text: string, whole: Qualifier): Qualifier {
  const { precision, rest } = takePrecision(text);
  return { precision: precision ?? whole.precision, label: labelOf(`${rest} ${whole.label}`) };
}

/** Units and percentiles alone say enough: `images/s`, `P99 (ms)`. */
function implied(unit: Unit | null, statistic: Statistic | null): (typeof terms)[number] | null {
  const quantity =
    unit?.kind === 'rate'
      ? 'throughput'
      : unit?.kind === 'time' || statistic?.startsWith('p')
        ? 'latency'
        : null;
  return quantity === null ? null : terms.find((one) => one.quantity === quantity)!;
}

/** Words that say nothing by themselves. */
const fillers =
  /\b(?:of|the|a|an|in|per|for|with|at|on|and|by|is|value|values|total|number|num|size|results?|gpu|steady|state)\b/g;

function labelOf(text: string): string {
  return text
    .replaceAll(fillers, ' ')
    .replaceAll(/[^\p{L}\p{N}.%+]+/gu, ' ')
    .trim();
}
