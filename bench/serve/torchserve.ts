/**
 * End to end against a real TorchServe 0.12: the same ONNX models on the same engine, in TorchServe through a handler that runs ONNX
 * Runtime and in `thinfer serve`, each as fat, as thin and as what thinfer plans, loaded in turn by `thinfer load` with the same tensors.
 * TorchServe is installed by `scripts/peers/torch.sh` (4.6 GB; $THINFER_TORCH names another script that runs its Python).
 * `node bench/serve/torchserve.ts [--items 8] [--rounds 4] [--seconds 8] [--model resnet50 --model bert-base-uncased] [--project DIR]
 * [--max-batch-delay 1] [--no-eager] [--name serve-torchserve]`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { version } from '../../src/cli/version.ts';
import { readMachine } from '../../src/machine/index.ts';
import { defaultCacheDir, openModel } from '../../src/model/index.ts';
import { fatGroups, formatTuples, type Group, sameGroups, thinGroups } from '../../src/plan/index.ts';
import type { ServingModel } from '../../src/report/serving-result.ts';
import { saveResult, thinfer } from '../support.ts';
import type { Candidate } from './torchserve/candidate.ts';
import { markdownOf } from './torchserve/markdown.ts';
import { measureModel } from './torchserve/measure-model.ts';
import { torchServePeer } from './torchserve/start-torchserve.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', multiple: true, default: ['resnet50', 'bert-base-uncased'] },
    items: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '8' },
    concurrency: { type: 'string', default: '1,4,16' },
    'max-batch-delay': { type: 'string', default: '1' },
    'no-eager': { type: 'boolean', default: false },
    project: { type: 'string' },
    name: { type: 'string', default: 'serve-torchserve' },
  },
});
const items = Number(values.items);
const cores = readMachine().usable.length;
const { bin, versions } = torchServePeer();
const ourEngine = (
  createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string }
).version;
const onnxruntime = `ONNX Runtime ${versions['onnxruntime (Python)']}`;
const folder = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));
const project = values.project ?? join(folder, 'project');

/** What thinfer plans on this machine, from a profile that is made where there is none. */
function planned(model: string, words: readonly string[]): readonly Group[] {
  const few = ['--items', String(items), ...words];
  thinfer(
    project,
    'profile',
    model,
    '--adaptive',
    '--plan-items',
    String(items),
    '--budget',
    '90s',
    ...words,
  );
  return thinfer<{ readonly best: { readonly groups: readonly Group[] } }>(project, 'plan', model, ...few)
    .best.groups;
}

/** Fat, thin and the plan, on both servers; the plan once more only where it is neither. */
function candidatesOf(model: string, plan: readonly Group[]): Candidate[] {
  const known = [
    { configuration: 'fat', groups: fatGroups(cores, items) },
    { configuration: 'thin', groups: thinGroups(cores, items) },
  ];
  const isKnown = known.some(({ groups }) => sameGroups(groups, plan));
  // A worker of TorchServe is like the others: a plan of several groups has none.
  if (!isKnown && plan.length > 1)
    console.log(`${model}: TorchServe can't have ${formatTuples(plan)}; thinfer alone gets it`);
  const sets = (isKnown ? known : [...known, { configuration: 'plan', groups: plan }]).map((one) => ({
    ...one,
    isPlan: sameGroups(one.groups, plan),
  }));
  const torchServe = sets.filter(({ groups }) => groups.length === 1);
  const eager = torchServe.find(({ configuration }) => configuration === 'thin')!;
  return [
    ...torchServe.map((one): Candidate => ({ server: 'TorchServe', engine: onnxruntime, ...one })),
    ...sets.map((one): Candidate => ({ server: 'thinfer', engine: `ONNX Runtime ${ourEngine}`, ...one })),
    ...(model === 'resnet50' && !values['no-eager']
      ? [{ server: 'TorchServe, PyTorch eager' as const, engine: `PyTorch ${versions['torch']}`, ...eager }]
      : []),
  ];
}

/** Written after each model, so that a run that is stopped keeps those that are done. */
function save(models: readonly ServingModel[]): void {
  saveResult(values.name, {
    ...{ kind: 'serving', peer: 'TorchServe', roundSeconds: Number(values.seconds) },
    versions: { thinfer: version(), 'onnxruntime (Node)': ourEngine, ...versions },
    models,
    notes: [
      `Both servers ran ONNX Runtime on the same model file with threads that do not spin, pinned, and shared ${cores} cores with the program that sent the requests.`,
      `TorchServe waited ${values['max-batch-delay']} ms for a batch to fill (max_batch_delay).`,
    ],
  });
}

try {
  mkdirSync(project, { recursive: true });
  const models: ServingModel[] = [];
  for (const name of values.model) {
    const model = await openModel({
      model: name,
      cacheDir: process.env['THINFER_CACHE'] ?? defaultCacheDir(),
    });
    const dims = model.defaultDims;
    const plan = planned(
      name,
      Object.entries(dims).flatMap(([dim, size]) => ['--dim', `${dim}=${size}`]),
    );
    console.log(`${name}: the plan is ${formatTuples(plan)}`);
    const own = join(folder, name);
    mkdirSync(own);
    models.push(
      await measureModel({
        ...{ model, dims, items, bin, folder: own, candidates: candidatesOf(name, plan), say: console.log },
        ...{ rounds: Number(values.rounds), seconds: Number(values.seconds) },
        concurrencies: values.concurrency.split(',').map(Number),
        maxBatchDelayMs: Number(values['max-batch-delay']),
      }),
    );
    save(models);
    console.log(`${name}\n${markdownOf(models.at(-1)!)}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
