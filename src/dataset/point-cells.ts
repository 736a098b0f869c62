import type { MemoryPolicy } from '../machine/types.ts';
import type { Point, PointSettings } from '../profile/types.ts';
import type { Cell, Variant } from './types.ts';

function variantOf(settings: PointSettings): Variant {
  const { engine, hugePages, spinAfterRun, spinDuringRun, mode, cores } = settings;
  return {
    engine: `${engine.name} ${engine.version}`,
    precision: settings.precision === 'as in the file' ? 'original' : settings.precision,
    optimization: settings.optimization,
    mapping: settings.mapping,
    hardwareThreads: settings.hardwareThreads ? 'on' : 'off',
    memoryPolicy: policyText(settings.memoryPolicy),
    allocator: settings.allocator ?? 'glibc',
    hugePages: hugePages ?? 'system',
    spinning: spinDuringRun === false ? 'off' : spinAfterRun ? 'on' : 'in runs',
    interOpThreads: String(settings.interOpThreads ?? 1),
    pinning: settings.pinned === false ? 'off' : 'on',
    mode: mode === 'alone' ? 'alone' : `together on ${cores}`,
  };
}

function policyText(policy: MemoryPolicy): string {
  return 'nodes' in policy ? `${policy.mode} ${policy.nodes.join(' ')}` : policy.mode;
}

/** A stored point as a cell. */
export function cellOf(point: Point): Cell {
  const { settings, hash, measuredAt } = point;
  const place = {
    variant: variantOf(settings),
    threads: settings.threads,
    batch: settings.batch,
    origin: { kind: 'point', hash, measuredAt },
  } as const;
  if (point.state === 'failed')
    return { ...place, state: 'failed', instances: 1, failure: point.failure, message: point.message };
  const { stats, verdict, replicas } = point;
  return {
    ...place,
    state: 'measured',
    instances: replicas,
    latency: {
      statistic: 'median',
      ms: stats.medianMs,
      interval: stats.interval,
      averageMs: stats.meanMs,
      minMs: stats.minMs,
      maxMs: stats.maxMs,
      percentiles: {
        '50': stats.medianMs,
        '90': stats.p90Ms,
        ...(stats.p95Ms === undefined ? {} : { '95': stats.p95Ms }),
        '99': stats.p99Ms,
        '100': stats.maxMs,
      },
      slowestMs: replicas > 1 ? stats.slowestMs : null,
      runs: stats.count,
    },
    itemsPerSecond: (settings.batch * 1000) / stats.medianMs,
    throughputFrom: 'derived',
    trusted: verdict.trusted,
    disturbances: verdict.disturbances.map(({ text }) => text),
  };
}
