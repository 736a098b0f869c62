/**
 * Requests of different lengths on a real server: (a) padded to the longest of their batch, as the server decides (`pad: auto`); (b) each length
 * batched apart (`pad: off`); (c) all padded by their clients to the greatest length. Answers per second in a closed loop; then p50 and p99 in an
 * open loop at a share of (b)'s rate, the same for all. (c) may not keep up with it: then its latencies grow with the run, and only say so.
 * Every answer is verified against the one that was got alone.
 * Lengths are those of `thinfer load`: each entry of the list is as likely. The model is profiled at all of them before, since the server
 * decides by that what to batch. Both servers run throughout, one of them idle.
 * `node bench/serve/lengths.ts [--model bert-base-uncased] [--lengths 16,16,16,16,32,32,32,64,64,128] [--config 2x1x4] [--clients 8] [--share 0.6] [--rounds 4] [--seconds 10]`.
 * Ten minutes by default. Each open loop has some 60 requests then, so the p99 is nearly the longest latency; `--seconds 40` takes half an hour.
 * Seconds must be some times what all clients' requests take at the greatest length: a closed loop of shorter ones counts no answer, and fails.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median, pairedRatio, sortSamples } from '../../src/stats/index.ts';
import { type LoadDocument, loadWords, startGenerator } from '../load/generator.ts';
import { saveResult, thinfer } from '../support.ts';
import { startThinferServe, type ThinferServer } from './servers.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'bert-base-uncased' },
    dim: { type: 'string', default: 'sequence' },
    lengths: { type: 'string', default: '16,16,16,16,32,32,32,64,64,128' },
    config: { type: 'string', default: '2x1x4' },
    clients: { type: 'string', default: '8' },
    share: { type: 'string', default: '0.6' },
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '10' },
  },
});
const { model } = values;
const lengths = values.lengths.split(',').map(Number);
const rounds = Array.from({ length: Number(values.rounds) }, (_, at) => at + 1);
const folder = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));

interface Run {
  readonly round: number;
  readonly answersPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly keptUp: boolean;
}

interface Side {
  readonly name: string;
  readonly server: ThinferServer;
  readonly sizes: string;
  readonly closed: Run[];
  readonly open: Run[];
}

interface Loaded extends LoadDocument {
  readonly answersPerSecond: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
}

/** The same round draws the same lengths, and sends at the same times, on every side. */
async function load({ server, sizes }: Side, round: number, ...loop: readonly string[]): Promise<Run> {
  const words = [
    ...['--model-file', model, '--dim', `${values.dim}=${sizes}`, '--inputs', '2', '--verify'],
    ...['--warmup', '3s', '--duration', `${values.seconds}s`, '--timeout', '120s', '--seed', String(round)],
  ];
  const generator = startGenerator(
    loadWords(`http://${server.http}`, model, join(folder, 'load.csv'), ...words, ...loop),
  );
  const {
    answersPerSecond,
    latencyMs,
    outcomes,
    generator: own,
  } = JSON.parse(await generator.said) as Loaded;
  return {
    ...{ round, answersPerSecond, p50Ms: latencyMs.p50, p99Ms: latencyMs.p99 },
    ...{ outcomes, keptUp: own.keptUp },
  };
}

async function runRounds(
  sides: readonly Side[],
  kind: 'closed' | 'open',
  ...loop: readonly string[]
): Promise<void> {
  // Back and forth, so that no side always comes first.
  for (const round of rounds)
    for (const side of round % 2 === 1 ? sides : sides.toReversed()) {
      const run = await load(side, round, ...loop);
      side[kind].push(run);
      console.log(
        `round ${round} ${kind} ${side.name}: ${run.answersPerSecond.toFixed(2)} answers/s, p50 ${run.p50Ms.toFixed(0)} ms, p99 ${run.p99Ms.toFixed(0)} ms${notOk(run)}`,
      );
    }
}

function notOk({ outcomes }: Run): string {
  const bad = Object.entries(outcomes).filter(([name, number]) => name !== 'ok' && number > 0);
  return bad.map(([name, number]) => `, ${number} ${name}`).join('');
}

/** Each side over (b), the same rounds paired. Above 1: more answers, or longer latencies. */
function overApart(side: Side, apart: Side) {
  const figures = [
    ['closed', 'answersPerSecond'],
    ['open', 'p50Ms'],
    ['open', 'p99Ms'],
  ] as const;
  return figures.map(([kind, figure]) => {
    const [own, others] = [side, apart].map((one) => one[kind].map((run) => run[figure])) as [
      number[],
      number[],
    ];
    const ratio = pairedRatio(own, others);
    console.log(
      `${side.name} over ${apart.name}, ${kind} loop, ${figure}: ${ratio.ratio.toFixed(3)} [${ratio.interval.map((end) => end.toFixed(3)).join(', ')}]`,
    );
    return { kind, figure, ...ratio };
  });
}

const servers: ThinferServer[] = [];
try {
  const threads = [...new Set(values.config.split('+').map((group) => group.split('x')[1]!))].join(',');
  thinfer(
    join(folder, '.thinfer'),
    ...['profile', model, '--dim', `${values.dim}=${[...new Set(lengths)].join(',')}`],
    ...['--threads', threads, '--batches', '1,2,4,8', '--mode', 'together', '--budget', '90s'],
  );
  for (const pad of ['auto', 'off'])
    servers.push(await startThinferServe(folder, [`${model}:pad=${pad}`, '--config', values.config]));
  const [auto, off] = servers as [ThinferServer, ThinferServer];
  const greatest = String(Math.max(...lengths));
  const padded: Side = { name: 'padded', server: auto, sizes: values.lengths, closed: [], open: [] };
  const apart: Side = { name: 'apart', server: off, sizes: values.lengths, closed: [], open: [] };
  const longest: Side = { name: 'longest', server: auto, sizes: greatest, closed: [], open: [] };
  const sides = [padded, apart, longest];
  await runRounds(sides, 'closed', '--concurrency', values.clients);
  const most = median(sortSamples(apart.closed.map(({ answersPerSecond }) => answersPerSecond)));
  const rate = Number(values.share) * most;
  await runRounds(sides, 'open', '--rate', String(rate));
  const results = [padded, longest].map((side) => ({ name: side.name, over: overApart(side, apart) }));
  const runs = sides.map(({ name, sizes, closed, open }) => ({ name, sizes, closed, open }));
  saveResult(`serve-lengths-${model}`, { ...values, rate, results, runs });
} finally {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
