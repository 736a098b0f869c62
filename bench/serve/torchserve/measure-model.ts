import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { makeInputs, type RequestInputs } from '../../../src/load/index.ts';
import { placeInstances, readMachine } from '../../../src/machine/index.ts';
import { type Model, resolveInputs } from '../../../src/model/index.ts';
import type { ServingModel, ServingSet } from '../../../src/report/serving-result.ts';
import { type BenchServer, startThinferServe } from '../servers.ts';
import { type Candidate, hasOurWeights, nameOf } from './candidate.ts';
import { answersOf, checkAnswers } from './check-answers.ts';
import { type BenchLoad, type Driven, type DriveOptions, drive, seed } from './drive.ts';
import { processTree, treePssBytes } from './process-tree.ts';
import { resultsOf } from './results-of.ts';
import { startTorchServe } from './start-torchserve.ts';

/** Different inputs, sent in a random order. */
const distinct = 8;
/** Share of the least capacity that the open loop sends. */
const openShare = 0.6;
/** Before memory is read, so that a server has its working set. */
const memoryLoad: BenchLoad = { loop: 'closed', concurrency: 16 };

/** What a model is measured with. */
export interface ModelRun {
  readonly model: Model;
  readonly dims: Readonly<Record<string, number>>;
  readonly items: number;
  readonly candidates: readonly Candidate[];
  readonly bin: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly concurrencies: readonly number[];
  readonly maxBatchDelayMs: number;
  readonly folder: string;
  readonly say: (line: string) => void;
}

type Measured = Map<string, Driven[]>;

/** Each server alone for its memory and its answers, then all beside each other, loaded one at a time in alternating order. */
export async function measureModel(run: ModelRun): Promise<ServingModel> {
  const { model, dims, candidates, say } = run;
  const inputs = makeInputs(model, { items: [1], dims, distinct, seed });
  const options: DriveOptions = {
    ...{ model: model.name, dims, seconds: run.seconds, folder: run.folder },
    bodies: writeBodies(run.folder, inputs),
  };
  const expected = await answersOf(model, inputs);
  const sets: ServingSet[] = [];
  let checkedAnswers = 0;
  for (const candidate of candidates) {
    const server = await start(run, candidate);
    try {
      if (hasOurWeights(candidate)) checkedAnswers += await checkAnswers(server, model, inputs, expected);
      drive(server, memoryLoad, { ...options, seconds: 3 });
      sets.push(setOf(candidate, server));
      say(
        `${model.name} ${nameOf(candidate)}: answers checked, ${Math.round(sets.at(-1)!.pssBytes! / 2 ** 20)} MiB`,
      );
    } finally {
      await server.stop();
    }
  }
  const servers: BenchServer[] = [];
  try {
    for (const candidate of candidates) servers.push(await start(run, candidate));
    const before = loadavg()[0]!;
    const closed = run.concurrencies.map((concurrency): BenchLoad => ({ loop: 'closed', concurrency }));
    const measured = new Map(closed.map((load) => [load, interleave(run, servers, load, options)]));
    const least = Math.min(...[...measured.values()].map((one) => leastRate(one, candidates)).slice(-1));
    const open: BenchLoad = { loop: 'open', rate: Math.round(openShare * least * 10) / 10 };
    measured.set(open, interleave(run, servers, open, options));
    for (const [index, server] of servers.entries())
      if (hasOurWeights(candidates[index]!))
        checkedAnswers += await checkAnswers(server, model, inputs, expected);
    return {
      ...{ name: model.name, contentHash: model.contentHash, dims: { ...dims }, items: run.items },
      baseline: 'TorchServe, fat',
      loadAverage: { before, after: loadavg()[0]! },
      checkedAnswers,
      sets,
      loads: [...measured].map(([load, one]) => ({ ...load, results: resultsOf(load, candidates, one) })),
    };
  } finally {
    for (const server of servers) await server.stop();
  }
}

/** Rounds in turn, forth and back, so that a drift of the machine meets all alike. */
function interleave(
  run: ModelRun,
  servers: readonly BenchServer[],
  load: BenchLoad,
  options: DriveOptions,
): Measured {
  const measured: Measured = new Map();
  for (let round = 0; round < run.rounds; round++) {
    const order = round % 2 === 0 ? [...servers.keys()] : [...servers.keys()].toReversed();
    for (const index of order) {
      const name = nameOf(run.candidates[index]!);
      const driven = drive(servers[index]!, load, options);
      measured.set(name, [...(measured.get(name) ?? []), driven]);
      run.say(
        `${run.model.name} ${JSON.stringify(load)} round ${round + 1} ${name}: ${driven.itemsPerSecond.toFixed(2)} items/s, p50 ${driven.p50Ms.toFixed(0)} ms, p99 ${driven.p99Ms.toFixed(0)} ms, others took ${(100 * driven.foreignShare).toFixed(0)} %${driven.failed > 0 ? `, ${driven.failed} FAILED` : ''}`,
      );
    }
  }
  return measured;
}

/** Items a second of the slowest, without the one that is there only for reference. */
function leastRate(measured: Measured, candidates: readonly Candidate[]): number {
  const rates = candidates.filter(hasOurWeights).map((one) => {
    const runs = measured.get(nameOf(one))!;
    return runs.reduce((sum, { itemsPerSecond }) => sum + itemsPerSecond, 0) / runs.length;
  });
  return Math.min(...rates);
}

async function start(run: ModelRun, candidate: Candidate): Promise<BenchServer> {
  const { model, dims, bin, maxBatchDelayMs } = run;
  const folder = join(
    run.folder,
    `${nameOf(candidate).replace(/\W+/g, '-')}-${Math.round(performance.now())}`,
  );
  mkdirSync(folder);
  const config = candidate.groups
    .map(({ instances, threads, batch }) => `${instances}x${threads}x${batch}`)
    .join('+');
  if (candidate.server === 'thinfer') {
    const words = Object.entries(dims).flatMap(([name, size]) => ['--dim', `${name}=${size}`]);
    return startThinferServe(folder, [model.name, '--config', config, ...words]);
  }
  const threads = candidate.groups.flatMap((group) => Array<number>(group.instances).fill(group.threads));
  return startTorchServe(bin, {
    ...{ folder, model, maxBatchDelayMs },
    inputs: resolveInputs(model, { batch: 1, dims }),
    cpus: placeInstances({ machine: readMachine(), threads }),
    batch: Math.max(...candidate.groups.map(({ batch }) => batch)),
    handler: hasOurWeights(candidate) ? 'onnx' : 'eager',
  });
}

function setOf(candidate: Candidate, { pid }: BenchServer): ServingSet {
  const { server, configuration, isPlan, groups, engine } = candidate;
  return {
    ...{ name: nameOf(candidate), server, configuration, isPlan, engine },
    groups: groups.map((group) => ({ ...group })),
    processes: processTree(pid).length,
    pssBytes: treePssBytes(pid),
  };
}

/** The raw tensors of each input, one after the other. */
function writeBodies(folder: string, inputs: readonly RequestInputs[]): string[] {
  return inputs.map(({ tensors }, index) => {
    const file = join(folder, `input-${index}.bin`);
    writeFileSync(file, Buffer.concat(tensors.map(({ data }) => data)));
    return file;
  });
}
