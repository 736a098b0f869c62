import { copies } from '../copies.ts';
import type { ServeCore } from '../types.ts';
import { answers } from './answers.ts';
import type { Collected, Sample } from './collected.ts';
import { connections } from './connections.ts';
import type { EventLoopView } from './event-loop.ts';
import { ownMemory } from './own-memory.ts';

/** What thinfer tells of its server process. */
export function serverMetrics(core: ServeCore, eventLoop: () => EventLoopView): Collected[] {
  const metric = (type: Collected['type'], name: string, help: string, samples: () => Iterable<Sample>): Collected => ({
    ...{ name: `thinfer_${name}`, type, help },
    samples,
  }); // biome-ignore format: one line a parameter would hide the body
  const startedSeconds = Math.round(Date.now() / 1000 - process.uptime());
  return [
    metric('gauge', 'server_info', 'Version of the server', () => [{ labels: { version: core.version }, value: 1 }]),
    metric('gauge', 'server_ready', 'Whether every model can answer: 1 or 0', () => [
      { value: Number(core.state === 'ready' && core.ready) },
    ]),
    metric('gauge', 'server_start_time_seconds', 'When the process began, since the epoch', () => [{ value: startedSeconds }]),
    metric('counter', 'requests_total', 'Answers, by protocol and status; 499: the client left; none: no such route', () =>
      [...answers.values()].map(({ protocol, status, count }) => ({ labels: { protocol, status }, value: count })),
    ),
    metric('gauge', 'connections', 'Open connections, by the port of the server', () => ofConnections(({ open }) => open)),
    metric('counter', 'connections_total', 'Connections that were accepted, by the port of the server', () =>
      ofConnections(({ total }) => total),
    ),
    metric('counter', 'copies_total', 'Copies of tensors, by place', () => ofCopies(({ count }) => count)),
    metric('counter', 'copied_bytes_total', 'Bytes of tensors that were copied, by place', () => ofCopies(({ bytes }) => bytes)),
    metric('gauge', 'server_memory_bytes', 'Resident memory of the server: own (without arenas), arena (shared with instances), heap (JavaScript, part of own)', memoryOf),
    metric('counter', 'server_cpu_seconds_total', 'CPU time of the server process', () => {
      const { user, system } = process.cpuUsage();
      return [{ value: (user + system) / 1e6 }];
    }),
    metric('gauge', 'event_loop_lag_seconds', 'How late timers of the server came in the last ten seconds, by quantile', () => lagOf(eventLoop())),
    metric('gauge', 'event_loop_busy_ratio', 'Share of the last ten seconds in which the thread of the server worked', () => [
      { value: eventLoop().busy },
    ]),
  ]; // biome-ignore format: a table
}

function ofConnections(value: (count: { open: number; total: number }) => number): Sample[] {
  return [...connections.values()].map((count) => ({ labels: { port: count.port }, value: value(count) }));
}

function ofCopies(value: (count: { count: number; bytes: number }) => number): Sample[] {
  return Object.entries(copies).map(([place, count]) => ({ labels: { place }, value: value(count) }));
}

function memoryOf(): Sample[] {
  const { ownBytes, arenaBytes, heapBytes } = ownMemory();
  return Object.entries({ own: ownBytes, arena: arenaBytes, heap: heapBytes }).map(([part, value]) => ({
    labels: { part },
    value,
  }));
}

function lagOf({ p50Ms, p99Ms, mostMs }: EventLoopView): Sample[] {
  return Object.entries({ '0.5': p50Ms, '0.99': p99Ms, '1': mostMs }).map(([quantile, ms]) => ({
    labels: { quantile },
    value: ms / 1000,
  }));
}
