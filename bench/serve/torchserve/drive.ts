import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { median, quantile, sortSamples } from '../../../src/stats/index.ts';
import type { BenchServer } from '../servers.ts';
import { machineSeconds, ownCpuSeconds, treeCpuSeconds } from './process-tree.ts';

const root = resolve(import.meta.dirname, '../../..');

/** What `thinfer load` sends. */
export type BenchLoad =
  | { readonly loop: 'closed'; readonly concurrency: number }
  | { readonly loop: 'open'; readonly rate: number };

/** One run of `thinfer load`. */
export interface Driven {
  readonly itemsPerSecond: number;
  readonly latenciesMs: readonly number[];
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests without a right answer. */
  readonly failed: number;
  readonly keptUp: boolean;
  /** Of the machine's CPU time, what neither the server nor the generator used. */
  readonly foreignShare: number;
}

/** What all runs share. */
export interface DriveOptions {
  readonly model: string;
  readonly dims: Readonly<Record<string, number>>;
  /** Bodies for TorchServe, a file each; thinfer gets the same tensors, because the seed is the same. */
  readonly bodies: readonly string[];
  readonly seconds: number;
  readonly folder: string;
}

/** The seed of inputs and of their order. */
export const seed = 1;

/** Loads a server with single items as a user would, in its own protocol, and reads every latency. */
export function drive(server: BenchServer, load: BenchLoad, options: DriveOptions): Driven {
  const { model, dims, bodies, seconds, folder } = options;
  const file = join(folder, 'load.csv');
  const loop = load.loop === 'closed' ? ['--concurrency', load.concurrency] : ['--rate', load.rate];
  const protocol =
    server.name === 'thinfer'
      ? ['--protocol', 'oip', '--model-file', model, '--inputs', bodies.length]
      : ['--protocol', 'torchserve', ...bodies.flatMap((body) => ['--body', body])];
  const words = [
    ...['load', `http://${server.http}`, '--model', model, ...loop, ...protocol],
    ...(server.name === 'thinfer'
      ? Object.entries(dims).flatMap(([name, size]) => ['--dim', `${name}=${size}`])
      : []),
    ...['--duration', `${seconds}s`, '--warmup', '1s', '--seed', seed, '--out', file, '--json', '--quiet'],
  ].map(String);
  const before = cpuOf(server);
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/thinfer.js'), ...words], {
    encoding: 'utf8',
  });
  const after = cpuOf(server);
  if (status !== 0)
    throw new Error(`thinfer load against ${server.name} ended with ${status}: ${stderr || noteOf(stdout)}`);
  const told = JSON.parse(stdout) as {
    readonly sent: number;
    readonly itemsPerSecond: number;
    readonly outcomes: { readonly ok: number };
    readonly generator: { readonly keptUp: boolean };
  };
  const latenciesMs = readLatencies(file);
  const sorted = sortSamples(latenciesMs);
  return {
    itemsPerSecond: told.itemsPerSecond,
    latenciesMs,
    ...{ p50Ms: median(sorted), p99Ms: quantile(sorted, 0.99) },
    failed: told.sent - told.outcomes.ok,
    keptUp: told.generator.keptUp,
    foreignShare: Math.max(0, after.foreign - before.foreign) / (after.all - before.all),
  };
}

function cpuOf({ pid }: BenchServer): { readonly foreign: number; readonly all: number } {
  const { busy, all } = machineSeconds();
  return { foreign: busy - treeCpuSeconds(pid) - ownCpuSeconds(), all };
}

/** Where nothing was answered, its document says so. */
function noteOf(stdout: string): string {
  const { sent, notes } = JSON.parse(stdout) as { readonly sent: number; readonly notes: readonly string[] };
  return [`${sent} requests were counted; with slow models give more --seconds.`, ...notes].join(' ');
}

/** Of answers alone: a refusal is quick, and would flatter. */
function readLatencies(file: string): number[] {
  const [head, ...rows] = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const [latency, outcome] = ['latency_ms', 'outcome'].map((name) => head!.indexOf(name));
  return rows.filter((row) => row[outcome!] === 'ok').map((row) => Number(row[latency!]));
}
