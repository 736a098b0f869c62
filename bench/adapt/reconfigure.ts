/**
 * A server under steady load whose set of instances is changed again and again: whether any request is lost or answered wrongly, how much
 * the p99 grows, and how long a change takes beside what loading must take: its CPU time over the cores that serving leaves. The load is a
 * share of what the weaker of the sets answers at most. It runs on through ten blocks, each some seconds of rest and then ten changes, one
 * after the other; p99 without changes is that of all rests, which lie on both sets in turn.
 * `node bench/adapt/reconfigure.ts [--model resnet50] [--sets 2x1x4,1x2x4] [--changes 100] [--load 0.6] [--rest 30] [--dim sequence=128]`.
 * A quarter of an hour for ResNet-50 on two cores, more for BERT.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { SetChange } from '../../src/serve/types.ts';
import { mean, median, medianInterval, quantile, seededRandom, sortSamples } from '../../src/stats/index.ts';
import { sleep, startThinferServe, type ThinferServer } from '../serve/servers.ts';
import { saveResult } from '../support.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet50' },
    engine: { type: 'string', default: 'onnxruntime' },
    sets: { type: 'string', default: '2x1x4,1x2x4' },
    changes: { type: 'string', default: '100' },
    load: { type: 'string', default: '0.6' },
    rest: { type: 'string', default: '30' },
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

async function changeTo(server: ThinferServer, configuration: string): Promise<SetChange> {
  const answer = await fetch(`${server.managementUrl}/v2/repository/models/${values.model}/plan`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}` },
    body: JSON.stringify({ configuration }),
  });
  if (!answer.ok) throw new Error(`the change to ${configuration}: ${await answer.text()}`);
  return (await answer.json()) as SetChange;
}

interface Request {
  /** When it was due, in ms since the epoch. */
  readonly dueMs: number;
  readonly latencyMs: number;
}

/** All requests of a run, in the order in which they were due. */
function requestsIn(file: string): Request[] {
  const text = readFileSync(file, 'utf8');
  const [head, ...rows] = text.trim().split('\n');
  const names = head!.split(',');
  const countedFromMs = Date.parse(/"countedFrom"+:"+([^"]+)/.exec(text)![1]!);
  return rows.map((row) => {
    const cells = row.split(',');
    const of = (name: string): number => Number(cells[names.indexOf(name)]);
    return { dueMs: countedFromMs + of('due_ms'), latencyMs: of('latency_ms') };
  });
}

/** A time of rest, and one of changes after it; in ms since the epoch. */
interface Block {
  readonly restFrom: number;
  readonly from: number;
  readonly to: number;
}

const blockCount = 10;
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
    if (set !== sets[0]) await changeTo(server, set);
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
      changes.push(await changeTo(server, sets[changes.length % sets.length]!));
      const { durationMs, loadCpuMs, busyCores } = changes.at(-1)!;
      console.log(
        `change ${changes.length}: ${Math.round(durationMs!)} ms, ${Math.round(loadCpuMs)} ms of CPU, ${busyCores.toFixed(2)} cores busy`,
      );
    }
    blocks.push({ restFrom, from, to: Date.now() });
  }
  running.interrupt();
  count(await running.result);
  requests = requestsIn(file);
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
