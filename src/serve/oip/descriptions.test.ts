import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EchoCore } from '../../../test/support/echo-core.ts';
import type { ModelView } from '../types.ts';
import { batchesFirst, modelConfig } from './config.ts';
import { modelMetadata, platformOf } from './metadata.ts';
import { modelStatistics } from './statistics.ts';

const core = new EchoCore();
const view: ModelView = {
  ...core.model('id_FP32'),
  name: 'm',
  engine: { name: 'onnxruntime', version: '1.30' },
  inputs: [{ name: 'x', type: 'float32', shape: ['batch', 3, 'width'] }],
  outputs: [
    { name: 'y', type: 'string', shape: ['batch'] },
    { name: 'z', type: 'int64', shape: [], unranked: true },
  ],
};

test('metadata has -1 for free dimensions, the batch among them', () => {
  assert.deepEqual(modelMetadata(core, view), {
    name: 'm',
    versions: ['1'],
    platform: 'onnxruntime_onnx',
    inputs: [{ name: 'x', datatype: 'FP32', shape: [-1, 3, -1] }],
    outputs: [
      { name: 'y', datatype: 'BYTES', shape: [-1] },
      { name: 'z', datatype: 'INT64', shape: [-1] },
    ],
  });
  assert.equal(platformOf(core.model('id_FP32')), 'thinfer_null');
});

test('the configuration leaves the batch out', () => {
  const config = modelConfig(view);
  assert.equal(config.max_batch_size, 8);
  assert.deepEqual(config.input[0], {
    name: 'x',
    data_type: 'TYPE_FP32',
    dims: [3, -1],
    optional: false,
    is_shape_tensor: false,
  });
  assert.deepEqual(
    config.output.map(({ data_type, dims }) => [data_type, dims]),
    [
      ['TYPE_STRING', []],
      ['TYPE_INT64', [-1]],
    ],
  );
  assert.deepEqual(config.instance_group, [{ name: 'm_0', kind: 'KIND_CPU', count: 2 }]);
  assert.deepEqual(config.dynamic_batching?.preferred_batch_size, [8]);
});

test('a model whose tensors do not all begin with the batch has max_batch_size 0 and whole shapes', () => {
  const other = { ...view, outputs: [{ name: 'y', type: 'float32', shape: [3, 'batch'] }] } as const;
  assert.equal(batchesFirst(other), false);
  const config = modelConfig(other);
  assert.equal(config.max_batch_size, 0);
  assert.deepEqual(config.input[0]?.dims, [-1, 3, -1]);
  assert.equal(config.dynamic_batching, undefined);
});

test('statistics are whole numbers, batches by size', () => {
  const statistics = modelStatistics(view);
  assert.equal(statistics.last_inference, 1);
  assert.deepEqual(statistics.inference_stats.compute_infer, { count: 2, ns: 10 });
  assert.deepEqual(statistics.inference_stats.cache_hit, { count: 0, ns: 0 });
  assert.deepEqual(
    statistics.batch_stats.map((batch) => batch.batch_size),
    [1, 8],
  );
});
