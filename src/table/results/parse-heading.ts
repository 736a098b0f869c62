import { takePrecision } from './precision.ts';
import { takeStatistic } from './statistics.ts';
import type { ColumnRole, Qualifier, Quantity, ResultColumn, Statistic } from './types.ts';
import { ofItems, takeUnit, type Unit } from './units.ts';
import { terms } from './vocabulary.ts';

/** A heading by itself; what its neighbours and values tell is added later. */
export interface Heading {
  readonly role: ColumnRole;
  readonly quantity: Quantity;
  readonly statistic: Statistic | null;
  readonly unit: Unit | null;
  readonly parts: readonly Qualifier[];
  readonly ratio: ResultColumn['ratio'];
  readonly per: string | null;
}

/**
 * Understands a heading such as `Latency-90%(ms)`, `Throughput - mixed precision`, `Batch size / GPU: TF32, FP16` or
 * `Speedup (FP32 to TF32)` by its words, in any order: unit, statistic, precision, quantity; what is left is a label.
 */
export function parseHeading(name: string): Heading {
  const text = plain(name);
  if (isSeed(text))
    return { ...nothing, role: 'seed', quantity: 'seed', statistic: null, unit: null, parts: [none] };
  const [head, list] = splitList(text);
  const { ratio, rest: afterRatio } = takeRatio(head);
  const isTime = /\btime to\b|\btrain(?:ing)? time\b|\bduration\b/.test(afterRatio);
  const { unit, rest: afterUnit } = takeUnit(afterRatio, isTime);
  const { per, rest: afterPer } = takePer(afterUnit);
  const isDimension = termOf(afterPer, unit)?.role === 'dimension';
  const { statistic, rest: afterStatistic } = isDimension
    ? { statistic: null, rest: afterPer }
    : takeStatistic(afterPer);
  // A column of precisions is headed by the word itself.
  const own = /^\W*(?:precision|data ?types?|d ?types?)\W*$/.test(afterStatistic);
  const { precision, rest } = own ? { precision: null, rest: afterStatistic } : takePrecision(afterStatistic);
  const named = termOf(rest, unit);
  const found = named ?? implied(unit, statistic);
  const words = labelOf(named === null ? rest : rest.replace(named.words, ' '));
  const isMeasure = found?.role === 'measure';
  const label = isMeasure && per !== null && !ofItems.test(per) ? `${words} per ${per}`.trim() : words;
  const whole: Qualifier = { precision, label };
  return {
    role: found?.role ?? 'unknown',
    quantity: found?.quantity ?? 'unknown',
    statistic,
    unit,
    parts: list.length === 0 ? [whole] : list.map((part) => qualifierOf(part, whole)),
    ratio,
    per,
  };
}

const nothing = { ratio: null, per: null };

