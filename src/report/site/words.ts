import type { MeasuredCell, SettingName } from '../../dataset/index.ts';
import { formatNumber, formatPlural } from '../format.ts';
import type { Axis } from './line-figure.ts';
import type { PageContext } from './page-context.ts';

/** A share as a percentage with its sign: `+12 %`, `−3.1 %`. */
export function signedPercent(share: number): string {
  const value = share * 100;
  const digits = Math.abs(value) < 9.95 ? 1 : 0;
  const text = Math.abs(value).toFixed(digits);
  return `${Number(text) === 0 ? '±' : value < 0 ? '−' : '+'}${text} %`;
}

/** Without a sign. */
export const plainPercent = (share: number): string => signedPercent(Math.abs(share)).replace(/^[+−±]/, '');

/** What a setting is called on pages. */
export const settingWords: Readonly<Record<SettingName, string>> = {
  engine: 'engine',
  precision: 'precision',
  optimization: 'optimization',
  mapping: 'mapping',
  hardwareThreads: 'hardware threads',
  memoryPolicy: 'memory policy',
  allocator: 'allocator',
  hugePages: 'huge pages',
  spinning: 'spinning',
  interOpThreads: 'inter-op threads',
  pinning: 'pinning',
  mode: 'mode',
};

/** A value as charts name it. */
export function valueWords(name: SettingName, value: string): string {
  if (name === 'hardwareThreads') return `HT ${value}`;
  return value === '' ? 'not told' : value;
}

/** The same with what it is a value of: `allocator jemalloc`. */
export const namedValue = (name: SettingName, value: string): string =>
  name === 'hardwareThreads' ? valueWords(name, value) : `${settingWords[name]} ${valueWords(name, value)}`;

/** A word with a capital. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);

export const threadsAxis: Axis = { column: 'intraop_threads', words: 'threads' };
export const batchAxis: Axis = { column: 'batch_size', words: 'batch' };

/** `Average latency of a batch` or `Median …`, by what the cells have. */
export function latencyWords(cells: readonly MeasuredCell[]): string {
  return `${cells[0]?.latency.statistic === 'average' ? 'Average' : 'Median'} latency of a batch, ms`;
}

/** What the bars of latencies are. */
export function barWords(cells: readonly MeasuredCell[]): string {
  if (cells.some(({ latency }) => latency.interval !== null)) return ' with its 95 % interval';
  return cells.some(({ latency }) => latency.minMs !== null) ? '; bars from least to greatest' : '';
}

/** Where throughputs come from. */
export function throughputWords(cells: readonly MeasuredCell[]): string {
  const isPublished = cells.every(({ throughputFrom }) => throughputFrom === 'published');
  return `Items per second of one instance, ${isPublished ? 'as published' : 'batch ÷ latency'}`;
}

/** The settings that all cells of a chart share and that tell it from other charts of its page. */
export function fixedWords({ choice }: PageContext, except: readonly SettingName[]): string {
  const words = [...choice.varying.keys()]
    .filter((name) => !except.includes(name))
    .map((name) => `${settingWords[name]} ${choice.usual[name] || 'not told'}`);
  return words.length === 0 ? '' : `; ${words.join(', ')}`;
}

/** `12.3 items/s`. */
export const formatRate = (value: number): string => `${formatNumber(value)} items/s`;

/** `1 thread`, `8 threads`. */
export const threadsWords = (threads: number): string => formatPlural(threads, 'thread');

/** A range in words: `8` or `4 to 16`. */
export function rangeWords(values: readonly number[], format: (value: number) => string = String): string {
  const [least, greatest] = [format(Math.min(...values)), format(Math.max(...values))];
  return least === greatest ? least : `${least} to ${greatest}`;
}
