import { mayBeEmpty, roleOf } from './columns.ts';
import type { Problems } from './problems.ts';
import type { TableRow } from './types.ts';

/** One record of the file, as text; as many fields as the header has columns. */
export interface RawRow {
  readonly line: number;
  readonly fields: readonly string[];
}

/** The most CPUs that Linux can be built for on x86-64. */
const mostThreads = 8192;

/** A row as numbers, or null where something is wrong with it: then `problems` says what, by column. */
export function readRow(
  { fields, line }: RawRow,
  columns: readonly string[],
  problems: Problems,
): TableRow | null {
  const before = problems.count;
  const has = (column: string): boolean => columns.includes(column);
  const text = (column: string): string => fields[columns.indexOf(column)]!;
  const read = (column: string, parse: (text: string) => number | string): number => {
    const value = parse(text(column));
    if (typeof value === 'string') problems.add(line, column, value);
    return Number(value);
  };
  const threads = read('intraop_threads', (value) => parseCount(value, 1, mostThreads));
  const batch = read('batch_size', (value) => parseCount(value, 1));
  const instanceId = has('instance_id') ? read('instance_id', (value) => parseCount(value, 0)) : 1;
  const instances = has('instances') ? read('instances', (value) => parseCount(value, 1)) : null;
  const measure = (column: string): number | null => (has(column) ? read(column, parsePositive) : null);
  const average = measure('latency(avg)');
  const latencyMs = measure('latency(median)') ?? average ?? (batch / measure('throughput')!) * 1000;
  if (latencyMs === Number.POSITIVE_INFINITY)
    problems.add(line, 'throughput', `${JSON.stringify(text('throughput'))} gives no finite latency`);
  const [minMs, maxMs] = [measure('latency(min)'), measure('latency(max)')];
  const interval = intervalOf(measure('latency(ci_low)'), measure('latency(ci_high)'));
  if (interval !== undefined && !(interval[0] <= latencyMs && latencyMs <= interval[1]))
    problems.add(line, 'latency(ci_low)', `${interval.join(' to ')} does not hold the latency ${latencyMs}`);
  const memoryBytes = measure('rss_bytes');
  const describing = columns.filter((column) => roleOf(column) === 'describing');
  for (const column of describing)
    if (text(column) === '' && !mayBeEmpty(column)) problems.add(line, column, 'the value is missing');
  if (problems.count > before) return null;
  const description = Object.fromEntries(describing.map((column) => [column, text(column)]));
  // A lone instance uses as many cores as it has threads: that tells no series apart.
  if (description['mode'] === 'alone' && has('cores')) description['cores'] = '';
  return {
    ...{ line, description, instances, instanceId, threads, batch, latencyMs, minMs, maxMs },
    ...(interval === undefined ? {} : { interval }),
    ...(memoryBytes === null ? {} : { memoryBytes }),
  };
}

const intervalOf = (low: number | null, high: number | null): readonly [number, number] | undefined =>
  low === null || high === null ? undefined : [low, high];

const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/** A number above 0, or what is wrong with it. */
function parsePositive(text: string): number | string {
  if (text === '') return 'the value is missing';
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) && value > 0 ? value : `${JSON.stringify(text)} is not a number above 0`;
}

/** A whole number (also as `16.0`, which spreadsheets write), or what is wrong with it. */
function parseCount(text: string, from: number, to = Number.MAX_SAFE_INTEGER): number | string {
  if (text === '') return 'the value is missing';
  const value = decimal.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= from && value <= to) return value;
  const range = to === Number.MAX_SAFE_INTEGER ? `from ${from}` : `from ${from} to ${to}`;
  return `${JSON.stringify(text)} is not a whole number ${range}`;
}
