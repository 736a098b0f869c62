import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startProgram } from '../support/command.ts';
import { usePeer } from '../support/peers.ts';
import { processTest, type Scratch } from '../support/process-test.ts';
import { type PeerServer, servePeerModels } from './serve-peer-models.ts';

const analyzer = usePeer('perf-analyzer');

/** The first three short windows in a row that saw requests will do, whatever they measure: on a busy machine they differ. */
const quick = ['-p', '250', '-r', '40', '-s', '999'];
/** For the model `two`. Its reader of JSON takes only what has a point for a float. */
const values =
  '{ "data": [{ "a": [1.0, 2.0, 3.0, 4.0], "b": [5, 6] }, { "a": [-1.0, 0.0, 0.5, 1e30], "b": [7, -8] }] }';

interface Run {
  readonly title: string;
  readonly protocol: 'http' | 'grpc';
  /** Of one request. */
  readonly items: number;
  readonly args: readonly string[];
  /** Default `two`. */
  readonly model?: string;
  /** Lines of the result. Default 1. */
  readonly loads?: number;
}

const shared = ['--shared-memory', 'system', '--concurrency-range', '2'];
const runs: readonly Run[] = (['http', 'grpc'] as const).flatMap((protocol): Run[] =>
  [
    { title: 'a range of concurrency', items: 1, args: ['--concurrency-range', '1:2'], loads: 2 },
    { title: 'asynchronous calls', items: 4, args: ['-a', '--concurrency-range', '4'] },
    { title: 'a range of request rates', items: 4, args: ['--request-rate-range', '40:80:40'], loads: 2 },
    { title: 'shared memory', items: 1, args: shared },
    { title: 'shared memory of several items', items: 4, args: shared },
    { title: 'given values', items: 1, args: ['--input-data', 'values.json', '--concurrency-range', '1'] },
    { title: 'texts', items: 2, args: ['--shape', 'input:3', '--string-length', '20'], model: 'echo_bytes' },
  ].map((run) => ({ ...run, protocol })),
);
const grpcOnly: readonly Run[] = [
  { title: 'a stream', protocol: 'grpc', items: 1, args: ['-a', '--streaming'] },
  {
    title: 'compressed messages',
    protocol: 'grpc',
    items: 1,
    args: ['--grpc-compression-algorithm', 'gzip'],
  },
];

processTest("Triton's load generator measures thinfer", async (scratch, context) => {
  if (analyzer.skip !== false) return context.skip(analyzer.skip);
  writeFileSync(join(scratch.folder, 'values.json'), values);
  const server = await servePeerModels(scratch, { only: ['two', 'echo_bytes'], sharedMemory: true });
  for (const run of [...runs, ...grpcOnly])
    await context.test(`${run.title}, ${run.protocol}`, () =>
      measure(analyzer.command, run, server, scratch),
    );
  await server.stop();
});

async function measure(command: string, run: Run, server: PeerServer, scratch: Scratch): Promise<void> {
  const { protocol, items, args, model = 'two', loads = 1 } = run;
  const file = join(scratch.folder, 'result.csv');
  const before = await statistics(server, model);
  const { status, stdout, stderr } = await startProgram(
    command,
    ['-m', model, '-i', protocol, '-u', server[protocol], '-b', String(items), '-f', file, ...quick, ...args],
    { cwd: scratch.folder },
  ).ended;
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  assert.doesNotMatch(`${stdout}\n${stderr}`, /error/i);
  const [head = '', ...lines] = readFileSync(file, 'utf8').trim().split('\n');
  assert.equal(lines.length, loads, stdout);
  const rate = head.split(',').indexOf('Inferences/Second');
  for (const line of lines) assert.ok(Number(line.split(',')[rate]) > 0, line);
  const after = await statistics(server, model);
  checkCounts(before, after, items);
  // What perf_analyzer saw at the server itself, over its windows.
  const seen = [...stdout.matchAll(/Inference count: (\d+)/g)].map(([, count]) => Number(count));
  assert.equal(seen.length, loads, stdout);
  for (const count of seen) assert.ok(count > 0 && count <= after.items - before.items, stdout);
}

/** What the server counts of a model. */
interface Counts {
  readonly items: number;
  readonly batches: number;
  readonly answered: number;
  readonly failed: number;
}

async function statistics(server: PeerServer, model: string): Promise<Counts> {
  const response = await fetch(`http://${server.http}/v2/models/${model}/stats`);
  const { model_stats: listed } = (await response.json()) as { model_stats: readonly ModelStats[] };
  const { inference_count: items, execution_count: batches, inference_stats: of } = listed[0]!;
  return { items, batches, answered: of.success.count, failed: of.fail.count };
}

interface ModelStats {
  readonly inference_count: number;
  readonly execution_count: number;
  readonly inference_stats: Readonly<Record<'success' | 'fail', { readonly count: number }>>;
}

function checkCounts(before: Counts, after: Counts, itemsOfRequest: number): void {
  const answered = after.answered - before.answered;
  const batches = after.batches - before.batches;
  assert.ok(answered > 0);
  assert.equal(after.items - before.items, answered * itemsOfRequest);
  assert.ok(batches > 0 && batches <= answered, `${batches} batches of ${answered} requests`);
  assert.equal(after.failed, before.failed);
}
