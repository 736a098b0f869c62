/**
 * A server under steady load whose set of instances is changed again and again: whether any request is lost or answered wrongly, how much
 * the p99 grows, and how long a change takes beside what loading must take: its CPU time over the cores that serving leaves. The load is a
 * share of what the weaker of the sets answers at most. It runs on through many blocks, each some seconds of rest and then a few changes, one
 * after the other; p99 without changes is that of all rests, which lie on both sets in turn. The model is profiled before, as one is whose set
 * follows the load.
 * `node bench/adapt/reconfigure.ts [--model resnet50] [--sets 2x1x4,1x2x4] [--changes 100] [--blocks 25] [--rest 12] [--load 0.6] [--dim sequence=128]`.
 * Twenty minutes for ResNet-50 on two cores, more for BERT.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { SetChange } from '../../src/serve/types.ts';
import { mean, median, medianInterval, quantile, seededRandom, sortSamples } from '../../src/stats/index.ts';
import { requestsIn } from '../load/generator.ts';
import { sleep, startThinferServe, type ThinferServer } from '../serve/servers.ts';
import { saveResult, thinfer } from '../support.ts';
import { changeTo } from './change-set.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet50' },
    engine: { type: 'string', default: 'onnxruntime' },
    sets: { type: 'string', default: '2x1x4,1x2x4' },
    changes: { type: 'string', default: '100' },
    load: { type: 'string', default: '0.6' },
    blocks: { type: 'string', default: '25' },
    rest: { type: 'string', default: '12' },
    dim: { type: 'string', multiple: true, default: [] },
  },
});
const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));
const sets = values.sets.split(',');
const dims = values.dim.flatMap((text) => ['--dim', text]);

interface Loaded {
  readonly answersPerSecond: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

interface RunningLoad {
  /** Fulfilled when it has sent its first request. */
  readonly result: Promise<Loaded>;
  interrupt(): void;
}

/** `thinfer load`, every answer verified. Its requests go to `file`. */
function load(server: ThinferServer, file: string | null, ...words: readonly string[]): RunningLoad {
  const common = [`http://${server.http}`, '--model', values.model, '--model-file', values.model, ...dims];
  const out = file === null ? [] : ['--out', file];
  const child = spawn(
    process.execPath,
    [join(root, 'bin/thinfer.js'), 'load', ...common, ...words, ...out, '--verify', '--json', '--quiet'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  const result = new Promise<Loaded>((resolveIt, reject) =>
    child.once('close', (status) => {
      if (status === 0 || status === 130) resolveIt(JSON.parse(said) as Loaded);
      else reject(new Error(`thinfer load ended with ${status}: ${said}`));
    }),
  );
  return { result, interrupt: () => child.kill('SIGINT') };
}

interface Request {
  /** When it was due, in ms since the epoch. */
  readonly dueMs: number;
  readonly latencyMs: number;
}

/** All requests of a run, in the order in which they were due. */
function requestsOf(file: string): Request[] {
  const countedFromMs = Date.parse(/"countedFrom"+:"+([^"]+)/.exec(readFileSync(file, 'utf8'))![1]!);
  return requestsIn(file).map(({ dueMs, endMs }) => ({
    dueMs: countedFromMs + dueMs,
    latencyMs: endMs - dueMs,
  }));
}

/** A time of rest, and one of changes after it; in ms since the epoch. */
interface Block {
  readonly restFrom: number;
  readonly from: number;
  readonly to: number;
}

