/**
 * `thinfer simulate` against real runs: the same arrival times, played to a real server on a set of instances and to the simulation of that
 * set, which knows only the model's profile. Rates are shares of what the set answers at most by the profile. For each set and load the
 * latencies, real over simulated, each round a pair. A real server takes a time for each request that no profile holds (the wire, copies):
 * what the medians differ by at the lowest load is told as such, and the share of runs within 10 % with and without it, so that one sees
 * whether the simulation is off by a constant or by a factor. The model is profiled in the same run before, and its cells again after.
 * `node bench/adapt/validate.ts [--model resnet50] [--sets 2x1x4,1x2x4,2x1x1] [--loads 0.3,0.6,0.8] [--rounds 4] [--seconds 12] [--dim sequence=128] [--engine E]`.
 * A quarter of an hour by default; `--seconds 60` takes three quarters. The p99 of a short run is nearly its longest latency.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median, pairedRatio, sortSamples } from '../../src/stats/index.ts';
import { medianDifference } from '../load/generator.ts';
import { startThinferServe, type ThinferServer } from '../serve/servers.ts';
import { saveResult } from '../support.ts';
import { changeTo } from './change-set.ts';
import { driftOf, mostPerSecond, type ProfiledCell, profileCells } from './profiled.ts';
import {
  figures,
  type Latency,
  playReal,
  playSimulated,
  type RealRun,
  writeArrivals,
} from './real-and-simulated.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet50' },
    engine: { type: 'string', default: 'onnxruntime' },
    dim: { type: 'string', multiple: true, default: [] },
    sets: { type: 'string', default: '2x1x4,1x2x4,2x1x1' },
    loads: { type: 'string', default: '0.3,0.6,0.8' },
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '12' },
  },
});
const { model } = values;
const sets = values.sets.split(',');
const loads = values.loads.split(',').map(Number);
const dims = values.dim.flatMap((text) => ['--dim', text]);
const engine = ['--engine', values.engine];
const warmupS = 3;
const near = 0.1;
const folder = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));
const project = join(folder, '.thinfer');

interface Run {
  readonly set: string;
  readonly load: number;
  readonly rate: number;
  readonly round: number;
  readonly real: RealRun;
  readonly simulatedMs: Latency;
}

const measureCells = (at: string): ProfiledCell[] =>
  profileCells(
    at,
    ...[model, ...engine, ...dims, '--threads', '1,2', '--batches', '1,2,4,8', '--budget', '2m'],
  );

async function runOnce(
  server: ThinferServer,
  asked: Pick<Run, 'set' | 'load' | 'rate' | 'round'>,
): Promise<Run> {
  const { set, load, rate, round } = asked;
  const [trace, out] = [join(folder, 'trace.csv'), join(folder, 'load.csv')];
  writeArrivals(trace, { rate, seconds: warmupS + Number(values.seconds), seed: round });
  const played = { server, project, model, set, trace, out, warmupS, engine, dims };
  const real = await playReal(played);
  const simulatedMs = playSimulated(played);
  console.log(
    `round ${round} ${set} at ${percent(load)}: ${figures.map((name) => `${name} ${real.latencyMs[name].toFixed(1)} and ${simulatedMs[name].toFixed(1)} ms`).join(', ')}${real.notOk > 0 ? `; ${real.notOk} not ok` : ''}`,
  );
  return { ...asked, real, simulatedMs };
}

async function runRounds(server: ThinferServer, cells: readonly ProfiledCell[]): Promise<Run[]> {
  const runs: Run[] = [];
  let inForce = sets[0]!;
  for (let round = 1; round <= Number(values.rounds); round++)
    // Back and forth, so that no set or load always comes first.
    for (const set of round % 2 === 1 ? sets : sets.toReversed()) {
      if (set !== inForce) await changeTo(server, model, set);
      inForce = set;
      for (const load of round % 2 === 1 ? loads : loads.toReversed())
        runs.push(await runOnce(server, { set, load, rate: load * mostPerSecond(set, cells), round }));
    }
  return runs;
}

/** Of a set: what the median takes longer for real at the lowest load, in ms. */
function moreAtRest(runs: readonly Run[]) {
  const least = runs.filter(({ load }) => load === Math.min(...loads));
  return medianDifference(least.map(({ real, simulatedMs }) => real.latencyMs.p50 - simulatedMs.p50));
}

/** Of a set at a load: ratios of all figures, and the shares of runs where they are near 1, with and without a constant. */
function judged(runs: readonly Run[], constantMs: number) {
  const within = (ms: number, simulated: number): number => (Math.abs(ms / simulated - 1) <= near ? 1 : 0);
  return figures.map((name) => {
    const real = runs.map((run) => run.real.latencyMs[name]);
    const simulated = runs.map((run) => run.simulatedMs[name]);
    const share = (lessMs: number): number =>
      real.reduce((sum, ms, at) => sum + within(ms - lessMs, simulated[at]!), 0) / real.length;
    return { name, ...pairedRatio(real, simulated), near: share(0), nearWithoutConstant: share(constantMs) };
  });
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const range = ([low, high]: readonly [number, number]): string => `[${low.toFixed(3)}, ${high.toFixed(3)}]`;

function summarise(runs: readonly Run[]) {
  return sets.map((set) => {
    const own = runs.filter((run) => run.set === set);
    const moreMs = moreAtRest(own);
    console.log(
      `${set}: the median takes ${moreMs.median.toFixed(2)} ms ${range(moreMs.interval)} longer at ${percent(Math.min(...loads))}`,
    );
    const ratios = loads.map((load) => {
      const figuresOf = judged(
        own.filter((run) => run.load === load),
        moreMs.median,
      );
      for (const { name, ratio, interval, near: share, nearWithoutConstant } of figuresOf)
        console.log(
          `${set} at ${percent(load)} ${name}: ${ratio.toFixed(3)} ${range(interval)}, within 10 %: ${percent(share)} of runs, without the constant ${percent(nearWithoutConstant)}`,
        );
      return { load, figures: figuresOf };
    });
    return { set, moreMs, loads: ratios };
  });
}

let server: ThinferServer | null = null;
try {
  const cells = measureCells(project);
  server = await startThinferServe(folder, [model, ...engine, ...dims, '--config', sets[0]!]);
  const runs = await runRounds(server, cells);
  await server.stop();
  const drift = driftOf(cells, measureCells(join(folder, 'again')));
  const sorted = sortSamples(drift.map(({ ratio }) => ratio));
  console.log(
    `cells measured again took ${median(sorted).toFixed(3)} times as long, ${sorted[0]!.toFixed(3)} to ${sorted.at(-1)!.toFixed(3)}`,
  );
  const results = summarise(runs);
  saveResult(`adapt-validate-${model}`, { ...values, warmupS, cells, drift, results, runs });
} finally {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}
