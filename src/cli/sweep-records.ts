import { z } from 'zod';
import { type Machine, topologyHash } from '../machine/index.ts';
import type { PointSettings } from '../profile/index.ts';
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

/** Its form, as a bundle may bring it. */
export const modelCostSchema: z.ZodType<StoredModelCost> = z.looseObject({
  name: z.string(),
  dims: z.record(z.string(), z.number()),
  flopsPerItem: z.nullable(z.number().min(0)),
  parameters: z.number(),
  bytes: z.number(),
});

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

const sweepSchema: z.ZodType<StoredSweep> = z.looseObject({
  name: z.nullable(z.string()),
  model: z.string(),
  cpuModel: z.string(),
  topology: z.string(),
  design: z.enum(['factorial', 'one-at-a-time']),
  skipped: z.array(z.looseObject({ setting: z.string(), reason: z.string(), cells: z.number().min(0) })),
});

/**
 * Results of a kind for a subject, the one that was made last first. Those that have another form are left out: a bundle may
 * hold any, also of a newer thinfer.
 */
export function resultsOf<T>(store: StoreReader, kind: string, subject: string, schema: z.ZodType<T>): T[] {
  // As it was stored, not as zod copied it: what is compared with it has its names in that order.
  return store
    .results(kind, subject)
    .flatMap(({ json }) => (schema.safeParse(json).success ? [json as T] : []));
}

/** A machine, as points name it. */
type NamedMachine = Pick<StoredSweep, 'cpuModel' | 'topology'>;

/** Whether something was made on a machine. */
export const isOfMachine =
  ({ cpuModel, topology }: NamedMachine) =>
  (made: NamedMachine): boolean =>
    made.cpuModel === cpuModel && made.topology === topology;

/** What results of one size of a model stand under. */
export const sizeSubject = ({ model, dims }: Pick<PointSettings, 'model' | 'dims'>): string =>
  `${model.contentHash}-${JSON.stringify(dims)}`;

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
    const subject = sizeSubject({ model, dims });
    if (!isSame(resultsOf(store, modelCostResult, subject, modelCostSchema)[0], cost))
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
  const known = sweepsOf(store, model.contentHash, sweep);
  if (!known.some((one) => isSame(one, sweep))) store.addResult(sweepResult, model.contentHash, sweep);
}

/** All sweeps that were asked of a model on a machine, the newest first. */
export const sweepsOf = (store: StoreReader, contentHash: string, machine: NamedMachine): StoredSweep[] =>
  resultsOf(store, sweepResult, contentHash, sweepSchema).filter(isOfMachine(machine));

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
