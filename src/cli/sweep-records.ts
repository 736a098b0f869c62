import type { Store } from '../store/index.ts';
import type { Sweep } from '../study/index.ts';
import type { SeriesOutcome } from './run-sweep.ts';
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

/** What a sweep asked of one model, and what could not be measured. */
export interface StoredSweep {
  readonly name: string | null;
  readonly model: string;
  readonly design: Sweep['design'];
  readonly skipped: readonly { readonly setting: string; readonly reason: string; readonly cells: number }[];
  /** Addresses of its points. */
  readonly points: readonly string[];
}

/** Keeps what the pages of a sweep need beside its points. */
export function storeSweep(
  store: Store,
  { model, blocks, skipped }: PlannedModel,
  outcomes: readonly SeriesOutcome[],
  { name, design }: Sweep,
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
    if (JSON.stringify(store.latestResult(modelCostResult, subject)?.json) !== JSON.stringify(cost))
      store.addResult(modelCostResult, subject, cost);
  }
  const sweep: StoredSweep = {
    name,
    model: model.name,
    design,
    skipped,
    points: outcomes.flatMap(({ points }) => points.map(({ hash }) => hash)),
  };
  store.addResult(sweepResult, model.contentHash, sweep);
}
