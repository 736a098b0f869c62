import { show } from '../arithmetic.ts';
import { makeFinding } from '../make-finding.ts';
import { dimensionAt } from '../sheet.ts';
import type { CheckCell, CheckRow, Finding, Rule, Sheet } from '../types.ts';

/** Devices × batch of a device × accumulation steps = global batch; devices of a node are learnt where only nodes are told. */
export const globalBatch: Rule = {
  name: 'global-batch',
  severity: 'impossible',
  about: 'devices × batch × accumulation steps is not the global batch',
  check: (sheets) => sheets.flatMap(checkSheet),
};

interface Product {
  readonly global: CheckCell;
  readonly batch: CheckCell;
  readonly accumulation: CheckCell | null;
  /** Devices where the table tells them; else nodes. */
  readonly places: CheckCell | null;
  /** Nodes, where the table tells both. */
  readonly nodes: CheckCell | null;
  readonly hasDevices: boolean;
  /** What the product must still be multiplied by to give the global batch. */
  readonly missing: number;
}

function checkSheet(sheet: Sheet): Finding[] {
  // GPUs may be those of all nodes, or of one.
  const all = sheet.rows.flatMap(productsOf);
  const perNodeToo = all.map(withNodes);
  const fitting = (list: readonly Product[]): number => list.filter(({ missing }) => missing === 1).length;
  const products =
    fitting(perNodeToo) > fitting(all) ? perNodeToo : all.map((one) => ({ ...one, nodes: null }));
  const perNode = devicesPerNode(products.filter(({ hasDevices }) => !hasDevices));
  return products.flatMap((one) => {
    const factor = one.hasDevices ? 1 : perNode;
    if (factor === null || Math.abs(one.missing / factor - 1) < 1e-9) return [];
    return [describe(one, factor)];
  });
}

function productsOf(row: CheckRow): Product[] {
  const batches = row.cells.filter(({ column }) => column.quantity === 'batch');
  return batches.flatMap((batch): Product[] => {
    const global = dimensionAt(row, 'global-batch', batch.column);
    if (global === null) return [];
    const accumulation = dimensionAt(row, 'accumulation', batch.column);
    const devices =
      dimensionAt(row, 'devices', batch.column) ?? dimensionAt(row, 'nodes-devices', batch.column);
    const nodes = dimensionAt(row, 'nodes', batch.column);
    const places = devices ?? nodes;
    const product = batch.value * (accumulation?.value ?? 1) * (places?.value ?? 1);
    return [
      {
        global,
        batch,
        accumulation,
        places,
        nodes: devices === null ? null : nodes,
        hasDevices: devices !== null,
        missing: global.value / product,
      },
    ];
  });
}

/** With the nodes as a factor of their own. */
const withNodes = (one: Product): Product => ({ ...one, missing: one.missing / (one.nodes?.value ?? 1) });

/** The whole number that most rows agree on, at least half of them; 1 where a table has no nodes either. */
function devicesPerNode(products: readonly Product[]): number | null {
  if (products.every(({ places }) => places === null)) return 1;
  const counts = [...Map.groupBy(products, ({ missing }) => missing)]
    .filter(([missing]) => Number.isInteger(missing))
    .sort(([, a], [, b]) => b.length - a.length);
  const [missing, most] = counts[0] ?? [];
  return missing !== undefined && most!.length >= Math.max(2, products.length / 2) ? missing : null;
}

function describe(
  { global, batch, accumulation, places, nodes, hasDevices, missing }: Product,
  factor: number,
): Finding {
  const factors = [
    ...(nodes === null ? [] : [`${show(nodes.value)} nodes`]),
    ...(places === null ? [] : [`${show(places.value)}${hasDevices ? '' : ` nodes`}`]),
    ...(hasDevices || factor === 1 ? [] : [`${show(factor)} devices`]),
    show(batch.value),
    ...(accumulation === null ? [] : [show(accumulation.value)]),
  ];
  const product = (global.value / missing) * factor;
  const text = `${factors.join(' × ')} = ${show(product)}, not ${show(global.value)}`;
  const first = accumulation ?? batch;
  const fitting = first.value * (missing / factor);
  const rest = [batch, global, ...(places === null ? [] : [places])].filter((cell) => cell !== first);
  const whose = first.column.precision ?? first.column.label;
  const expected = Number.isInteger(fitting)
    ? `${show(fitting)}${whose === '' ? '' : ` for ${whose}`}`
    : null;
  return makeFinding(globalBatch, [first, ...rest], text, expected);
}
