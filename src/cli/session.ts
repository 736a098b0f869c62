import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeEngine, type EngineSettings } from '../engine/index.ts';
import { ThinferError } from '../errors.ts';
import { InstanceCache } from '../instance/index.ts';
import { type ChosenCores, chooseCores, formatCpuList, type Machine, readMachine } from '../machine/index.ts';
import {
  type DimValues,
  defaultCacheDir,
  estimateInstanceBytes,
  type Model,
  openModel,
  resolveDims,
  resolveInputs,
} from '../model/index.ts';
import {
  defaultRule,
  GeneratedInputs,
  type Placement,
  type SamplingRule,
  type SlowestRun,
  slowestRunOf,
} from '../profile/index.ts';
import { lockMeasuring, Store, StoreReader } from '../store/index.ts';
import type { GridFlags, SettingsFlags } from './measuring-flags.ts';
import { onInterrupt } from './on-interrupt.ts';
import { softwareVersions } from './software-versions.ts';
import { openTerminal, type Terminal } from './terminal.ts';

/** What is asked, fully resolved, before anything is measured. */
export interface Subject {
  readonly terminal: Terminal;
  /** The machine with `usable` cut to the cores asked for. */
  readonly machine: Machine;
  /** T: threads that a plan may have in all. */
  readonly cores: number;
  /** B: items processed together. */
  readonly items: number;
  readonly wholeMachine: boolean;
  readonly model: Model;
  /** The free dimensions other than the batch. */
  readonly dims: DimValues;
  readonly engine: Omit<EngineSettings, 'threads'>;
  readonly placement: Placement;
  readonly versions: Readonly<Record<string, string>>;
}

/** A command's hold on machine, model and project folder; everything is given back when it is disposed of. */
export interface Session extends Subject, AsyncDisposable {
  readonly store: Store;
  readonly instances: InstanceCache;
  readonly inputs: GeneratedInputs;
  /** What one instance is expected to take at a batch. */
  readonly instanceBytes: (batch: number) => number;
  readonly slowestRunMs: SlowestRun;
  readonly signal: AbortSignal;
}

/** Resolves flags against the machine and the model. Throws every error that can be known before measuring. */
export async function openSubject(name: string, flags: SettingsFlags): Promise<Subject> {
  const terminal = openTerminal(flags);
  describeEngine(flags.engine);
  const whole = readMachine();
  const { cores, machine, wholeMachine } = coresOf(whole, flags);
  const model = await openNamedModel(name, flags, terminal);
  const items = itemsOf(model, flags, cores);
  const dims = otherDims(model, flags, items);
  const { optimization, spin, mapping, hardwareThreads, memory } = flags;
  return {
    terminal,
    machine,
    cores,
    items,
    wholeMachine,
    model,
    dims,
    engine: {
      engine: flags.engine,
      modelFile: model.file,
      optimization,
      spinAfterRun: spin,
      signature: { inputs: model.inputs, outputs: model.outputs },
    },
    placement: { machine, cores, mapping, hardwareThreads, memoryPolicy: memory },
    versions: softwareVersions(flags.engine),
  };
}

/** `--cores` counts physical cores, also where T, the `cores` of the subject, counts their hardware threads. */
function coresOf(
  whole: Machine,
  { cores = whole.usable.length, hardwareThreads }: SettingsFlags,
): ChosenCores & { readonly wholeMachine: boolean } {
  const most = whole.usable.length;
  if (cores > most)
    throw new ThinferError(
      'machine',
      `--cores ${cores}: this machine has ${most} usable cores (CPUs ${formatCpuList(whole.usable)})`,
      {
        remedy: `give at most --cores ${most}${hardwareThreads ? ', which counts cores and not hardware threads' : ''}; \`thinfer machine\` says why those`,
      },
    );
  return { ...chooseCores(whole, { cores, hardwareThreads }), wholeMachine: cores === most };
}

/** Opens a model with progress on the terminal. Throws `interrupted` on an interrupt meanwhile. */
export async function openNamedModel(
  name: string,
  flags: { readonly cache?: string | undefined },
  terminal: Terminal,
): Promise<Model> {
  const abort = new AbortController();
  const stopSignals = onInterrupt(() => abort.abort(readingInterrupted(name)));
  terminal.progress.begin('model');
  try {
    const model = await openModel({
      model: name,
      cacheDir: flags.cache ?? defaultCacheDir(),
      onProgress: ({ stage, model: file, doneBytes, totalBytes }) =>
        terminal.progress.show({
          text: `${stage} ${file}`,
          share: totalBytes > 0 ? doneBytes / totalBytes : null,
        }),
      onNotice: (text) => terminal.notice(text),
      signal: abort.signal,
    });
    abort.signal.throwIfAborted();
    return model;
  } finally {
    terminal.progress.end();
    stopSignals();
  }
}

