import { ThinferError } from '../errors.ts';

/** No kernel is built for more CPUs or nodes; a larger number in a list is damage. */
const mostIds = 65_536;

/**
 * Parses the kernel's list format, e.g. `0-3,8`: ascending ids without duplicates. The empty list is `''`.
 * The format's strides (`0-10:2/4`) are read too.
 *
 * @throws ThinferError `usage` when the text is not such a list.
 * @see https://docs.kernel.org/core-api/kernel-api.html (bitmap_parselist)
 */
export function parseCpuList(text: string): number[] {
  const ids = text
    .trim()
    .split(',')
    .filter((part) => part.trim() !== '')
    .flatMap((part) => parsePart(part.trim(), text));
  return [...new Set(ids)].sort((a, b) => a - b);
}

function parsePart(part: string, whole: string): number[] {
  const match = /^(\d+)(?:-(\d+)(?::(\d+)\/(\d+))?)?$/.exec(part);
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? first);
  const used = Number(match?.[3] ?? 1);
  const stride = Number(match?.[4] ?? 1);
  if (match === null || last < first || last >= mostIds || stride < 1)
    throw new ThinferError('usage', `"${whole.trim()}" is not a list of CPUs.`, {
      remedy: 'Write ids and ranges separated by commas, such as 0-3,8.',
    });
  return Array.from({ length: last - first + 1 }, (_, offset) => offset)
    .filter((offset) => offset % stride < used)
    .map((offset) => first + offset);
}

/** Formats ids as the kernel does: ascending, without duplicates, runs as ranges, e.g. `0-3,8`. */
export function formatCpuList(ids: Iterable<number>): string {
  const ranges: [number, number][] = [];
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === id - 1) last[1] = id;
    else ranges.push([id, id]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}
