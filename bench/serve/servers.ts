import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** A server under measurement. Addresses are HOST:PORT. */
export interface BenchServer {
  readonly name: string;
  readonly http: string;
  readonly grpc: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/** thinfer's own, which can be told to change. */
export interface ThinferServer extends BenchServer {
  readonly managementUrl: string;
  readonly token: string;
}

/** A program of Node and its words, on one CPU where one is named; `taskset` becomes the program, with the same pid. */
export const keptTo = (cpu: number | null, words: readonly string[]): [string, string[]] =>
  cpu === null
    ? [process.execPath, [...words]]
    : ['taskset', ['-c', String(cpu), process.execPath, ...words]];

/** Starts `thinfer serve` on free ports, as a user would. @param cpu The CPU that it is kept to. Default: none. */
export async function startThinferServe(
  folder: string,
  words: readonly string[],
  cpu: number | null = null,
): Promise<ThinferServer> {
  const ports = ['--http-port', '0', '--grpc-port', '0', '--management-port', '0'];
  const command = [join(root, 'bin/thinfer.js'), 'serve', ...words, ...ports, '--json', '--quiet'];
  const child = spawn(...keptTo(cpu, command), { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await firstLine(child);
  const ready = JSON.parse(line) as Readonly<Record<'http' | 'grpc' | 'management' | 'tokenFile', string>>;
  return {
    ...{ name: 'thinfer', http: new URL(ready.http).host, grpc: ready.grpc, pid: child.pid! },
    managementUrl: ready.management,
    token: readFileSync(resolve(folder, ready.tokenFile), 'utf8').trim(),
    stop: () => stop(child),
  };
}

/** Starts a real Triton over a repository. */
export async function startTriton(
  repository: string,
  port: number,
  env: Record<string, string> = {},
): Promise<BenchServer> {
  const child = spawn(join(root, 'scripts/peers/triton.sh'), [repository, String(port)], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: { ...process.env, ...env },
  });
  const http = `127.0.0.1:${port}`;
  for (let tries = 0; ; tries++) {
    const ready = await fetch(`http://${http}/v2/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) break;
    if (tries > 240 || child.exitCode !== null) throw new Error('Triton did not get ready');
    await sleep(500);
  }
  return { name: 'Triton', http, grpc: `127.0.0.1:${port + 1}`, pid: child.pid!, stop: () => stop(child) };
}

/** What perf_analyzer measured at one concurrency. */
export interface Measured {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

/** What Triton's own load generator, perf_analyzer, is to do. */
export interface PerfRun {
  readonly model: string;
  readonly protocol: 'http' | 'grpc';
  readonly concurrency: number;
  readonly windowMs: number;
  /** Where its CSV goes. */
  readonly file: string;
  readonly more?: readonly string[];
}

const perfScript = join(root, 'scripts/peers/perf-analyzer.sh');

/** Three windows, whatever they measure. */
function perfWords(
  server: BenchServer,
  { model, protocol, concurrency, windowMs, file, more = [] }: PerfRun,
): string[] {
  return [
    ...['-m', model, '-u', server[protocol], '-i', protocol, '-f', file],
    ...['--concurrency-range', String(concurrency), '-p', String(windowMs), '-r', '3', '-s', '999', ...more],
  ];
}

/** One run: the mean of its windows. */
export function perfAnalyzer(server: BenchServer, run: PerfRun): Measured {
  const { status, stdout, stderr } = spawnSync(perfScript, perfWords(server, run), { encoding: 'utf8' });
  if (status !== 0) throw new Error(`perf_analyzer against ${server.name}: ${stdout}\n${stderr}`);
  const [head, row] = readFileSync(run.file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(','));
  const column = (name: string): number => Number(row![head!.indexOf(name)]);
  return {
    perSecond: column('Inferences/Second'),
    p50Us: column('p50 latency'),
    p99Us: column('p99 latency'),
  };
}

/** What a server did under load. */
export interface Saturated {
  readonly perSecond: number;
  /** CPU seconds a second: the server's own process without its instances, and the load generator. */
  readonly serverCpu: number;
  readonly generatorCpu: number;
}

/**
 * Items a second that a server answers under perf_analyzer's load, from one answer to another by its own statistics: where batches take
 * a second, what falls into a window of the generator goes up and down by a whole batch, mostly down.
 */
export async function saturated(server: BenchServer, run: PerfRun, seconds: number): Promise<Saturated> {
  const load = spawn(perfScript, perfWords(server, run), { stdio: 'ignore' });
  const ended = new Promise<number | null>((resolveIt) => load.once('close', resolveIt));
  let over = false;
  void ended.then(() => (over = true));
  const cpu = () => ({ server: ownCpuSeconds(server.pid), generator: cpuSeconds(load.pid!) });
  const steps: Answered[] = [];
  let [cpuBefore, cpuAfter] = [cpu(), cpu()];
  let beganMs = 0;
  let tookMs = 0;
  while (!over && (beganMs === 0 || tookMs < seconds * 1000)) {
    steps.push(await answeredBy(server, run.model));
    // Not counted: until requests of all clients have gone round.
    if (beganMs === 0 && steps.at(-1)!.count - steps[0]!.count >= 2 * run.concurrency) {
      steps.splice(0, steps.length - 1);
      beganMs = performance.now();
      cpuBefore = cpu();
    }
    // It takes time from the server.
    await sleep(500);
    if (over) break;
    tookMs = performance.now() - beganMs;
    cpuAfter = cpu();
  }
  const [first, last] = [steps[0], steps.at(-1)];
  if ((await ended) !== 0 || beganMs === 0 || last!.count === first!.count)
    throw new Error(`perf_analyzer against ${server.name}: too few answers, or it failed`);
  return {
    perSecond: (1000 * (last!.count - first!.count)) / (last!.atMs - first!.atMs),
    serverCpu: (1000 * (cpuAfter.server - cpuBefore.server)) / tookMs,
    generatorCpu: (1000 * (cpuAfter.generator - cpuBefore.generator)) / tookMs,
  };
}

interface Answered {
  readonly count: number;
  /** When the last of them was answered, in ms of its clock. */
  readonly atMs: number;
}

async function answeredBy({ http }: BenchServer, model: string): Promise<Answered> {
  const answer = await fetch(`http://${http}/v2/models/${model}/stats`);
  const { model_stats } = (await answer.json()) as {
    readonly model_stats: readonly { readonly inference_count: number; readonly last_inference: number }[];
  };
  return { count: model_stats[0]!.inference_count, atMs: model_stats[0]!.last_inference };
}

/** The CPU time of a process and all it started, in seconds. */
export const cpuSeconds = (pid: number): number =>
  treeOf(pid).reduce((sum, one) => sum + ownCpuSeconds(one), 0);

/** Of a process without those it started. */
export function ownCpuSeconds(pid: number): number {
  const stat = readText(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(stat[11] ?? 0) + Number(stat[12] ?? 0)) / 100;
}

/** Memory that a process takes now, in bytes: resident, and its proportional share of what others have in common with it. */
export function memoryOf(pid: number): {
  readonly residentBytes: number;
  readonly proportionalBytes: number;
} {
  const text = readText(`/proc/${pid}/smaps_rollup`);
  const of = (name: string): number =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);
  return { residentBytes: of('Rss'), proportionalBytes: of('Pss') };
}

/** A process and its descendants. */
export function treeOf(pid: number): number[] {
  const children = readText(`/proc/${pid}/task/${pid}/children`)
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number);
  return [pid, ...children.flatMap(treeOf)];
}

export const sleep = (ms: number): Promise<void> => new Promise((resolveIt) => setTimeout(resolveIt, ms));

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolveIt, reject) => {
    let said = '';
    child.stdout!.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes('\n')) resolveIt(said.split('\n')[0]!);
    });
    child.once('exit', (status) => reject(new Error(`thinfer serve ended with ${status}`)));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const gone = new Promise((resolveIt) => child.once('exit', resolveIt));
  child.kill('SIGTERM');
  await gone;
}
