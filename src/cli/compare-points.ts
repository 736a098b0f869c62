import type { SideCell } from '../compare/index.ts';
import { formatCpuList } from '../machine/index.ts';
import {
  defaultRule,
  momentMedians,
  type PointSettings,
  pointVisits,
  type StoredPoint,
  toPoint,
} from '../profile/index.ts';
import { formatBytes, formatCount } from '../report/format.ts';
import { median, sortSamples } from '../stats/index.ts';
import type { StoredMachine } from '../store/index.ts';
import { wordedColumns } from './compare-columns.ts';

/** What defines a point beside threads and batch, under the names that tables have for it and in the words of sweeps; every other dimension is a column. */
export function columnsOfPoint(settings: PointSettings): Record<string, string> {
  const { memoryPolicy } = settings;
  return wordedColumns({
    benchmark: settings.model.name,
    precision: settings.precision,
    ...Object.fromEntries(Object.entries(settings.dims).map(([name, size]) => [name, String(size)])),
    mode: settings.mode,
    // Alone, as many cores as threads are meant.
    cores: settings.mode === 'alone' ? '' : String(settings.cores),
    topology: settings.mapping,
    ht: String(settings.hardwareThreads),
    source: settings.engine.name,
    engine_version: settings.engine.version,
    optimization: settings.optimization,
    interop_threads: String(settings.interOpThreads ?? 1),
    spin_after_run: String(settings.spinAfterRun),
    spin_during_run: String(settings.spinDuringRun ?? true),
    allocator: settings.allocator ?? 'glibc',
    huge_pages: settings.hugePages ?? 'system',
    pinned: String(settings.pinned ?? true),
    memory_policy:
      'nodes' in memoryPolicy ? `${memoryPolicy.mode}:${memoryPolicy.nodes.join(' ')}` : memoryPolicy.mode,
    cpu_model: settings.cpuModel,
    topology_hash: settings.topology,
  });
}

/** A stored point as a cell; null where nothing was measured yet. */
export function cellOfPoint(hash: string, settings: PointSettings, stored: StoredPoint): SideCell | null {
  if (stored.failure === null && stored.visits.length === 0) return null;
  const point = toPoint(hash, settings, stored);
  const visits = pointVisits(stored).map((visit) => ({
    startedAt: visit.startedAt,
    ms: median(sortSamples(momentMedians(visit))),
  }));
  return {
    columns: columnsOfPoint(settings),
    threads: settings.threads,
    batch: settings.batch,
    modelHash: settings.model.contentHash,
    method: String(settings.method),
    source: hash,
    runs: point.state === 'failed' ? [] : visits.map(({ startedAt, ms }) => `${startedAt} ${ms}`),
    measurement:
      point.state === 'failed'
        ? { state: 'failed', message: `${point.failure}: ${point.message}` }
        : {
            state: 'sampled',
            visitMs: visits.map(({ ms }) => ms),
            firstVisits: (stored.rule ?? defaultRule).minVisits,
            medianMs: point.stats.medianMs,
            disturbances: point.verdict.disturbances.map(({ text }) => text),
          },
  };
}

/** Facts of a machine, by name; what it doesn't tell is missing. */
export function factsOfMachine(machine: StoredMachine): [name: string, value: string][] {
  const { clockMhz, numaNodes, usable } = machine;
  const facts: [string, string | number | null | undefined][] = [
    ['architecture', machine.architecture],
    ['kernel', machine.kernel],
    ['virtualisation', machine.virtualisation],
    ['sockets', machine.sockets],
    ['NUMA nodes', numaNodes?.length],
    ['physical cores', machine.physicalCores],
    ['hardware threads', machine.hardwareThreads],
    ['usable CPUs', usable === undefined ? null : formatCpuList(usable)],
    ['CPU quota', machine.quotaCores === null ? 'none' : machine.quotaCores],
    ['memory', machine.memoryBytes === undefined ? null : formatBytes(machine.memoryBytes)],
    [
      'memory limit',
      machine.memoryLimitBytes === null
        ? 'none'
        : machine.memoryLimitBytes && formatBytes(machine.memoryLimitBytes),
    ],
    ['vector instructions', machine.isa?.join(' ')],
    ['clock', clockText(clockMhz?.lowest, clockMhz?.highest)],
    ['governors', machine.governors?.join(', ')],
    ['turbo', machine.turbo === null ? null : machine.turbo],
    ['huge pages', machine.hugePages],
  ].map(([name, value]) => [
    String(name),
    typeof value === 'boolean' ? (value ? 'on' : 'off') : (value as string),
  ]);
  return facts.flatMap(([name, value]) =>
    value === null || value === undefined || value === '' ? [] : [[name, String(value)] as [string, string]],
  );
}

const clockText = (lowest?: number | null, highest?: number | null): string | null =>
  typeof lowest === 'number' && typeof highest === 'number'
    ? `${formatCount(lowest)}–${formatCount(highest)} MHz`
    : null;
