/**
 * A server under steady load whose set of instances is changed again and again: whether any request is lost or answered wrongly, how much
 * the p99 grows, and how long a change takes beside what loading must take: its CPU time over the cores that serving leaves. The load is a
 * share of what the weaker of the sets answers at most; p99 before is that of both sets, as long each, with no changes.
 * `node bench/adapt/reconfigure.ts [--model resnet50] [--sets 2x1x4,1x2x4] [--changes 100] [--load 0.6] [--before 60] [--dim sequence=128]`.
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
    before: { type: 'string', default: '60' },
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

/** Latencies of all requests of a run, in the order in which they were due. */
function latenciesIn(file: string): number[] {
  const [head, ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  const at = head!.split(',').indexOf('latency_ms');
  return rows.map((row) => Number(row.split(',')[at]));
}

/** Of steady load on each set, then of the same load during the changes. */
const before: number[][] = [];
let during: number[] = [];
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
  const open = ['--rate', String(rate), '--warmup', '3s', '--timeout', '120s'];
  const file = join(folder, 'load.csv');
  for (const set of sets.toReversed()) {
    if (set !== sets.at(-1)) await changeTo(server, set);
    count(await load(server, file, ...open, '--duration', `${values.before}s`).result);
    before.push(latenciesIn(file));
    console.log(`${set}, no changes: p99 ${quantile(sortSamples(before.at(-1)!), 0.99).toFixed(1)} ms`);
  }
  const running = load(server, file, ...open, '--duration', '6h');
  // References for --verify and the warm-up.
  await sleep(10_000);
  for (let turn = 1; turn <= Number(values.changes); turn++) {
    changes.push(await changeTo(server, sets[turn % sets.length]!));
    const { durationMs, loadCpuMs, busyCores } = changes.at(-1)!;
    console.log(
      `change ${turn}: ${Math.round(durationMs!)} ms, ${Math.round(loadCpuMs)} ms of CPU, ${busyCores.toFixed(2)} cores busy`,
    );
  }
  running.interrupt();
  count(await running.result);
  during = latenciesIn(file);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

const cores = Math.max(...sets.map(coresOf));
const p99Of = (latencies: readonly number[]): number => quantile(sortSamples([...latencies]), 0.99);
const allBefore = before.flat();
const p99Ratio = p99Of(during) / p99Of(allBefore);
const durations = changes.map(
  ({ durationMs, loadCpuMs, busyCores }) => durationMs! / (loadCpuMs / Math.max(0.05, cores - busyCores)),
);
const sorted = sortSamples(durations);
const result = {
  ...values,
  rate,
  capacity,
  outcomes,
  requests: { before: before.map(({ length }) => length), during: during.length },
  p99Ms: { before: before.map(p99Of), beforeAll: p99Of(allBefore), during: p99Of(during) },
  p99Ratio: { ratio: p99Ratio, interval: resampled() },
  meanRatio: mean(sortSamples(during)) / mean(sortSamples(allBefore)),
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
  `p99 during the changes over before: ${p99Ratio.toFixed(2)} [${result.p99Ratio.interval.map((end) => end.toFixed(2)).join(', ')}]`,
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

/** 95 % of the ratio, with stretches of 50 requests drawn again: neighbours are alike. */
function resampled(): [number, number] {
  const random = seededRandom(1);
  const stretch = 50;
  const draw = (all: readonly number[]): number[] => {
    const drawn: number[] = [];
    while (drawn.length < all.length) {
      const from = Math.floor(random() * Math.max(1, all.length - stretch));
      drawn.push(...all.slice(from, from + stretch));
    }
    return drawn;
  };
  const ratios = sortSamples(
    Array.from({ length: 1000 }, () => p99Of(draw(during)) / p99Of(before.flatMap(draw))),
  );
  return [quantile(ratios, 0.025), quantile(ratios, 0.975)];
}
