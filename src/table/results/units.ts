/** Milliseconds of a unit of time, by its words. */
const times: readonly (readonly [RegExp, string, number])[] = [
  [/^(?:ns|nanosec(?:ond)?s?)$/, 'ns', 1e-6],
  [/^(?:us|µs|μs|usecs?|microsec(?:ond)?s?)$/, 'µs', 1e-3],
  [/^(?:ms|msecs?|millis|millisec(?:ond)?s?)$/, 'ms', 1],
  [/^(?:s|secs?|seconds?)$/, 's', 1000],
  [/^(?:mins?|minutes?)$/, 'min', 60_000],
  [/^(?:h|hrs?|hours?)$/, 'h', 3_600_000],
];

/** A unit: how it is written here, and what it is of. */
export type Unit =
  | { readonly kind: 'time'; readonly text: string; readonly ms: number }
  | { readonly kind: 'rate'; readonly text: string; readonly perSecond: number }
  | { readonly kind: 'percent' | 'times' | 'other'; readonly text: string };

const timeOf = (word: string): readonly [string, number] | null => {
  const found = times.find(([pattern]) => pattern.test(word));
  return found === undefined ? null : [found[1], found[2]];
};

/** The unit that a whole text is, such as `ms`, `sent/sec` or `images per second`; null: it is none. */
export function parseUnit(text: string): Unit | null {
  const word = text.trim();
  const time = timeOf(word);
  if (time !== null) return { kind: 'time', text: time[0], ms: time[1] };
  if (word === '%' || word === 'percent') return { kind: 'percent', text: '%' };
  if (word === 'x' || word === '×' || word === 'times') return { kind: 'times', text: '×' };
  if (other.test(word)) return { kind: 'other', text: word };
  const [, short] = /^(k?)(?:qps|fps|ips|rps|tps)$/.exec(word) ?? [];
  if (short !== undefined) return { kind: 'rate', text: word, perSecond: short === 'k' ? 1000 : 1 };
  const [, items = '', per = ''] = /^([\p{L}\d×^ ]+?)\s*(?:\/|\bper\b|⋅)\s*([\p{L}]+)$/u.exec(word) ?? [];
  const base = timeOf(per);
  if (base !== null && timeOf(items) === null)
    return {
      kind: 'rate',
      text: `${items.trim()}/${base[0]}`,
      perSecond: (factorOf(items) * 1000) / base[1],
    };
  // `ms/query` is a time as well: what it is of, the other columns tell.
  const each = base === null ? timeOf(items.trim()) : null;
  return each === null || !ofItems.test(per) ? null : { kind: 'time', text: each[0], ms: each[1] };
}

/** Sizes, data rates, arithmetic, power and money: no number of items, and no time. */
const other =
  /^(?:bytes|[kmgt]i?b|[kmgt]?i?b(?:ytes)?(?:\/| per )s(?:ec(?:ond)?)?|w|watts?|k?wh|m?j|joules?|usd|\$|€|[kmgtp]?flops?(?:(?:\/| per )s(?:ec(?:ond)?)?)?)$/;

/** What a batch has some of. */
export const ofItems =
  /^(?:batch|step|iteration|iter|item|inference|inf|run|query|request|req|sample|image|img|sentence|sequence)$/;

/** `K samples`, `million tokens`, `x1000 items` are counted in thousands or millions. */
function factorOf(items: string): number {
  const [, word = ''] = /^([\p{L}\d×^]+)(?= )/u.exec(items.trim()) ?? [];
  if (/^(?:k|thousands?|[x×]? ?1000|10\^3)$/.test(word)) return 1000;
  return /^(?:m|mio|millions?|10\^6)$/.test(word) ? 1e6 : 1;
}

/**
 * The unit that stands in a heading: in brackets, behind `in`, or at its end; and the heading without it. Bracketed
 * words that are no unit stay. A lone `min` is one of time only where `isTime` says that it can't be a minimum.
 */
export function takeUnit(
  text: string,
  isTime: boolean,
): { readonly unit: Unit | null; readonly rest: string } {
  // `(mean, ms)`: the unit is one of several things in there.
  for (const [match, inner] of text.matchAll(/[([{]([^)\]}]*)[)\]}]/g))
    for (const piece of inner!.split(/[,;]/)) {
      const unit = parseUnit(piece.trim().replace(/^in /, ''));
      if (unit === null || (!isTime && unit.text === 'min')) continue;
      return { unit, rest: text.replace(match, ` ${inner!.replace(piece, ' ')} `) };
    }
  const rate =
    /(?:\b(?:k|m|thousand|million) )?[\p{L}]+\s*(?:\/|\bper\b)\s*(?:s|sec|second|min|minute|h|hr|hour)s?\b/u.exec(
      text,
    )?.[0];
  const rated = rate === undefined ? null : parseUnit(rate);
  if (rated !== null) return { unit: rated, rest: text.replace(rate!, ' ') };
  const behind = /(?:\bin |[ ,-])(ns|us|µs|μs|usecs?|ms|msecs?|milliseconds?|microseconds?|s|secs?|seconds?|hrs?|hours?|%|k?qps|k?fps|k?ips|tps)\s*$/u.exec(text); // biome-ignore format: one pattern
  const trailing = behind === null ? null : parseUnit(behind[1]!);
  // `99 %` is a percentile, `top-5 %` hardly a unit either.
  if (trailing === null || (trailing.kind === 'percent' && /\d\s*%\s*$/.test(text))) {
    const alone = parseUnit(text);
    return alone === null || alone.text === 'min' ? { unit: null, rest: text } : { unit: alone, rest: ' ' };
  }
  return { unit: trailing, rest: text.slice(0, behind!.index) };
}
