import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Model, TensorSpec } from '../../src/model/index.ts';
import { datatypeOf } from '../../src/serve/oip/datatypes.ts';

/** How Triton serves a model. */
export interface TritonSetup {
  readonly model: Model;
  /** CPUs of each instance. */
  readonly cpus: readonly (readonly number[])[];
  readonly largestBatch: number;
}

/** Writes a model repository for a real Triton, and gives its path. */
export function writeTritonRepository(folder: string, { model, cpus, largestBatch }: TritonSetup): string {
  const repository = join(folder, 'repository');
  const own = join(repository, model.name);
  mkdirSync(join(own, '1'), { recursive: true });
  copyFileSync(resolve(import.meta.dirname, 'triton-models/onnx/model.py'), join(own, '1/model.py'));
  const tensors = (specs: readonly TensorSpec[]): string =>
    specs
      .map(({ name, type, shape }) => {
        const dims = shape.slice(1).map((dim) => (typeof dim === 'number' ? dim : -1));
        const given = dims.length > 0 ? dims.join(', ') : '1';
        return `{ name: "${name}" data_type: TYPE_${datatypeOf(type)} dims: [${given}] }`;
      })
      .join(', ');
  const parameter = (key: string, value: string): string =>
    `parameters { key: "${key}" value { string_value: ${JSON.stringify(value)} } }`;
  writeFileSync(
    join(own, 'config.pbtxt'),
    [
      `name: "${model.name}"`,
      'backend: "python"',
      `max_batch_size: ${largestBatch}`,
      `input [${tensors(model.inputs)}]`,
      `output [${tensors(model.outputs)}]`,
      `instance_group [{ kind: KIND_CPU count: ${cpus.length} }]`,
      'dynamic_batching { }',
      parameter('file', model.file),
      parameter('cpus', JSON.stringify(cpus)),
      '',
    ].join('\n'),
  );
  return repository;
}
