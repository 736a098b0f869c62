/** Entries of a list. */
const mostEntries = 100;
/** Different sizes that a range stands for. */
export const mostOfRange = 32;
const largestSize = 1_000_000;

/** What `parseSizes` reads, for messages. */
export const sizesSyntax = 'a whole number from 1, a list such as 1,4,8, or a range such as 1-8';

/**
 * Reads `128`, a list `32,64,128` or a range `16-128`, which stands for all its numbers, or for 32 evenly spaced ones with both ends where it
 * has more. Every entry of what this gives is as likely; one that is repeated weighs more. Null where it is something else.
 */
export function parseSizes(text: string): number[] | null {
  const [, from, to] = /^\s*(\d{1,7})\s*[-–]\s*(\d{1,7})\s*$/.exec(text) ?? [];
  if (from !== undefined) return rangeOf(Number(from), Number(to));
  const sizes = text.split(',').map((part) => (/^\d{1,7}$/.test(part.trim()) ? Number(part) : 0));
  return sizes.length <= mostEntries && sizes.every(isSize) ? sizes : null;
}

const isSize = (size: number): boolean => size >= 1 && size <= largestSize;

function rangeOf(from: number, to: number): number[] | null {
  if (!isSize(from) || !isSize(to) || to < from) return null;
  const count = Math.min(mostOfRange, to - from + 1);
  return Array.from({ length: count }, (_, at) =>
    count === 1 ? from : Math.round(from + (at * (to - from)) / (count - 1)),
  );
}
