import { describeEngine, type EngineSettings } from '../engine/index.ts';
import { ThinferError } from '../errors.ts';
import { chooseCores, type Machine } from '../machine/index.ts';
import { type DimValues, type Model, modelCost, resolveDims } from '../model/index.ts';
import { fileOperators, type Operators, type Precision } from '../precision/index.ts';
import { type Placement, replicaCount, type SamplingRule } from '../profile/index.ts';
import {
  type Expanded,
  expand,
  findAllocator,
  type Skipped,
  type Sweep,
  type SweepEntry,
  type SweepSeries,
  type SweepSettings,
} from '../study/index.ts';
import { type DimLists, dimChoices, lengthDimOf } from './dim-lists.ts';
import { instanceBytesOf } from './session.ts';

/** One model of a sweep, as far as it can be known before anything is measured. */
export interface PlannedModel {
  readonly entry: SweepEntry;
  /** Whether it is measured for the machine's peak only, and was not asked for. */
  readonly forPeak: boolean;
  readonly model: Model;
  /** Each size with the series that are measured at it. */
  readonly blocks: readonly PlannedBlock[];
  readonly skipped: readonly Skipped[];
}

/** One size of a model. */
export interface PlannedBlock {
  readonly dims: DimValues;
  readonly series: readonly SweepSeries[];
  /** Null where the work of an operator is not known. */
  readonly flopsPerItem: number | null;
  readonly instanceBytes: (batch: number) => number;
}

/** The whole of it: sizes, cells, and what is left out. Throws `shape-invalid` and `usage` where a size does not fit. */
export async function planModel(
  entry: SweepEntry,
  model: Model,
  design: Sweep['design'],
  { machine, cores, precisionProblem }: SweepMachine,
): Promise<PlannedModel> {
  const isQuantized = entry.settings.precision.some((precision) => precision !== 'original');
  const operators = isQuantized ? await fileOperators(model.file) : undefined;
  const lists: DimLists =
    entry.lengths === null
      ? entry.dims
      : { ...entry.dims, [lengthDimOf(model, Object.keys(entry.dims))]: entry.lengths };
  const expanded = expand(entry, design, {
    machine,
    glibcVersion: glibcVersion(),
    precisionProblem: (settings) => precisionProblem(settings, operators),
    cores: (hardwareThreads) => chooseCores(machine, { cores, hardwareThreads }).cores,
    fixedBatch: model.batchDim === null ? model.fixedBatch : null,
  });
  const choices = dimChoices(lists).map((dims) => checkedDims(model, dims));
  const blocks = await Promise.all(
    choices.map(async (dims): Promise<PlannedBlock> => {
      const batch = model.batchDim === null ? model.fixedBatch : 1;
      const { flops, unknown } = await modelCost(model, { batch, dims });
      return {
        dims,
        series: expanded.series,
        flopsPerItem: unknown.length > 0 ? null : flops / batch,
        instanceBytes: await instanceBytesOf(model, dims),
      };
    }),
  );
  return { entry, forPeak: false, model, blocks, skipped: countedPerSize(expanded, choices.length) };
}

/** The machine as a sweep may use it. */
export interface SweepMachine {
  readonly machine: Machine;
  /** Physical cores to be used. */
  readonly cores: number;
  /** @param operators Of the model's file; not needed for the model as it is. */
  readonly precisionProblem: (
    settings: Pick<SweepSettings, 'precision' | 'optimization'>,
    operators: Operators | undefined,
  ) => string | null;
}

function checkedDims(model: Model, dims: DimValues): DimValues {
  const all = resolveDims(model, { batch: model.batchDim === null ? model.fixedBatch : 1, dims });
  return Object.fromEntries(Object.entries(all).filter(([dim]) => dim !== model.batchDim));
}

const countedPerSize = ({ skipped }: Expanded, sizes: number): Skipped[] =>
  skipped.map((one) => ({ ...one, cells: one.cells * sizes }));

function glibcVersion(): string | undefined {
  const { header } = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime;
}

/** The precision that a sweep's word stands for. */
export const precisionOf = (word: SweepSettings['precision']): Precision =>
  word === 'original' ? 'fp32' : (word as Precision);

/** How a combination of settings places its instances. */
export function placementOf(
  settings: SweepSettings,
  series: SweepSeries,
  { machine, cores }: SweepMachine,
): Placement {
  const { mapping, hardwareThreads, memory, allocator, hugePages, pinned } = settings;
  const chosen = chooseCores(machine, { cores, hardwareThreads });
  const found = findAllocator(allocator, machine);
  if (found === null)
    throw new ThinferError('bug', `${allocator} was planned and is not there. This is a bug.`);
  return {
    machine: chosen.machine,
    cores: series.cores ?? chosen.cores,
    mapping,
    hardwareThreads,
    memoryPolicy: memory,
    ...(found.path === null ? {} : { allocator: found }),
    ...(hugePages === 'system' ? {} : { hugePages }),
    ...(pinned ? {} : { pinned }),
  };
}

/** Guessed rate of one thread where the machine's peak was not measured yet, in 10⁹ FLOPs a second. */
const guessedGflops = 30;

/** About how long a cell is measured, in ms, from the FLOPs of a run. @param gflopsPerThread Null: not known. */
export function cellEstimateMs(
  { threads, batch }: { readonly threads: number; readonly batch: number },
  flopsPerItem: number | null,
  rule: SamplingRule,
  gflopsPerThread: number | null,
): number {
  const rate = gflopsPerThread ?? guessedGflops;
  const runMs = ((flopsPerItem ?? 1e9) * batch) / (rate * 1e6 * threads);
  const { fixed, minVisits, minRuns, minRunsPerVisit, visitMs, ceilingMs } = rule;
  if (fixed !== null) return (fixed.warmups + fixed.iterations) * runMs;
  const visits = Math.max(minVisits, runMs * minRunsPerVisit > visitMs ? minRuns / minRunsPerVisit : 0);
  const least = visits * (2 * runMs + Math.max(visitMs, minRunsPerVisit * runMs));
  // Some cells need more visits before their interval is narrow.
  return Math.max(least, Math.min(ceilingMs, 1.5 * least));
}

/** What an engine is loaded with under a combination of settings. */
export function engineSettings(
  engine: string,
  model: Model,
  { optimization, spinning, interOpThreads }: SweepSettings,
): Omit<EngineSettings, 'threads'> {
  describeEngine(engine);
  return {
    engine,
    modelFile: model.file,
    optimization,
    spinAfterRun: spinning === 'on',
    ...(spinning === 'off' ? { spinDuringRun: false as const } : {}),
    ...(interOpThreads === 1 ? {} : { interOpThreads }),
    signature: { inputs: model.inputs, outputs: model.outputs },
  };
}

/** Instances that a series needs: the largest set of each thread count. */
export function instancesOf({ cells, cores: own }: SweepSeries, cores: number): number {
  const byThreads = new Map<number, number>();
  for (const cell of cells) {
    const count = Math.max(1, replicaCount(cell, own ?? cores));
    byThreads.set(cell.threads, Math.max(count, byThreads.get(cell.threads) ?? 0));
  }
  return [...byThreads.values()].reduce((sum, count) => sum + count, 0);
}