/** `seed 3`, `run #2`, and `Top-1 acc (%) seed=42`: one run of those that a mean is of. */
function isSeed(text: string): boolean {
  const [, head] = /^(.*?)[([]?\b(?:seed|run|trial|rep|repetition) ?[#=:]?-? ?\d+[)\]]?$/.exec(text) ?? [];
  if (head === undefined) return false;
  const term = terms.find(({ words }) => words.test(head));
  return /^\W*$/.test(head) || term?.quantity === 'accuracy' || term?.quantity === 'loss';
}

/**
 * The first term whose words stand in a heading. What is counted in time, in items a second or in bytes is no dimension,
 * whatever its words: `GPU (img/s)`, `4 threads (items/s)`.
 */
function termOf(text: string, unit: Unit | null): (typeof terms)[number] | null {
  const found = terms.find(({ words }) => words.test(text)) ?? null;
  const isCount = unit === null || unit.kind === 'times';
  return found?.role === 'dimension' && !isCount ? null : found;
}

/** `per GPU`, `/ node`, `per 1M tokens`: what stands there never names the quantity. */
function takePer(text: string): { readonly per: string | null; readonly rest: string } {
  const pattern = /(?:\bper[ -]|\/ ?)((?:[\d.]+ ?[km]? )?[\p{L}$]+)/gu;
  const word = pattern.exec(text)?.[1];
  if (word === undefined) return { per: null, rest: text };
  const known = synonyms.find(([words]) => words.test(word));
  return { per: known?.[1] ?? word, rest: text.replaceAll(pattern, ' ') };
}

const synonyms: readonly (readonly [RegExp, string])[] = [
  [/^(?:gpus?|devices?|accelerators?|chips?|tpus?)$/, 'device'],
  [/^(?:nodes?|hosts?|machines?)$/, 'node'],
  [/^(?:threads?|v?cpus?|cores?)$/, 'thread'],
  [/^(?:instances?|workers?|streams?)$/, 'instance'],
  [/^(?:w|watts?)$/, 'watt'],
  [/^(?:usd|\$|dollars?|€)$/, 'dollar'],
  [/^(?:users?|clients?|requests?)$/, 'request'],
];

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

/**
 * What a ratio is from and to: `(FP32 - mixed precision)`, `(TF32 to FP16)`, `vs FP32`, `vs 8 GPUs`. `FP16 vs FP32` alone
 * is one where two columns bear these names.
 */
function takeRatio(text: string): { readonly ratio: ResultColumn['ratio']; readonly rest: string } {
  const unchanged = { ratio: null, rest: text };
  const isNamed = /speed[ -]?up|\b(?:relative|improvement|gain|reduction|savings?|ratio)\b/.test(text);
  if (!isNamed && !/.\b(?:vs\.?|versus) ./.test(text)) return unchanged;
  const unit = /[([](?:%|x|×)[)\]]/.exec(text)?.[0] ?? '';
  const bare = text.replace(unit, ' ');
  const bracket = /[([]([^)\]]+)[)\]]/.exec(bare);
  const sides = bracket?.[1]?.split(/ - | to | → | -> |→|->/) ?? [];
  if (sides.length === 2)
    return {
      ratio: { from: qualifierOf(sides[0]!, none), to: qualifierOf(sides[1]!, none) },
      rest: text.replace(bracket![0], ' '),
    };
  const within = bracket === null ? null : versus.exec(bracket[1]!);
  const [whole, to, from] = within ?? versus.exec(bare) ?? [];
  if (whole === undefined) return unchanged;
  const { precision, rest } = takePrecision(to!);
  const label = isNamed ? '' : labelOf(rest);
  const replaced =
    within === null ? bare.replace(whole, isNamed ? to! : ' ') : bare.replace(bracket![0], ' ');
  return {
    ratio: { from: qualifierOf(from!, none), to: { precision, label } },
    rest: `${replaced} ${unit}`,
  };
}

const versus = /^(.*)\b(?:vs\.?|versus|over|against|relative to|compared (?:to|with)) (.+)$/;

function qualifierOf(text: string, whole: Qualifier): Qualifier {
  const { precision, rest } = takePrecision(text);
  return { precision: precision ?? whole.precision, label: labelOf(`${rest} ${whole.label}`) };
}

/** Units and percentiles alone say enough: `images/s`, `P99 (ms)`, `TFLOP/s`. */
function implied(unit: Unit | null, statistic: Statistic | null): (typeof terms)[number] | null {
  const quantity =
    unit?.kind === 'rate'
      ? 'throughput'
      : unit?.kind === 'time' || statistic?.startsWith('p')
        ? 'latency'
        : unit?.kind === 'other'
          ? others.find(([words]) => words.test(unit.text))?.[1]
          : undefined;
  return quantity === undefined ? null : terms.find((one) => one.quantity === quantity)!;
}

/** What units that are no time and no rate are of. */
const others: readonly (readonly [RegExp, Quantity])[] = [
  [/flop/, 'flops'],
  [/^(?:bytes|[kmgt]i?b)$/, 'memory'],
  [/^(?:w|watts?|k?wh|m?j|joules?)$/, 'power'],
  [/^(?:usd|\$|€)$/, 'cost'],
];

/** Words that say nothing by themselves. */
const fillers =
  /\b(?:of|the|a|an|in|per|for|with|at|on|and|by|is|value|values|total|number|num|size|results?|gpu|steady|state)\b/g;

function labelOf(text: string): string {
  return text
    .replaceAll(fillers, ' ')
    .replaceAll(/[^\p{L}\p{N}.%+]+/gu, ' ')
    .trim();
}
