/**
 * A server that answers nothing for ten seconds (SIGSTOP, then SIGCONT) in the middle of a run, in an open loop whose latencies count from when requests
 * were due, and in a closed loop of one client that thinks as long as the open loop's gaps. What a quarter of the open loop's requests must have met follows
 * from the schedule, so that the percentiles can be told beforehand; the closed loop sends one request into the stall.
 * `node bench/load/stall.ts [--rate 100] [--seconds 40] [--stall 10] [--out FILE]`: a minute and a half.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { quantile, sortSamples } from '../../src/stats/index.ts';
import { sleep, startThinferServe } from '../serve/servers.ts';
import { writeResult } from '../support.ts';
import { type LoadDocument, loadWords, type Request, requestsIn, startGenerator } from './generator.ts';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '40' },
    stall: { type: 'string', default: '10' },
    out: { type: 'string', default: resolve(import.meta.dirname, '../results/load-stall.json') },
  },
});
const { out, ...asked } = values;
const [rate, seconds, stall] = [values.rate, values.seconds, values.stall].map(Number) as [
  number,
  number,
  number,
];
const shares = { p50: 0.5, p90: 0.9, p99: 0.99, 'p99.9': 0.999, max: 1 };
type Percentiles = Record<keyof typeof shares, number>;

const percentiles = (of: (share: number) => number): Percentiles =>
  Object.fromEntries(Object.entries(shares).map(([name, share]) => [name, of(share)])) as Percentiles;

const folder = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));
// An instance whose answer comes while the server stands is no instance that hangs.
const grace = ['--supervision-hang-grace', `${stall + 60}s`];
const server = await startThinferServe(folder, ['tiny', '--engine', 'null', ...grace]);
const url = `http://${server.http}`;

/** A process that is stopped can't be ended: it goes on first. The generator ends with this process. */
function giveUp(): never {
  process.kill(server.pid, 'SIGCONT');
  process.kill(server.pid, 'SIGTERM');
  rmSync(folder, { recursive: true, force: true });
  process.exit(130);
}
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, giveUp);

async function answered(): Promise<number> {
  const answer = await fetch(`${url}/v2/models/tiny/stats`);
  const { model_stats } = (await answer.json()) as {
    readonly model_stats: readonly { readonly inference_count: number }[];
  };
  return model_stats[0]!.inference_count;
}

interface Run {
  readonly outcomes: LoadDocument['outcomes'];
  /** From the end of the warm-up, in s. */
  readonly stalled: readonly [from: number, to: number];
  /** Requests that were sent while the server stood. */
  readonly sentInStall: number;
  readonly latencyMs: Percentiles;
  /** Of the requests due in each second. */
  readonly seconds: readonly {
    readonly second: number;
    readonly due: number;
    readonly p50Ms: number;
    readonly maxMs: number;
  }[];
}

/** The others wait in the generator, in their order: the server takes up one new connection at a time. */
const connections = ['--connections', '64'];

async function run(...words: readonly string[]): Promise<Run> {
  const before = await answered();
  const file = join(folder, 'load.csv');
  const common = ['--duration', `${seconds}s`, '--warmup', '2s', '--timeout', `${stall + 30}s`];
  const { said } = startGenerator(loadWords(url, 'tiny', file, ...words, ...common, ...connections));
  while ((await answered()) === before) await sleep(50);
  await sleep(2000 + 1000 * ((seconds - stall) / 2));
  process.kill(server.pid, 'SIGSTOP');
  const from = Date.now();
  await sleep(1000 * stall);
  process.kill(server.pid, 'SIGCONT');
  const to = Date.now();
  const { startedAt, outcomes } = JSON.parse(await said) as LoadDocument;
  const counted = Date.parse(startedAt) + 2000;
  const stalled = [(from - counted) / 1000, (to - counted) / 1000] as const;
  return { outcomes, stalled, ...judged(requestsIn(file), stalled) };
}

function judged(
  requests: readonly Request[],
  [from, to]: readonly [number, number],
): Omit<Run, 'outcomes' | 'stalled'> {
  const latencies = sortSamples(requests.map(({ dueMs, endMs }) => endMs - dueMs));
  const bySecond = Map.groupBy(requests, ({ dueMs }) => Math.floor(dueMs / 1000));
  return {
    sentInStall: requests.filter(({ sentMs }) => sentMs >= from * 1000 && sentMs < to * 1000).length,
    latencyMs: percentiles((share) => quantile(latencies, share)),
    seconds: [...bySecond].map(([second, all]) => {
      const sorted = sortSamples(all.map(({ dueMs, endMs }) => endMs - dueMs));
      return { second, due: all.length, p50Ms: quantile(sorted, 0.5), maxMs: sorted.at(-1)! };
    }),
  };
}

/** Evenly spaced requests that are answered at once, but where the server stands: then at its end. A share s waits longer than stall − s × seconds. */
const predicted = percentiles((share) => 1000 * Math.max(0, stall - (1 - share) * seconds));

const show = (name: string, latencyMs: Percentiles): void =>
  console.log(
    `${name}: ${Object.entries(latencyMs)
      .map(([key, ms]) => `${key} ${ms.toFixed(1)} ms`)
      .join(', ')}`,
  );

try {
  const open = await run('--rate', String(rate), '--arrivals', 'constant');
  const closed = await run('--concurrency', '1', '--think', `${1000 / rate}ms`);
  show('open loop, by arithmetic', predicted);
  show(`open loop, ${open.sentInStall} requests sent into the stall`, open.latencyMs);
  show(`closed loop, ${closed.sentInStall} requests sent into the stall`, closed.latencyMs);
  for (const { outcomes } of [open, closed]) console.log(JSON.stringify(outcomes));
  writeResult(out, { ...asked, predictedMs: predicted, open, closed });
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
