/** Longer lists are a slip of the pen. */
const mostNumbers = 4096;

/**
 * `1,2,4`, a range `1-4`, or a row that goes on: `8,16,…,1024` doubles, `2,4,6,…,12` goes in equal steps; `...` is
 * the same as `…`. Doubling is tried first, from the two numbers before the dots. Ascending, without repetition; null
 * where it is no such list.
 */
export function parseNumberList(text: string): number[] | null {
  const parts = text.split(',').map((part) => part.trim());
  const numbers: number[] = [];
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at]!;
    const isDots = part === '…' || part === '...';
    const next = isDots ? goOn(numbers, parseWhole(parts[at + 1] ?? '')) : parseRange(part);
    if (next === null || numbers.length + next.length > mostNumbers) return null;
    numbers.push(...next);
  }
  return [...new Set(numbers)].sort((a, b) => a - b);
}

const parseWhole = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);

function parseRange(part: string): number[] | null {
  const [first = '', last = first, ...rest] = part.split('-');
  const [from, to] = [parseWhole(first), parseWhole(last)];
  if (rest.length > 0 || !(from >= 1 && to >= from && to - from < mostNumbers)) return null;
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The numbers between the last one and `end`, both left out. */
function goOn(before: readonly number[], end: number): number[] | null {
  const [first, second] = before.slice(-2);
  if (first === undefined || second === undefined || !(end > second && second > first)) return null;
  const doubled = second === 2 * first ? row(second, end, (value) => value * 2) : null;
  return doubled ?? row(second, end, (value) => value + second - first);
}

function row(from: number, end: number, next: (value: number) => number): number[] | null {
  const between: number[] = [];
  let value = next(from);
  for (; value < end && between.length <= mostNumbers; value = next(value)) between.push(value);
  return value === end ? between : null;
}
