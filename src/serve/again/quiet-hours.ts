/** A stretch of the day in minutes since midnight, local time; one that ends no later than it begins goes over midnight. */
export interface QuietSpan {
  readonly from: number;
  readonly to: number;
}

const dayMinutes = 24 * 60;

/** Reads `off` (none), `always`, or stretches such as `22:30-05:00, 12:00-13:00`. Null: it is none of these. */
export function parseQuietHours(text: string): readonly QuietSpan[] | null {
  const given = text.trim();
  if (given === 'off') return [];
  if (given === 'always') return [{ from: 0, to: dayMinutes }];
  const spans = given.split(',').map(spanOf);
  return spans.every((span) => span !== null) ? spans : null;
}

/** Whether a moment lies in one of the stretches; the end of a stretch is outside. */
export function isQuiet(spans: readonly QuietSpan[], moment: Date): boolean {
  const now = 60 * moment.getHours() + moment.getMinutes();
  return spans.some(({ from, to }) => (from < to ? now >= from && now < to : now >= from || now < to));
}

function spanOf(text: string): QuietSpan | null {
  const [, ...numbers] = /^\s*(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)\s*$/.exec(text) ?? [];
  const [fromHour, fromMinute, toHour, toMinute] = numbers.map(Number);
  if (numbers.length < 4 || fromMinute! > 59 || toMinute! > 59) return null;
  const from = 60 * fromHour! + fromMinute!;
  const to = 60 * toHour! + toMinute!;
  // 22:00-22:00 may mean no time or all of it.
  return from < dayMinutes && to <= dayMinutes && from !== to ? { from, to } : null;
}
