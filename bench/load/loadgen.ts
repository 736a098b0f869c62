/**
 * One server (null engine with a delay) driven by the real LoadGen and by `thinfer load --scenario`, in turns: the ratio of the median latencies, whose interval
 * should hold 1, and the 99th percentiles beside each other. In `server` both have the same schedule, in `single-stream` both send one request after the other.
 *
 * LoadGen comes with no client. `loadgen_http.py` is Python over raw sockets, so what the clients themselves cost is not the same. It is measured as well, by
 * `single-stream` at a delay of 0; about 0.35 ms with either, the server's own part in it. In `server` latencies count from the schedule, and thinfer wakes two threads
 * for a request where LoadGen wakes one: its slip, some 0.2 ms at such low rates, is saved beside. The delay of the model is long, so that neither is much of it.
 * `node bench/load/loadgen.ts [--rounds 7] [--seconds 8] [--qps 10] [--delay 50] [--out FILE]`: 7 minutes.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { median, pairedRatio, sortSamples } from '../../src/stats/index.ts';
import { startThinferServe, type ThinferServer } from '../serve/servers.ts';
import { thinfer, writeResult } from '../support.ts';
import { medianDifference } from './generator.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '8' },
    qps: { type: 'string', default: '10' },
    delay: { type: 'string', default: '50' },
    out: { type: 'string', default: resolve(import.meta.dirname, '../results/load-loadgen.json') },
  },
});
const { out, ...asked } = values;
const root = resolve(import.meta.dirname, '../..');
const seed = '16159082839903944936';

/** Of one run, in ms. */
interface Latency {
  readonly p50: number;
  readonly p99: number;
  /** Of the sending, where it is known. */
  readonly slipP50?: number;
}

interface Case {
  readonly name: string;
  readonly scenario: 'server' | 'single-stream';
  /** Of the server's model, in ms. */
  readonly delay: number;
  readonly loadgen: Latency[];
  readonly thinfer: Latency[];
}

interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

/** A request of one item with numbers as long as those that thinfer sends. */
async function bodyOf(url: string): Promise<string> {
  const answer = await fetch(`${url}/v2/models/tiny`);
  const { inputs } = (await answer.json()) as { readonly inputs: readonly TensorMetadata[] };
  const tensors = inputs.map(({ name, datatype, shape: told }) => {
    const shape = told.map((size) => (size < 0 ? 1 : size));
    const count = shape.reduce((product, size) => product * size, 1);
    const data = Array.from({ length: count }, () => Math.fround(Math.random() - 0.5));
    return { name, datatype, shape, data };
  });
  return JSON.stringify({ inputs: tensors });
}

/** What a stream's query is expected to take: both prepare queries by it, and must not run out of them. */
const expectedMs = (delay: number): number => Math.max(0.1, delay / 2);

function runLoadGen({ scenario, delay }: Case, host: string, body: string): Latency {
  const [name, port] = host.split(':');
  const common = { min_duration_ms: Number(values.seconds) * 1000, min_query_count: 1 };
  const settings =
    scenario === 'server'
      ? {
          ...{ server_target_qps: Number(values.qps), server_target_latency_ns: 10_000_000_000 },
          schedule_rng_seed: seed,
        }
      : { single_stream_expected_latency_ns: expectedMs(delay) * 1e6 };
  const job = {
    ...{ host: name, port: Number(port), path: '/v2/models/tiny/infer', body },
    scenario: scenario === 'server' ? 'Server' : 'SingleStream',
    settings: { ...common, ...settings },
  };
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job));
  const { status, stdout, stderr } = spawnSync(
    join(root, 'scripts/peers/loadgen.sh'),
    [join(import.meta.dirname, 'loadgen_http.py'), join(folder, 'job.json'), folder],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`LoadGen ended with ${status}: ${stdout}${stderr}`);
  const detail = readFileSync(join(folder, 'mlperf_log_detail.txt'), 'utf8');
  const ms = (percent: string): number =>
    Number(new RegExp(`"result_${percent}_percentile_latency_ns", "value": (\\d+)`).exec(detail)![1]) / 1e6;
  return { p50: ms('50.00'), p99: ms('99.00') };
}

