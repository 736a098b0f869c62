import { type Machine, topologyHash } from '../machine/index.ts';
import type { Store, StoreReader } from '../store/index.ts';
import type { Skipped, Sweep } from '../study/index.ts';
import type { PlannedModel } from './sweep-plan.ts';

/** Kinds of results that a sweep leaves for its pages. */
export const sweepResult = 'sweep';
export const modelCostResult = 'model-cost';

/** Work of one item at one size of a model. */
export interface StoredModelCost {
  readonly name: string;
  readonly dims: Readonly<Record<string, number>>;
  /** Null where the work of an operator is not known. */
  readonly flopsPerItem: number | null;
  readonly parameters: number;
  readonly bytes: number;
}

/** What a sweep asked of one model on one machine and could not be measured. */
export interface StoredSweep {
  /** Of the sweep; null where it has none. */
  readonly name: string | null;
  readonly model: string;
  /** The machine, as points name it. */
  readonly cpuModel: string;
  readonly topology: string;
  readonly design: Sweep['design'];
  /** Cells at each size. */
  readonly skipped: readonly Skipped[];
}

/** Keeps what the pages of a sweep need beside its points; nothing twice. */
export function storeSweep(
  store: Store,
  { model, blocks, skipped }: PlannedModel,
  { name, design }: Sweep,
  machine: Machine,
): void {
  for (const { dims, flopsPerItem } of blocks) {
    const cost: StoredModelCost = {
      name: model.name,
      dims,
      flopsPerItem,
      parameters: model.parameters,
      bytes: model.bytes,
    };
    const subject = `${model.contentHash}-${JSON.stringify(dims)}`;
    if (!isSame(store.latestResult(modelCostResult, subject)?.json, cost))
      store.addResult(modelCostResult, subject, cost);
  }
  const sweep: StoredSweep = {
    name,
    model: model.name,
    cpuModel: machine.cpuModel,
    topology: topologyHash(machine),
    design,
    skipped: skipped.map((one) => ({ ...one, cells: one.cells / blocks.length })),
  };
  const before = sweepsOf(store, model.contentHash, sweep).find((one) => one.name === name);
  if (!isSame(before, sweep)) store.addResult(sweepResult, model.contentHash, sweep);
}

/** The last sweep of each name that was asked of a model on a machine, the newest first. */
export function sweepsOf(
  store: StoreReader,
  contentHash: string,
  { cpuModel, topology }: Pick<StoredSweep, 'cpuModel' | 'topology'>,
): StoredSweep[] {
  const here = store
    .results(sweepResult, contentHash)
    .map(({ json }) => json as StoredSweep)
    .filter((one) => one.cpuModel === cpuModel && one.topology === topology);
  return [...Map.groupBy(here, ({ name }) => name).values()].map(([newest]) => newest!);
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