function readingInterrupted(name: string): ThinferError {
  const kept = 'everything made and measured before is kept; the same command begins it again';
  return new ThinferError('interrupted', `${name} was being read: ${kept}`);
}

const defaultItems = 16;

/** A model whose batch is fixed takes whole batches only. */
function itemsOf(model: Model, flags: SettingsFlags, cores: number): number {
  if (model.batchDim !== null) return flags.items ?? defaultItems;
  const { fixedBatch } = model;
  const items = flags.items ?? fixedBatch;
  if (items % fixedBatch === 0 && items <= fixedBatch * cores) return items;
  throw new ThinferError(
    'shape-invalid',
    `--items ${items}: the batch of ${model.name} is fixed at ${fixedBatch}`,
    {
      remedy: `give a multiple of ${fixedBatch} up to ${fixedBatch * cores}, or export the model with a free batch dimension`,
    },
  );
}

/** Throws `shape-invalid` where other batches are asked of a model whose batch is fixed. */
export function refuseFixedBatch(model: Model, batches: readonly number[] | undefined): void {
  if (model.batchDim !== null || batches?.every((batch) => batch === model.fixedBatch) !== false) return;
  throw new ThinferError(
    'shape-invalid',
    `--batches: the batch of ${model.name} is fixed at ${model.fixedBatch}`,
    { remedy: 'leave --batches out, or export the model with a free batch dimension' },
  );
}

/** Free dimensions beside the batch. Throws where one has no size, or a size does not fit. */
export function otherDims(model: Model, flags: Pick<SettingsFlags, 'dim'>, items: number): DimValues {
  const batch = model.batchDim === null ? model.fixedBatch : items;
  resolveInputs(model, { batch, dims: flags.dim });
  const all = resolveDims(model, { batch, dims: flags.dim });
  return Object.fromEntries(Object.entries(all).filter(([dim]) => dim !== model.batchDim));
}

/** Opens what earlier commands have stored, to be read only. Throws `not-found` where there is nothing, and makes nothing. */
export function openStored(projectDir: string, subject: Subject): StoreReader {
  const file = join(projectDir, 'thinfer.db');
  const isFile = statSync(projectDir, { throwIfNoEntry: false })?.isFile() ?? false;
  if (!isFile && !existsSync(file))
    throw new ThinferError('not-found', `${file}: nothing has been measured in this project folder yet`, {
      remedy: `measure something first: thinfer profile ${subject.model.name}, or name another folder: --project DIR`,
    });
  return StoreReader.openToRead(projectDir);
}

/** Opens a subject for measuring: takes the project folder, and gives everything back on any end. */
export async function openSession(name: string, flags: SettingsFlags): Promise<Session> {
  const subject = await openSubject(name, flags);
  const instanceBytes = await instanceBytesOf(subject.model, subject.dims);
  const slowestRunMs = await slowestRunOf(subject.model, subject.dims, flags.engine);
  const release = lockMeasuring(flags.project);
  const abort = new AbortController();
  const instances = new InstanceCache(instanceBytes(subject.items), () => readMachine().memoryAvailableBytes);
  const stopSignals = onInterrupt(() => {
    abort.abort();
    void instances.close(true);
  });
  try {
    const store = Store.open(flags.project, subject.machine, subject.versions);
    return {
      ...subject,
      store,
      instances,
      inputs: new GeneratedInputs(subject.model),
      instanceBytes,
      slowestRunMs,
      signal: abort.signal,
      async [Symbol.asyncDispose]() {
        await instances.close(abort.signal.aborted);
        subject.terminal.progress.end();
        store.close();
        release();
        stopSignals();
      },
    };
  } catch (error) {
    release();
    stopSignals();
    throw error;
  }
}

/** What one instance takes at a batch, estimated from the graph at 1 and 2 items; affine in the batch. */
export async function instanceBytesOf(model: Model, dims: DimValues): Promise<(batch: number) => number> {
  const at = (batch: number): Promise<number> => estimateInstanceBytes(model, { batch, dims });
  if (model.batchDim === null) {
    const fixed = await at(model.fixedBatch);
    return () => fixed;
  }
  const [one, two] = await Promise.all([at(1), at(2)]);
  return (batch) => one + (batch - 1) * (two - one);
}

/** The sampling rule that the flags ask for. */
export function ruleOf({
  warmup,
  iterations,
  interval,
}: Pick<GridFlags, 'warmup' | 'iterations' | 'interval'>): SamplingRule {
  if (warmup === undefined && iterations === undefined) return { ...defaultRule, halfWidth: interval };
  return {
    ...defaultRule,
    halfWidth: interval,
    fixed: { warmups: warmup ?? 1, iterations: iterations ?? 10 },
  };
}