interface Document {
  readonly generator: { readonly slipMs: { readonly p50: number } | null };
  readonly mlperf: { readonly sampleLatencyNs: Readonly<Record<'p50' | 'p99', number>> };
}

function runThinfer({ scenario, delay }: Case, host: string): Latency {
  const own =
    scenario === 'server'
      ? ['--target-qps', values.qps, '--target-latency', '10s', '--schedule-seed', seed]
      : ['--target-latency', `${expectedMs(delay)}ms`];
  const { mlperf, generator } = thinfer<Document>(
    folder,
    ...['load', `http://${host}`, '--model', 'tiny', '--scenario', scenario, ...own, '--json-body'],
    ...['--latency-percentile', '50', '--min-queries', '1', '--warmup', '1s'],
    ...['--min-duration', `${values.seconds}s`],
  );
  const { p50, p99 } = mlperf.sampleLatencyNs;
  return { p50: p50 / 1e6, p99: p99 / 1e6, slipP50: generator.slipMs?.p50 ?? 0 };
}

async function measure(one: Case, round: number, server: ThinferServer): Promise<void> {
  const body = await bodyOf(`http://${server.http}`);
  for (const side of round % 2 === 0 ? [0, 1] : [1, 0])
    if (side === 0) one.loadgen.push(runLoadGen(one, server.http, body));
    else one.thinfer.push(runThinfer(one, server.http));
  const [theirs, ours] = [one.loadgen.at(-1)!, one.thinfer.at(-1)!];
  console.log(
    `round ${round + 1} ${one.name}: p50 ${ours.p50.toFixed(3)} and LoadGen ${theirs.p50.toFixed(3)} ms, p99 ${ours.p99.toFixed(3)} and ${theirs.p99.toFixed(3)} ms`,
  );
}

const centre = (numbers: readonly number[]): number => median(sortSamples(numbers));

function judged({ thinfer: ours, loadgen }: Case, name: 'p50' | 'p99') {
  const [a, b] = [ours, loadgen].map((runs) => runs.map((run) => run[name])) as [number[], number[]];
  const moreMs = medianDifference(a.map((ms, at) => ms - b[at]!));
  return { thinferMs: centre(a), loadgenMs: centre(b), ratio: pairedRatio(a, b), moreMs };
}

const range = (interval: readonly number[]): string =>
  `[${interval.map((end) => end.toFixed(3)).join(', ')}]`;

const folder = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));
const delay = Number(values.delay);
const cases: readonly Case[] = [
  { name: 'server', scenario: 'server', delay, loadgen: [], thinfer: [] },
  { name: 'single-stream', scenario: 'single-stream', delay, loadgen: [], thinfer: [] },
  { name: 'clients alone', scenario: 'single-stream', delay: 0, loadgen: [], thinfer: [] },
];
const servers = new Map<number, ThinferServer>();
try {
  for (const each of [delay, 0])
    servers.set(each, await startThinferServe(folder, ['tiny', '--engine', `null:delay=${each}`]));
  for (let round = 0; round < Number(values.rounds); round++)
    for (const one of cases) await measure(one, round, servers.get(one.delay)!);
  const results = cases.map((one) => ({ ...one, p50: judged(one, 'p50'), p99: judged(one, 'p99') }));
  for (const { name, ...result } of results)
    for (const key of ['p50', 'p99'] as const) {
      const { thinferMs, loadgenMs, ratio, moreMs } = result[key];
      console.log(
        `${name} ${key}: thinfer ${thinferMs.toFixed(3)}, LoadGen ${loadgenMs.toFixed(3)} ms; ratio ${ratio.ratio.toFixed(3)} ${range(ratio.interval)}, difference ${moreMs.median.toFixed(3)} ms ${range(moreMs.interval)}`,
      );
    }
  writeResult(out, { ...asked, results });
} finally {
  for (const server of servers.values()) await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
