import type { BurstShape, DayShape, Segment } from './segments.ts';

/** How requests arrive. Rates are requests per second. */
export type Shape =
  /** Equal gaps. */
  | { readonly kind: 'constant'; readonly rate: number }
  /** Independent, exponential gaps: what many independent clients send. */
  | { readonly kind: 'poisson'; readonly rate: number }
  /** Independent arrivals, whose rate goes up and down; `rate` is its mean. */
  | ({ readonly kind: 'bursts'; readonly rate: number } & BurstShape)
  | { readonly kind: 'steps'; readonly steps: readonly Segment[] }
  | { readonly kind: 'ramp'; readonly from: number; readonly to: number }
  | ({ readonly kind: 'day'; readonly rate: number } & DayShape);

/** A shape as it is given, before its rate is known; `rate` null: it has rates of its own. */
export type ParsedShape =
  | { readonly kind: 'constant' | 'poisson' }
  | ({ readonly kind: 'bursts' } & BurstShape)
  | { readonly kind: 'steps'; readonly steps: readonly Segment[] }
  | { readonly kind: 'ramp'; readonly from: number; readonly to: number }
  | ({ readonly kind: 'day' } & DayShape);

/** How shapes are written. */
export const shapesSyntax =
  'poisson, constant, bursts:on=1s,off=4s, steps:10@30s,80@30s, ramp:10-200 or day:period=10m';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 };

function timeOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|min|h)$/.exec(text.trim()) ?? [];
  return number === '' ? Number.NaN : Number(number) * units[unit]!;
}

const numberOf = (text: string): number => (/^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN);

/** Reads a shape; gives a sentence that says what is wrong where it is none. */
export function parseShape(text: string): ParsedShape | string {
  const [kind = '', rest = ''] = splitAt(text, ':');
  switch (kind) {
    case 'poisson':
    case 'constant':
      return rest === '' ? { kind } : `${kind} takes no settings`;
    case 'bursts':
      return withSettings(rest, { on: 1000, off: 4000 }, { low: 0 }, ({ on, off, low }) =>
        low! > 1 ? 'low is a share of the mean, at most 1' : { kind, onMs: on!, offMs: off!, low: low! },
      );
    case 'day':
      return withSettings(
        rest,
        { period: 86_400_000 },
        { low: 0.2, noise: 0.1 },
        ({ period, low, noise }) => {
          if (low! > 1) return 'low is a share of the mean, at most 1';
          return noise! > 2 ? 'noise is at most 2' : { kind, periodMs: period!, low: low!, noise: noise! };
        },
      );
    case 'steps':
      return stepsOf(rest);
    case 'ramp':
      return rampOf(rest);
    default:
      return `"${text}" is no shape of arrivals; there are ${shapesSyntax}`;
  }
}

function stepsOf(text: string): ParsedShape | string {
  const steps = text.split(',').map((part) => {
    const [rate = '', time = ''] = splitAt(part, '@');
    return { perSecond: numberOf(rate), durationMs: timeOf(time) };
  });
  const good = steps.every(
    ({ perSecond, durationMs }) => perSecond >= 0 && perSecond <= 1e6 && durationMs > 0,
  );
  if (!good || steps.length > 10_000)
    return `"${text}" are no steps: give RATE@TIME, with commas between, such as 10@30s,80@30s`;
  return steps.some(({ perSecond }) => perSecond > 0)
    ? { kind: 'steps', steps }
    : 'all steps have a rate of 0';
}

function rampOf(text: string): ParsedShape | string {
  const [from = '', to = ''] = splitAt(text, '-');
  const [low, high] = [numberOf(from), numberOf(to)];
  if (low >= 0 && high >= 0 && low + high > 0 && Math.max(low, high) <= 1e6)
    return { kind: 'ramp', from: low, to: high };
  return `"${text}" is no ramp: give two rates, such as 10-200`;
}

/** `name=value,…` over defaults: times, and plain numbers. */
function withSettings(
  text: string,
  times: Readonly<Record<string, number>>,
  numbers: Readonly<Record<string, number>>,
  make: (values: Readonly<Record<string, number>>) => ParsedShape | string,
): ParsedShape | string {
  const values: Record<string, number> = { ...times, ...numbers };
  for (const part of text === '' ? [] : text.split(',')) {
    const [name = '', value = ''] = splitAt(part, '=');
    const isTime = name in times;
    if (!isTime && !(name in numbers))
      return `"${name}" is none of ${[...Object.keys(times), ...Object.keys(numbers)].join(', ')}`;
    const number = isTime ? timeOf(value) : numberOf(value);
    if (!(isTime ? number > 0 : number >= 0))
      return `${name}=${value}: ${isTime ? 'give a time such as 500ms, 2s or 10m' : 'give a number from 0'}`;
    values[name] = number;
  }
  return make(values);
}

function splitAt(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
