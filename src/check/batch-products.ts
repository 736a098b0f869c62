import type { Quantity } from '../table/results/index.ts';
import { dimensionAt } from './sheet.ts';
import type { CheckCell, CheckRow, Sheet } from './types.ts';

/** A batch beside the global batch that it is a part of. */
export interface BatchProduct {
  readonly global: CheckCell;
  readonly batch: CheckCell;
  readonly accumulation: CheckCell | null;
  /** What the batch is multiplied by, but for the accumulation steps. */
  readonly places: readonly CheckCell[];
  /** What shares a batch: tensor and pipeline parallel devices. */
  readonly shared: readonly CheckCell[];
  /** Tokens of an item, where the global batch counts those. */
  readonly tokens: CheckCell | null;
  /** What the product must still be multiplied by to give the global batch. */
  readonly missing: number;
}

/** One way in which the parts of a global batch may be counted; the table's own is the one that most rows keep. */
interface Shape {
  readonly places: readonly Quantity[];
  readonly isShared: boolean;
}

const shapes: readonly Shape[] = (
  [['devices'], ['nodes-devices'], ['nodes', 'devices'], ['data-parallel'], ['nodes'], []] as const
).flatMap((places) => [
  { places, isShared: false },
  ...(places.some((one) => one === 'devices' || one === 'nodes-devices') ? [{ places, isShared: true }] : []),
]);

/** The products of a table, by the shape that most of its rows keep; the first one where none does. */
export function batchProducts(sheet: Sheet): readonly BatchProduct[] {
  const tried = shapes.map((shape) => sheet.rows.flatMap((row) => productsOf(row, shape)));
  const most = Math.max(...tried.map(({ length }) => length));
  const complete = tried.filter(({ length }) => length === most);
  return complete.reduce((best, one) => (keeping(one) > keeping(best) ? one : best), complete[0] ?? []);
}

const isKept = ({ missing }: BatchProduct): boolean => Math.abs(missing - 1) < 1e-9;
const keeping = (all: readonly BatchProduct[]): number => all.filter(isKept).length;

function productsOf(row: CheckRow, { places, isShared }: Shape): BatchProduct[] {
  const batches = row.cells.filter(({ column }) => column.quantity === 'batch');
  return batches.flatMap((batch): BatchProduct[] => {
    const at = (quantity: Quantity): CheckCell | null => dimensionAt(row, quantity, batch.column);
    const global = at('global-batch');
    const factors = places.map(at);
    const shared = isShared ? ['tensor-parallel' as const, 'pipeline-parallel' as const].map(at) : [];
    const sharing = shared.filter((cell) => cell !== null);
    if (global === null || factors.includes(null) || (isShared && sharing.length === 0)) return [];
    const accumulation = at('accumulation');
    const inTokens = /\btokens?\b/i.test(global.column.name) && !/\btokens?\b/i.test(batch.column.name);
    const tokens = inTokens ? at('sequence') : null;
    const present = factors.filter((cell) => cell !== null);
    const product = [batch, accumulation, tokens, ...present].reduce(
      (total, cell) => total * (cell?.value ?? 1),
      1,
    );
    const parts = sharing.reduce((total, { value }) => total * value, 1);
    return [
      {
        ...{ global, batch, accumulation, places: present, shared: sharing, tokens },
        missing: (global.value * parts) / product,
      },
    ];
  });
}
