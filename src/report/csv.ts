import type { MemoryPolicy } from '../machine/types.ts';
import type { Point } from '../profile/types.ts';
import type { ReportData } from './types.ts';

/** What a cell may hold. */
export type Field = string | number | boolean | null;

/**
 * Columns up to `latency(max)` bear Packrat's names, so that its tools read the file (latencies in ms per batch);
 * `benchmark` is the model, `topology` the mapping. `latency(slowest)` is the median, over simultaneous runs, of the
 * slowest replica.
 */
const columns: readonly (readonly [string, (point: Point) => Field])[] = [
  ['benchmark', (point) => point.settings.model.name],
  ['topology', (point) => point.settings.mapping],
  ['pinning', () => 'taskset'],
  ['ht', (point) => point.settings.hardwareThreads],
  ['source', (point) => point.settings.engine.name],
  ['allocator', () => 'default'],
  ['instance_id', () => 1],
  ['interop_threads', () => 1],
  ['intraop_threads', (point) => point.settings.threads],
  ['batch_size', (point) => point.settings.batch],
  ['latency(min)', measured((point) => point.stats.minMs)],
  ['latency(avg)', measured((point) => point.stats.meanMs)],
  ['latency(max)', measured((point) => point.stats.maxMs)],
  ['latency(median)', measured((point) => point.stats.medianMs)],
  ['latency(ci_low)', measured((point) => point.stats.interval[0])],
  ['latency(ci_high)', measured((point) => point.stats.interval[1])],
  ['latency(p90)', measured((point) => point.stats.p90Ms)],
  ['latency(p99)', measured((point) => point.stats.p99Ms)],
  ['latency(slowest)', measured((point) => point.stats.slowestMs)],
  ['throughput', measured((point) => (point.settings.batch / point.stats.medianMs) * 1000)],
  ['samples', measured((point) => point.stats.count)],
  ['replicas', measured((point) => point.replicas)],
  ['mode', (point) => point.settings.mode],
  ['cores', (point) => point.settings.cores],
  ['state', (point) => (point.state === 'failed' ? point.failure : point.state)],
  ['trusted', measured((point) => point.verdict.trusted)],
  ['disturbances', measured((point) => point.verdict.disturbances.map(({ kind }) => kind).join(' '))],
  ['visits', measured((point) => point.verdict.visits)],
  ['visits_left_out', measured((point) => point.verdict.visitsLeftOut)],
  ['rss_bytes', measured((point) => point.memory.rssBytes)],
  ['pss_bytes', measured((point) => point.memory.pssBytes)],
  ['engine_version', (point) => point.settings.engine.version],
  ['precision', (point) => point.settings.precision],
  ['optimization', (point) => point.settings.optimization],
  ['spin_after_run', (point) => point.settings.spinAfterRun],
  ['dims', (point) => dimsText(point.settings.dims)],
  ['memory_policy', (point) => policyText(point.settings.memoryPolicy)],
  ['cpu_model', (point) => point.settings.cpuModel],
  ['model_hash', (point) => point.settings.model.contentHash],
  ['topology_hash', (point) => point.settings.topology],
  ['method', (point) => point.settings.method],
  ['hash', (point) => point.hash],
  ['measured_at', (point) => point.measuredAt],
  ['message', (point) => (point.state === 'failed' ? point.message : null)],
];

/** One row per point, failed ones included, as RFC 4180 has it: CRLF, fields quoted where they must be. */
export function reportCsv(data: Pick<ReportData, 'points'>): string {
  const rows = data.points.map((point) => columns.map(([, fieldOf]) => fieldOf(point)));
  return [columns.map(([name]) => name), ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('');
}

/** A field as RFC 4180 has it, quoted where it must be. */
export function csvField(field: Field): string {
  if (field === null) return '';
  const text = String(field);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function measured(fieldOf: (point: Extract<Point, { state: 'measured' }>) => Field): (point: Point) => Field {
  return (point) => (point.state === 'measured' ? fieldOf(point) : null);
}

function dimsText(dims: Readonly<Record<string, number>>): string {
  return Object.entries(dims)
    .map(([name, size]) => `${name}=${size}`)
    .join(' ');
}

function policyText(policy: MemoryPolicy): string {
  return 'nodes' in policy ? `${policy.mode}:${policy.nodes.join(' ')}` : policy.mode;
}
