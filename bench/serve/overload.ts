/**
 * Twice what a server can do, for a minute, with a deadline: how much of its capacity is still answered in time, whether anybody waits
 * past the deadline, and whether memory grows. Capacity is measured before and after. `node bench/serve/overload.ts [--model resnet50]
 * [--engine onnxruntime] [--config 2x1x4] [--seconds 60] [--deadline 500]`.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { processMemory } from '../../src/machine/index.ts';
import { saveResult } from '../support.ts';
import { startThinferServe } from './servers.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet50' },
    engine: { type: 'string', default: 'onnxruntime' },
    config: { type: 'string', default: '2x1x4' },
    seconds: { type: 'string', default: '60' },
    deadline: { type: 'string', default: '500' },
    concurrency: { type: 'string', default: '16' },
  },
});

interface Load {
  readonly answersPerSecond: number;
  readonly goodputPerSecond: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly latencyMs: { readonly p99: number; readonly max: number } | null;
  readonly notes: readonly string[];
}

/** `thinfer load` beside this process, which goes on reading the server's memory. */
function load(url: string, ...words: readonly string[]): Promise<Load> {
  const root = resolve(import.meta.dirname, '../..');
  const child = spawn(
    process.execPath,
    [join(root, 'bin/thinfer.js'), 'load', url, '--model', values.model, ...words, '--json', '--quiet'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  return new Promise((resolveIt, reject) =>
    child.once('close', (status) => {
      if (status === 0) resolveIt(JSON.parse(said) as Load);
      else reject(new Error(`thinfer load ended with ${status}`));
    }),
  );
}

const folder = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));
const server = await startThinferServe(folder, [
  values.model,
  '--engine',
  values.engine,
  '--config',
  values.config,
]);
const rss: number[] = [];
try {
  const url = `http://${server.http}`;
  const closed = ['--concurrency', values.concurrency, '--duration', '15s'];
  const before = await load(url, ...closed);
  const timer = setInterval(() => rss.push(processMemory(server.pid)?.rssBytes ?? 0), 1000);
  const over = await load(
    url,
    ...['--rate', String(2 * before.answersPerSecond), '--duration', `${values.seconds}s`],
    ...['--deadline', `${values.deadline}ms`],
  );
  clearInterval(timer);
  const after = await load(url, ...closed);
  const capacity = (before.answersPerSecond + after.answersPerSecond) / 2;
  const third = Math.floor(rss.length / 3);
  const megabytes = (bytes: readonly number[]): number => Math.max(...bytes) / 1e6;
  const result = {
    ...values,
    capacityPerSecond: { before: before.answersPerSecond, after: after.answersPerSecond },
    goodputShare: over.goodputPerSecond / capacity,
    maxLatencyMs: over.latencyMs?.max ?? null,
    memoryMB: { firstThird: megabytes(rss.slice(0, third)), lastThird: megabytes(rss.slice(-third)) },
    over,
    rss,
  };
  console.log(
    `goodput ${(100 * result.goodputShare).toFixed(1)} % of capacity; longest answer ${result.maxLatencyMs} ms; memory ${result.memoryMB.firstThird.toFixed(0)} MB, then ${result.memoryMB.lastThird.toFixed(0)} MB; ${JSON.stringify(over.outcomes)}`,
  );
  saveResult(`serve-overload-${values.model}-${values.engine.split(':')[0]}`, result);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
