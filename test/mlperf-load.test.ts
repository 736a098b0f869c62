/** `thinfer load --scenario` end to end: a real server with the null engine, the real command line, LoadGen's files. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bareSettings, type MlperfSettings, prepareRun } from '../src/load/mlperf/index.ts';
import { startThinfer, thinfer } from './support/command.ts';
import { downloadsOf } from './support/page.ts';
import { processTest, type Scratch, sleep, until } from './support/process-test.ts';
import { type Serving, startServe } from './support/serve.ts';

interface Document {
  readonly sent: number;
  readonly load: { readonly loop: string; readonly rate: number | null };
  readonly mlperf: {
    readonly valid: boolean;
    readonly reasons: readonly string[];
    readonly ended: string;
    readonly queries: number;
    readonly samples: number;
    readonly unanswered: number;
    readonly samplesPerQuery: number;
    readonly constraintsMet: boolean | null;
    readonly targetPercentileNs: number;
    readonly minDurationMs: number;
    readonly sampleLatencyNs: Readonly<Record<string, number>>;
    readonly queryLatencyNs: Readonly<Record<string, number>> | null;
  };
}

interface TraceEvent {
  readonly ph?: string;
  readonly name: string;
  readonly ts: number;
  readonly args: { readonly sample_seq: number; readonly sample_idx: number; readonly complete_ns: number };
}

async function served(
  scratch: Scratch,
  engine: string,
  config: string,
  body: (server: Serving) => Promise<void>,
): Promise<void> {
  const server = await startServe(scratch, ['tiny', '--engine', engine, '--config', config]);
  await body(server);
  await server.stop();
}

async function load(
  scratch: Scratch,
  { http }: Serving,
  words: string,
): Promise<{ readonly status: number | null; readonly stderr: string; readonly document: Document }> {
  const all = ['load', http, '--model', 'tiny', '--json', '--quiet', '--warmup', '0', ...words.split(' ')];
  const { status, stdout, stderr } = await thinfer(scratch, all);
  return { status, stderr, document: (stdout === '' ? null : JSON.parse(stdout)) as Document };
}

const log = ({ folder }: Scratch, name: string): string =>
  readFileSync(join(folder, 'logs', `mlperf_log_${name}`), 'utf8');

const pageOf = ({ folder }: Scratch, file: string): string => readFileSync(join(folder, file), 'utf8');

const detailValue = (text: string, key: string): string =>
  new RegExp(`"key": "${key}", "value": (.*?), "time_ms"`).exec(text)![1]!;

function samplesOf(trace: string): readonly TraceEvent[] {
  const { traceEvents } = JSON.parse(trace) as { readonly traceEvents: readonly TraceEvent[] };
  return traceEvents
    .filter(({ name, ph }) => name === 'Sample' && ph === 'b')
    .toSorted((a, b) => a.args.sample_seq - b.args.sample_seq);
}

processTest("server: LoadGen's schedule and samples, its verdict and its files", async (scratch) => {
  await served(scratch, 'null:delay=1', '1x1x8', async (server) => {
    writeFileSync(
      join(scratch.folder, 'user.conf'),
      '# mine\n*.Server.min_duration = 800\n*.*.schedule_rng_seed = 5\n',
    );
    const words =
      '--scenario server --target-qps 300 --target-latency 10s --latency-percentile 90 --mlperf-conf user.conf --sample-seed 6 --library-seed 7 --mlperf-log logs --report run.html';
    const { status, stderr, document } = await load(scratch, server, words);
    assert.equal(status, 0, stderr);
    const { mlperf } = document;
    assert.equal(mlperf.valid, true);
    assert.deepEqual([document.load.loop, document.load.rate], ['open', 300]);
    assert.deepEqual(readdirSync(join(scratch.folder, 'logs')).toSorted(), [
      ...['mlperf_log_accuracy.json', 'mlperf_log_detail.txt'],
      ...['mlperf_log_summary.txt', 'mlperf_log_trace.json'],
    ]);
    const asked: MlperfSettings = {
      ...{ ...bareSettings, scenario: 'Server', minDurationMs: 800, serverTargetQps: 300 },
      ...{ scheduleRngSeed: 5n, sampleIndexRngSeed: 6n, qslRngSeed: 7n },
    };
    const { queries } = prepareRun(asked, { totalCount: 8, performanceCount: 8 });
    const samples = samplesOf(log(scratch, 'trace.json'));
    assert.equal(samples.length, queries.dueNs.length);
    assert.deepEqual(
      samples.map(({ args }) => args.sample_idx),
      [...queries.samples],
    );
    const due = samples.map(({ ts }) => Math.round((ts - samples[0]!.ts) * 1000));
    assert.deepEqual(due, [...queries.dueNs], 'ns of the trace');
    const latencies = samples.map(({ args }) => args.complete_ns).toSorted((a, b) => a - b);
    assert.equal(mlperf.targetPercentileNs, latencies[Math.trunc(latencies.length * 0.9)]);
    const detail = log(scratch, 'detail.txt');
    assert.equal(detailValue(detail, 'result_validity'), '"VALID"');
    assert.equal(
      Number(detailValue(detail, 'result_90.00_percentile_latency_ns')),
      mlperf.targetPercentileNs,
    );
    assert.match(log(scratch, 'summary.txt'), /^Result is : VALID$/m);
    const page = pageOf(scratch, 'run.html');
    assert.match(page, /<h1>tiny: VALID, p90 [\d.]+ ms of 10.0 s at 300 queries\/s \(MLPerf server\)/);
    assert.ok(page.includes('✓ <b>holds</b>: the latency bound'));
    assert.deepEqual(JSON.parse(downloadsOf(page).get('thinfer-load-tiny.json')!.toString()), document);
  });
});

processTest('single-stream, multi-stream and offline send what they should', async (scratch) => {
  await served(scratch, 'null:delay=1', '1x1x8', async (server) => {
    const single = await load(
      scratch,
      server,
      '--scenario single-stream --target-latency 1ms --min-duration 300ms',
    );
    assert.equal(single.status, 0, single.stderr);
    assert.deepEqual([single.document.mlperf.samplesPerQuery, single.document.mlperf.ended], [1, 'natural']);
    const multi = await load(
      scratch,
      server,
      '--scenario multi-stream --samples-per-query 3 --min-duration 0 --min-queries 20 --latency-percentile 80',
    );
    assert.equal(multi.status, 1, multi.stderr);
    assert.deepEqual([multi.document.mlperf.queries, multi.document.sent], [20, 60]);
    assert.match(
      multi.document.mlperf.reasons.join(),
      /^Only processed 20 queries. Need to process at least \d+/,
    );
    const { queryLatencyNs, sampleLatencyNs } = multi.document.mlperf;
    assert.ok(queryLatencyNs!['mean']! >= sampleLatencyNs['mean']!);
    const offline = await load(
      scratch,
      server,
      '--scenario offline --target-qps 1000 --min-duration 1ms --min-queries 900 --connections 4 --report off.html',
    );
    assert.equal(offline.status, 0, offline.stderr);
    assert.deepEqual([offline.document.mlperf.queries, offline.document.mlperf.samples], [1, 900]);
    assert.match(pageOf(scratch, 'off.html'), /<h1>tiny: VALID, [\d,.]+ samples\/s \(MLPerf offline\)/);
  });
});

processTest('a run that is short, slow, or lacks answers is not valid, and says why', async (scratch) => {
  await served(scratch, 'null:delay=30', '1x1x1', async (server) => {
    const slow = await load(
      scratch,
      server,
      '--scenario server --target-qps 60 --target-latency 1ms --min-duration 500ms --min-queries 1 --report slow.html',
    );
    assert.equal(slow.status, 1, slow.stderr);
    assert.equal(slow.document.mlperf.constraintsMet, false);
    assert.ok(slow.document.mlperf.reasons.includes('Reduce target QPS to improve latency.'));
    const page = pageOf(scratch, 'slow.html');
    assert.match(page, /<h1>tiny: INVALID/);
    assert.ok(page.includes('✗ <b>failed</b>: the latency bound'));
    assert.ok(page.includes('Reduce target QPS to improve latency.'));
    const short = await load(
      scratch,
      server,
      '--scenario server --target-qps 10 --max-queries 3 --mlperf-log logs',
    );
    assert.equal(short.status, 1, short.stderr);
    assert.deepEqual([short.document.mlperf.queries, short.document.mlperf.ended], [3, 'most-queries']);
    assert.equal(short.document.mlperf.minDurationMs, 600_000);
    assert.equal(detailValue(log(scratch, 'detail.txt'), 'num_errors'), '1');
    // One answer in 30 ms, and three requests in that time: most wait longer than is waited for.
    const words = '--scenario server --target-qps 100 --min-duration 1s --min-queries 1 --timeout 100ms';
    const gone = await load(scratch, server, words);
    assert.equal(gone.status, 1, gone.stderr);
    assert.ok(
      gone.document.mlperf.samples > 0 && gone.document.mlperf.unanswered > 0,
      JSON.stringify(gone.document.mlperf),
    );
    assert.match(gone.document.mlperf.reasons.join(), /\d+ samples had no answer\./);
  });
});

processTest('an interrupt ends a run; its files are written', async (scratch) => {
  await served(scratch, 'null:delay=1', '1x1x8', async ({ http }) => {
    const words = [
      'load',
      http,
      '--model',
      'tiny',
      '--scenario',
      'single-stream',
      '--mlperf-log',
      'logs',
      '--warmup',
      '0',
      '--json',
    ];
    const running = startThinfer(scratch, words);
    await until('the log folder', () => readdirSync(scratch.folder).includes('logs'));
    await sleep(1000);
    running.process.kill('SIGINT');
    const { status, stdout } = await running.ended;
    assert.equal(status, 130);
    const { mlperf } = JSON.parse(stdout) as Document;
    assert.deepEqual([mlperf.ended, mlperf.valid], ['interrupted', false]);
    assert.match(log(scratch, 'summary.txt'), /^Result is : INVALID$/m);
  });
});

processTest('what can not be is told, all at once, before anything is measured', async (scratch) => {
  const usage = async (words: string): Promise<string> => {
    const all = ['load', 'http://127.0.0.1:9', '--model', 'tiny', ...words.split(' ')];
    const { status, stderr } = await thinfer(scratch, all);
    assert.equal(status, 2, stderr);
    return stderr;
  };
  const mixed = await usage(
    '--scenario offline --rate 5 --duration 5s --samples-per-query 2 --schedule-seed 1',
  );
  for (const flag of ['rate', 'duration', 'samples-per-query', 'schedule-seed'])
    assert.match(mixed, new RegExp(`--${flag}: `));
  assert.match(await usage('--rate 5 --min-queries 5'), /--min-queries: give a --scenario/);
  assert.match(await usage('--scenario server --sample-seed 18446744073709551616'), /below 2\^64/);
  await served(scratch, 'null', '1x1x1', async ({ http }) => {
    writeFileSync(join(scratch.folder, 'bad.conf'), 'a.b=1\n*.Server.target_qps = x\n');
    const bad = await thinfer(
      scratch,
      `load ${http} --model tiny --scenario server --mlperf-conf bad.conf`.split(' '),
    );
    assert.equal(bad.status, 2);
    assert.match(bad.stderr, /bad\.conf: line 1: /);
    assert.match(bad.stderr, /bad\.conf: line 2: /);
    const many = await thinfer(
      scratch,
      `load ${http} --model tiny --scenario server --target-qps 1000000`.split(' '),
    );
    assert.equal(many.status, 2);
    assert.match(many.stderr, /more than the 5000000 samples/);
  });
});
