import { ThinferError } from '../../errors.ts';
import {
  defaultCacheDir,
  listZoo,
  type Model,
  modelCost,
  type TensorSpec,
  type ZooListing,
} from '../../model/index.ts';
import { formatBytes, formatCount, formatSi } from '../../report/format.ts';
import { commonSchema, count, dims, parseFlags, path } from '../flags.ts';
import { openNamedModel } from '../session.ts';
import { formatTable } from '../table.ts';
import { openTerminal } from '../terminal.ts';

/** `thinfer model list`: the zoo. */
export function modelListCommand(rawFlags: unknown): void {
  const terminal = openTerminal(parseFlags(commonSchema, rawFlags));
  const zoo = listZoo();
  if (terminal.json) terminal.print(JSON.stringify(zoo, null, 2));
  else terminal.print(formatZoo(zoo, terminal.width));
}

function formatZoo(zoo: readonly ZooListing[], width: number): string {
  return formatTable(
    zoo,
    [
      { title: 'name', value: ({ name }) => name },
      { title: 'parameters', align: 'right', value: ({ parameters }) => formatCount(parameters) },
      { title: 'inputs', value: ({ inputs }) => inputs.map(describeTensor).join(', ') },
      { title: '', value: ({ description }) => description },
    ],
    width,
  );
}

export const modelSchema = commonSchema.extend({
  cache: path.optional(),
  dim: dims.default({}),
  batch: count.optional(),
});

/** `thinfer model show MODEL`: signature, parameters, cost of one item. */
export async function modelShowCommand(name: string, rawFlags: unknown): Promise<void> {
  const flags = parseFlags(modelSchema, rawFlags);
  const terminal = openTerminal(flags);
  const model = await openNamedModel(name, flags, terminal);
  const batch = flags.batch ?? model.fixedBatch;
  const missing = model.freeDims.filter((dim) => (flags.dim[dim] ?? model.defaultDims[dim]) === undefined);
  const cost = missing.length > 0 ? null : await modelCost(model, { batch, dims: flags.dim });
  const facts = {
    name: model.name,
    file: model.file,
    opset: model.opset,
    parameters: model.parameters,
    flopsPerItem: cost === null ? null : cost.flops / batch,
    bytes: model.bytes,
    inputs: model.inputs,
    outputs: model.outputs,
    batchDim: model.batchDim,
    freeDims: model.freeDims,
    defaultDims: model.defaultDims,
    trafficBytesPerItem: cost === null ? null : cost.bytes / batch,
    unknownOperators: cost?.unknown ?? [],
    contentHash: model.contentHash,
  };
  terminal.print(terminal.json ? JSON.stringify(facts, null, 2) : describeModel(model, facts));
}

function describeModel(
  model: Model,
  facts: {
    flopsPerItem: number | null;
    trafficBytesPerItem: number | null;
    unknownOperators: readonly string[];
  },
): string {
  const { flopsPerItem, trafficBytesPerItem, unknownOperators } = facts;
  const lower =
    unknownOperators.length === 0 ? '' : `, at least: not counted are ${unknownOperators.join(', ')}`;
  const rows: [string, string][] = [
    ['file', `${model.file} (${formatBytes(model.bytes)}, opset ${model.opset})`],
    ['parameters', formatCount(model.parameters)],
    [
      'work',
      flopsPerItem === null
        ? 'known once every free dimension has a size'
        : `${formatSi(flopsPerItem).replace(/\d$/, '$& ')}FLOPs an item${lower}`,
    ],
    ...(trafficBytesPerItem === null
      ? []
      : [
          [
            'traffic',
            `${formatBytes(trafficBytesPerItem)} an item, each operator's inputs and outputs`,
          ] satisfies [string, string],
        ]),
    ...model.inputs.map((tensor): [string, string] => ['input', describeTensor(tensor)]),
    ...model.outputs.map((tensor): [string, string] => ['output', describeTensor(tensor)]),
    ['batch', model.batchDim === null ? `fixed at ${model.fixedBatch}` : `free, named ${model.batchDim}`],
    ...model.freeDims.map((dim): [string, string] => [
      'free',
      `${dim}${model.defaultDims[dim] === undefined ? `; give --dim ${dim}=SIZE` : `, ${model.defaultDims[dim]} unless --dim says otherwise`}`,
    ]),
  ];
  return [model.name, ...rows.map(([label, value]) => `  ${label.padEnd(10)}  ${value}`)].join('\n');
}

const describeTensor = ({ name, type, shape }: TensorSpec): string => `${name} ${type}[${shape.join('×')}]`;

/** `thinfer model make NAME`: writes a zoo model into the cache. */
export async function modelMakeCommand(names: readonly string[], rawFlags: unknown): Promise<void> {
  const flags = parseFlags(modelSchema, rawFlags);
  const terminal = openTerminal(flags);
  const unknown = names.filter((name) => !listZoo().some((entry) => entry.name === name));
  if (unknown.length > 0)
    throw new ThinferError('usage', `not in the zoo: ${unknown.join(', ')}`, {
      remedy: '`thinfer model list` shows what is',
    });
  const made: { name: string; file: string; bytes: number }[] = [];
  for (const name of names) {
    const { file, bytes } = await openNamedModel(name, { cache: flags.cache ?? defaultCacheDir() }, terminal);
    made.push({ name, file, bytes });
    if (!terminal.json) terminal.print(`${file}  ${formatBytes(bytes)}`);
  }
  if (terminal.json) terminal.print(JSON.stringify(made, null, 2));
}