const blockCount = Number(values.blocks);
const blocks: Block[] = [];
let requests: Request[] = [];
const outcomes: Record<string, number> = {};
const changes: SetChange[] = [];
const capacity: Record<string, number> = {};
const count = (loaded: Loaded): void => {
  for (const [name, number] of Object.entries(loaded.outcomes))
    outcomes[name] = (outcomes[name] ?? 0) + number;
};
let rate = 0;
const threads = [...new Set(sets.flatMap((set) => set.split('+').map((group) => group.split('x')[1]!)))];
thinfer(
  join(folder, '.thinfer'),
  ...['profile', values.model, '--engine', values.engine, ...dims],
  ...['--threads', threads.join(','), '--batches', '1,2,4', '--budget', '90s'],
);
const server = await startThinferServe(folder, [
  values.model,
  '--engine',
  values.engine,
  '--config',
  sets[0]!,
  ...dims,
]);
try {
  for (const set of sets) {
    if (set !== sets[0]) await changeTo(server, values.model, set);
    const closed = ['--concurrency', '8', '--duration', '20s', '--warmup', '5s'];
    capacity[set] = (await load(server, null, ...closed).result).answersPerSecond;
    console.log(`${set}: ${capacity[set].toFixed(2)} answers/s at most`);
  }
  rate = Number(values.load) * Math.min(...Object.values(capacity));
  const file = join(folder, 'load.csv');
  const open = ['--rate', String(rate), '--warmup', '3s', '--timeout', '120s', '--duration', '6h'];
  const running = load(server, file, ...open);
  // References for --verify and the warm-up.
  await sleep(10_000);
  for (let block = 1; block <= blockCount; block++) {
    const restFrom = Date.now();
    await sleep(1000 * Number(values.rest));
    const from = Date.now();
    // An odd number each, so that the rests lie on both sets.
    const upTo =
      Math.round((block * Number(values.changes)) / blockCount) - (block < blockCount ? block % 2 : 0);
    while (changes.length < upTo) {
      changes.push(await changeTo(server, values.model, sets[changes.length % sets.length]!));
      const { durationMs, loadCpuMs, busyCores } = changes.at(-1)!;
      console.log(
        `change ${changes.length}: ${Math.round(durationMs!)} ms, ${Math.round(loadCpuMs)} ms of CPU, ${busyCores.toFixed(2)} cores busy`,
      );
    }
    blocks.push({ restFrom, from, to: Date.now() });
  }
  running.interrupt();
  count(await running.result);
  requests = requestsOf(file);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

const cores = Math.max(...sets.map(coresOf));
const p99Of = (latencies: readonly number[]): number => quantile(sortSamples(latencies), 0.99);
const between = (from: number, to: number): number[] =>
  requests.filter(({ dueMs }) => dueMs >= from && dueMs < to).map(({ latencyMs }) => latencyMs);
const pairs = blocks.map(({ restFrom, from, to }) => ({
  rest: between(restFrom, from),
  during: between(from, to),
}));
const resting = pairs.flatMap(({ rest }) => rest);
const changing = pairs.flatMap(({ during }) => during);
const p99Ratio = p99Of(changing) / p99Of(resting);
const durations = changes.map(
  ({ durationMs, loadCpuMs, busyCores }) => durationMs! / (loadCpuMs / Math.max(0.05, cores - busyCores)),
);
const sorted = sortSamples(durations);
const result = {
  ...values,
  rate,
  capacity,
  outcomes,
  requests: { resting: resting.length, changing: changing.length },
  p99Ms: { resting: p99Of(resting), changing: p99Of(changing) },
  p99Ratio: { ratio: p99Ratio, interval: resampled(p99Of) },
  meanRatio: { ratio: mean(changing) / mean(resting), interval: resampled(mean) },
  phases: phases(),
  blocks: pairs.map(({ rest, during }) => ({
    rest: { requests: rest.length, meanMs: mean(rest), p99Ms: p99Of(rest) },
    changing: { requests: during.length, meanMs: mean(during), p99Ms: p99Of(during) },
  })),
  durationOverNeeded: { median: median(sorted), interval: medianInterval(sorted), max: sorted.at(-1)! },
  changes: changes.map(({ to, way, durationMs, loadCpuMs, busyCores, kept, started, retired }) => ({
    ...{ to, way, durationMs, loadCpuMs, busyCores, kept, started, retired },
  })),
};
const bad = Object.entries(outcomes).filter(
  ([name, number]) => name !== 'ok' && name !== 'abandoned' && number > 0,
);
console.log(
  `${Object.values(outcomes).reduce((sum, n) => sum + n, 0)} requests, not ok: ${bad.length === 0 ? 'none' : JSON.stringify(bad)}`,
);
console.log(
  `p99 during the changes over that between them: ${p99Ratio.toFixed(2)} [${result.p99Ratio.interval.map((end) => end.toFixed(2)).join(', ')}]`,
);
console.log(
  `change over what its loading must take: median ${median(sorted).toFixed(2)}, most ${sorted.at(-1)!.toFixed(2)}`,
);
saveResult(`adapt-reconfigure-${values.model}`, result);

function coresOf(set: string): number {
  return set.split('+').reduce((sum, group) => {
    const [instances, threads] = group.split('x').map(Number);
    return sum + instances! * threads!;
  }, 0);
}

/** What requests of the changes saw that were due while others were loaded, in the last second before these took over, and in the first two after. */
function phases(): Record<string, { requests: number; meanMs: number; p99Ms: number }> {
  const takenOver = changes.map(({ beganMs, durationMs }) => beganMs + durationMs!);
  const of: Record<string, number[]> = { loading: [], before: [], after: [], next: [] };
  for (const { dueMs, latencyMs } of requests) {
    if (!blocks.some(({ from, to }) => dueMs >= from && dueMs < to)) continue;
    const since = Math.min(...takenOver.map((at) => (dueMs >= at ? dueMs - at : Number.POSITIVE_INFINITY)));
    const until = Math.min(...takenOver.map((at) => (at > dueMs ? at - dueMs : Number.POSITIVE_INFINITY)));
    const phase = since < 1000 ? 'after' : since < 2000 ? 'next' : until < 1000 ? 'before' : 'loading';
    of[phase]!.push(latencyMs);
  }
  // Of quick changes there is no loading to speak of.
  const seen = Object.entries(of).filter(([, ms]) => ms.length > 0);
  return Object.fromEntries(
    seen.map(([name, ms]) => [name, { requests: ms.length, meanMs: mean(ms), p99Ms: p99Of(ms) }]),
  );
}

/** 95 % of the ratio, with whole blocks drawn again: neighbours are alike. */
function resampled(of: (latencies: number[]) => number): [number, number] {
  const random = seededRandom(1);
  const ratios = Array.from({ length: 1000 }, () => {
    const drawn = pairs.map(() => pairs[Math.floor(random() * pairs.length)]!);
    return of(drawn.flatMap(({ during }) => during)) / of(drawn.flatMap(({ rest }) => rest));
  });
  const sorted = sortSamples(ratios);
  return [quantile(sorted, 0.025), quantile(sorted, 0.975)];
}
