/**
 * One server (null engine with a delay) driven by the real LoadGen and by `thinfer load --scenario server`, by the same schedule, in turns: the ratio of
 * the median latencies, and the 99th percentiles beside each other. LoadGen's system under test is Python with a pool of connections, so
 * its latencies hold Python's. `node bench/load/loadgen.ts [--rounds 9] [--seconds 10] [--qps 100] [--delay 2] [--connections 32]`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { median, type PairedRatio, pairedRatio, sortSamples } from '../../src/stats/index.ts';
import { startThinferServe } from '../serve/servers.ts';
import { saveResult, thinfer } from '../support.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    seconds: { type: 'string', default: '10' },
    qps: { type: 'string', default: '100' },
    delay: { type: 'string', default: '2' },
    connections: { type: 'string', default: '32' },
    save: { type: 'boolean', default: false },
  },
});
const root = resolve(import.meta.dirname, '../..');
const seed = '16159082839903944936';

/** Of one run, in ms. */
interface Latency {
  readonly p50: number;
  readonly p99: number;
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
    return {
      name,
      datatype,
      shape,
      data: Array.from({ length: count }, () => Math.fround(Math.random() - 0.5)),
    };
  });
  return JSON.stringify({ inputs: tensors });
}

function runLoadGen(folder: string, host: string, body: string): Latency {
  const [name, port] = host.split(':');
  const job = {
    ...{ host: name, port: Number(port), path: '/v2/models/tiny/infer', body, seed },
    ...{ qps: Number(values.qps), durationMs: 1000 * Number(values.seconds) },
    connections: Number(values.connections),
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
  readonly outcomes: Readonly<Record<string, number>>;
  readonly generator: { readonly keptUp: boolean };
  readonly mlperf: { readonly sampleLatencyNs: Readonly<Record<'p50' | 'p99', number>> };
}

function runThinfer(folder: string, url: string): Latency {
  const { mlperf } = thinfer<Document>(
    folder,
    ...['load', url, '--model', 'tiny', '--scenario', 'server', '--target-qps', values.qps, '--json-body'],
    ...['--target-latency', '10s', '--latency-percentile', '50', '--min-queries', '1', '--warmup', '0'],
    ...['--min-duration', `${values.seconds}s`, '--schedule-seed', seed, '--connections', values.connections],
  );
  return { p50: mlperf.sampleLatencyNs.p50 / 1e6, p99: mlperf.sampleLatencyNs.p99 / 1e6 };
}

const centre = (numbers: readonly number[]): number => median(sortSamples(numbers));

function report(name: 'p50' | 'p99', loadgen: readonly Latency[], ours: readonly Latency[]): PairedRatio {
  const [a, b] = [ours, loadgen].map((runs) => runs.map((run) => run[name])) as [number[], number[]];
  const ratio = pairedRatio(a, b);
  const interval = ratio.interval?.map((end) => end.toFixed(3)).join('–') ?? 'too few rounds';
  console.log(
    `${name}: thinfer ${centre(a).toFixed(3)} ms, LoadGen ${centre(b).toFixed(3)} ms, ratio ${ratio.ratio.toFixed(3)} (${interval})`,
  );
  return ratio;
}

const folder = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));
const server = await startThinferServe(folder, [
  ...['tiny', '--engine', `null:delay=${values.delay}`, '--config', '1x1x8'],
]);
try {
  const url = `http://${server.http}`;
  const body = await bodyOf(url);
  const loadgen: Latency[] = [];
  const ours: Latency[] = [];
  for (let round = 0; round < Number(values.rounds); round++)
    for (const side of round % 2 === 0 ? [0, 1] : [1, 0])
      if (side === 0) loadgen.push(runLoadGen(folder, server.http, body));
      else ours.push(runThinfer(folder, url));
  const ratios = { p50: report('p50', loadgen, ours), p99: report('p99', loadgen, ours) };
  if (values.save) saveResult('load-loadgen', { ...values, ratios, loadgen, thinfer: ours });
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
