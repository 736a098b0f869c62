import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ThinferError } from '../../errors.ts';
import type { TensorSpec } from '../../model/index.ts';
import { readSignature } from '../../model/signature.ts';
import { zoo } from '../../model/zoo/zoo.ts';
import { type PreprocessedModel, resolvePreprocess } from './resolve-preprocess.ts';
import { preprocessSchema } from './spec.ts';

const image: TensorSpec = { name: 'x', type: 'float32', shape: ['n', 3, 224, 224] };
const model = (inputs: readonly TensorSpec[], more: Partial<PreprocessedModel> = {}): PreprocessedModel => ({
  name: 'm',
  version: '1',
  inputs,
  zooName: null,
  file: null,
  ...more,
});
const fails = (given: PreprocessedModel, code: string, ...words: string[]): void => {
  assert.throws(
    () => resolvePreprocess(given),
    (error: unknown) =>
      error instanceof ThinferError &&
      error.code === code &&
      words.every((word) => error.message.includes(word)),
  );
};

test('every transform of the zoo fits its model', () => {
  const kinds = zoo.map(({ name, build }) => {
    const { proto } = build();
    const { inputs } = readSignature({ file: name, proto, graph: proto.graph!, opset: 17 });
    return [name, resolvePreprocess(model(inputs, { name, zooName: name }))?.kind ?? null] as const;
  });
  const ofImages = kinds.filter(([, kind]) => kind === 'image').map(([name]) => name);
  assert.deepEqual(ofImages, ['resnet50', 'inception-v3', 'tiny']);
});

test('what was declared must fit the model, and all that does not is told at once', () => {
  const declared = { kind: 'image', resize: 100, crop: 224, std: [0, 1, 1] } as const;
  fails(model([image], { declared }), 'shape-invalid', 'crop 224×224 is larger', 'std has to be above 0');
  fails(
    model([image], { declared: { kind: 'image', resize: 256, crop: 200 } }),
    'shape-invalid',
    'Nx3x200x200',
  );
  fails(
    model([image], { declared: { kind: 'image', resize: 256, crop: 224, layout: 'NHWC' } }),
    'shape-invalid',
    'Nx224x224x3',
  );
  fails(
    model([image], { declared: { kind: 'image', resize: 256, crop: 224, input: 'y' } }),
    'shape-invalid',
    'no input "y"',
  );
  fails(model([image], { declared: { kind: 'text' } }), 'shape-invalid', 'input_ids');
  const ids: TensorSpec = { name: 'input_ids', type: 'int64', shape: ['n', 's'] };
  fails(
    model([ids], { declared: { kind: 'text', tokenizer: '/nowhere/tokenizer.json' } }),
    'not-found',
    '/nowhere',
  );
});

test('free sides take any crop', () => {
  const free: TensorSpec = { name: 'x', type: 'float16', shape: ['n', 'h', 'w', 3] };
  const declared = { kind: 'image', resize: 64, crop: [32, 48], layout: 'NHWC', channels: 'BGR' } as const;
  const resolved = resolvePreprocess(model([free], { declared }));
  assert.ok(resolved?.kind === 'image');
  assert.deepEqual(
    [resolved.work.cropHeight, resolved.work.cropWidth, resolved.work.type],
    [32, 48, 'float16'],
  );
});

test('a configuration file is checked', () => {
  assert.ok(preprocessSchema.safeParse({ kind: 'image', resize: 256, crop: 224 }).success);
  assert.ok(!preprocessSchema.safeParse({ kind: 'image', resize: 256, crop: 224, rotate: 90 }).success);
  assert.ok(!preprocessSchema.safeParse({ kind: 'image', resize: 0, crop: 224 }).success);
  assert.ok(!preprocessSchema.safeParse({ kind: 'sound' }).success);
});
