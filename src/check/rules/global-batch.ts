import { show } from '../arithmetic.ts';
import { type BatchProduct, batchProducts } from '../batch-products.ts';
import { makeFinding } from '../make-finding.ts';
import type { Finding, Rule, Sheet } from '../types.ts';

/**
 * Devices × batch of a device × accumulation steps = global batch. Devices that share a batch (tensor, pipeline parallel)
 * count once; devices of a node are learnt where only nodes are told.
 */
export const globalBatch: Rule = {
  name: 'global-batch',
  severity: 'impossible',
  about: 'devices × batch × accumulation steps is not the global batch',
  check: (sheets) => sheets.flatMap(checkSheet),
};

function checkSheet(sheet: Sheet): Finding[] {
  const products = batchProducts(sheet);
  const factor = devicesPerNode(products);
  if (factor === null) return [];
  const wrong = products.filter(({ missing }) => Math.abs(missing / factor - 1) >= 1e-9);
  // A table that mostly says otherwise counts in a way that isn't known here.
  const kept = products.length - wrong.length;
  const isKept = kept * 2 >= products.length && kept > 0;
  return isKept
    ? wrong.filter((one) => !mayAccumulate(one, kept, wrong.length)).map((one) => describe(one, factor))
    : [];
}

/** Accumulation steps that the table doesn't tell would explain a global batch that is larger. */
const mayAccumulate = ({ accumulation, missing }: BatchProduct, kept: number, wrong: number): boolean =>
  accumulation === null && Number.isInteger(missing) && missing > 1 && kept <= wrong;

/** Where only nodes are told, the whole number that most rows agree on, at least half of them; null: there is none. */
function devicesPerNode(products: readonly BatchProduct[]): number | null {
  const [first] = products;
  if (first?.places.length !== 1 || first.places[0]!.column.quantity !== 'nodes') return 1;
  const counts = [...Map.groupBy(products, ({ missing }) => missing)]
    .filter(([missing]) => Number.isInteger(missing))
    .sort(([, a], [, b]) => b.length - a.length);
  const [missing, most] = counts[0] ?? [];
  return missing !== undefined && most!.length >= Math.max(2, products.length / 2) ? missing : null;
}

function describe(product: BatchProduct, factor: number): Finding {
  const { global, batch, accumulation, places, shared, tokens, missing } = product;
  const isNode = (quantity: string): boolean => quantity === 'nodes';
  const factors = [
    ...places.map(({ value, column }) => `${show(value)}${isNode(column.quantity) ? ' nodes' : ''}`),
    ...(factor === 1 ? [] : [`${show(factor)} devices`]),
    show(batch.value),
    ...(accumulation === null ? [] : [show(accumulation.value)]),
    ...(tokens === null ? [] : [`${show(tokens.value)} tokens`]),
  ];
  const parts = shared.map(({ value }) => ` / ${show(value)}`).join('');
  const text = `${factors.join(' × ')}${parts} = ${show((global.value / missing) * factor)}, not ${show(global.value)}`;
  const first = accumulation ?? batch;
  const fitting = first.value * (missing / factor);
  const rest = [batch, global, ...places].filter((cell) => cell !== first);
  const whose = first.column.precision ?? first.column.label;
  const expected = Number.isInteger(fitting)
    ? `${show(fitting)}${whose === '' ? '' : ` for ${whose}`}`
    : null;
  return makeFinding(globalBatch, [first, ...rest], text, expected);
}
