/** Numbers and configurations as people read them; the page and the terminal say the same. */
import type { Group } from '../plan/types.ts';

export { formatCpuList } from '../machine/cpu-list.ts';
export { formatTuples } from '../plan/baselines.ts';

/** Thousands grouped. By hand: a first `Intl.NumberFormat` takes 25 ms, a tenth of a light command's start. */
const grouped = (value: number): string => value.toFixed(0).replace(/\B(?=(\d{3})+$)/g, ',');

/** Three significant digits, thousands grouped, never an exponent: `0.0123`, `12.3`, `1,234`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size >= 100) return grouped(value);
  if (size === 0) return '0';
  const rounded = Number(value.toPrecision(3));
  if (Math.abs(rounded) >= 100) return grouped(rounded);
  return rounded.toFixed(Math.min(8, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded))))));
}

/** A whole number, thousands grouped: `25,557,032`. */
export function formatCount(value: number): string {
  return grouped(value);
}

/** A count with its noun: `1 thread`, `2 threads`. */
export function formatPlural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** Milliseconds with their unit: `0.0850 ms`, `12.3 ms`; seconds from 10 s up. */
export function formatMs(ms: number): string {
  return Math.abs(ms) >= 10_000 ? `${formatNumber(ms / 1000)} s` : `${formatNumber(ms)} ms`;
}

/** A ratio with two decimals, more only where 1.00 would hide a difference: `1.12`, `0.98`, `12.3`. */
export function formatRatio(ratio: number): string {
  if (!Number.isFinite(ratio)) return '–';
  const decimals = Math.abs(ratio) >= 10 ? 1 : Math.abs(ratio - 1) < 0.005 && ratio !== 1 ? 3 : 2;
  return ratio.toFixed(decimals);
}

/** Both ends of an interval: `1.09–1.15`; an end that nothing bounds is `∞`. */
export function formatInterval(
  interval: readonly [number, number],
  format: (value: number) => string = formatNumber,
): string {
  const [low, high] = interval.map((end) => (end >= Number.MAX_SAFE_INTEGER ? '∞' : format(end)));
  return `${low}–${high}`;
}

/** A share as a percentage: `0.714` → `71 %`. */
export function formatPercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

const byteUnits = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** Bytes in binary units: `1.50 GiB`. */
export function formatBytes(bytes: number): string {
  const step =
    bytes < 1 ? 0 : Math.min(byteUnits.length - 1, Math.floor(Math.log2(bytes) / 10 + Number.EPSILON));
  return `${formatNumber(bytes / 1024 ** step)} ${byteUnits[step]}`;
}

/** A big count with its SI prefix: `8.18 G` (of FLOPs, say). */
export function formatSi(value: number): string {
  const prefixes = ['', 'k', 'M', 'G', 'T', 'P'];
  const step = value < 1 ? 0 : Math.min(prefixes.length - 1, Math.floor(Math.log10(value) / 3));
  return `${formatNumber(value / 1000 ** step)} ${prefixes[step]}`.trim();
}

/** Groups in short: `2×1×8`, `1×8×16 + 4×2×4`; the order is instances × threads × items. */
export function formatGroups(groups: readonly Group[]): string {
  return groups
    .map((group) => `${group.instances}×${group.threads > 0 ? group.threads : 'auto'}×${group.batch}`)
    .join(' + ');
}

/** Groups in words: `2 instances × 1 thread × 8 items`. Zero threads are the engine's own number. */
export function describeGroups(groups: readonly Group[]): string {
  return groups
    .map(({ instances, threads, batch }) => {
      const threadWords = threads > 0 ? formatPlural(threads, 'thread') : 'engine’s threads';
      return `${formatPlural(instances, 'instance')} × ${threadWords} × ${formatPlural(batch, 'item')}`;
    })
    .join(' + ');
}

/** Words joined as English lists are: `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** An ISO time as `2026-03-04 05:06 UTC`. */
export function formatTime(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`.replace(/\s+/g, ' ');
}
