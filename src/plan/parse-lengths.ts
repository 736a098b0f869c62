import type { LengthRange } from './lengths.ts';

/** What `parseLengths` reads, for messages. */
export const lengthsSyntax = 'LENGTH:SHARE by ascending length, such as 32:0.6,128:0.3,384:0.1';

/** Shares may miss 1 by so much, as rounded ones do. */
const shareTolerance = 0.005;

/**
 * Reads `32:0.6,128:30%,384:0.1`: upper ends of ranges, ascending, each with the share of requests in it, adding up to 1; what is wrong,
 * as a text, where it is something else.
 */
export function parseLengths(text: string): LengthRange[] | string {
  const ranges = text.split(',').map((part) => {
    const [length = '', share = ''] = part.split(':', 2).map((word) => word.trim());
    return { upTo: /^\d{1,9}$/.test(length) ? Number(length) : Number.NaN, share: shareOf(share) };
  });
  const isAscending = ranges.every(({ upTo }, at) => upTo >= 1 && (at === 0 || upTo > ranges[at - 1]!.upTo));
  if (!isAscending || !ranges.every(({ share }) => share > 0))
    return `"${text}" is no list of ${lengthsSyntax}`;
  const sum = ranges.reduce((total, { share }) => total + share, 0);
  if (Math.abs(sum - 1) > shareTolerance)
    return `the shares of "${text}" add up to ${Number(sum.toPrecision(4))}, not to 1`;
  return ranges.map(({ upTo, share }) => ({ upTo, share: share / sum }));
}

const shareOf = (text: string): number =>
  text.endsWith('%') ? Number(text.slice(0, -1) || Number.NaN) / 100 : Number(text || Number.NaN);

/** As `parseLengths` reads it. */
export const formatLengths = (ranges: readonly LengthRange[]): string =>
  ranges.map(({ upTo, share }) => `${upTo}:${share}`).join(',');
