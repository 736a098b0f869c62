import assert from 'node:assert/strict';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { type ErrorCode, ThinferError } from '../src/errors.ts';
import { traceGraph } from '../src/model/cost/trace-graph.ts';
import { makeValue } from '../src/model/cost/value.ts';
import { type ModelProto, ModelProtoSchema, ValueInfoProtoSchema } from '../src/model/generated/onnx_pb.ts';
import {
  fillInput,
  inferOutputs,
  type Model,
  makeZooModel,
  modelCost,
  openModel,
  type ResolvedTensor,
  resolveInputs,
  resolveOutputs,
} from '../src/model/index.ts';

const root = await mkdtemp(join(tmpdir(), 'thinfer-model-'));
after(() => rm(root, { recursive: true, force: true }));
const cacheDir = join(root, 'cache');

/** A fresh copy of the tiny model's files. */
async function copyOfTiny(name: string): Promise<string> {
  const source = await makeZooModel('tiny', { cacheDir });
  const folder = join(root, name);
  await cp(dirname(source), folder, { recursive: true });
  return join(folder, 'tiny.onnx');
}

async function assertRefused(model: string, code: ErrorCode, pattern: RegExp): Promise<void> {
  await assert.rejects(openModel({ model, cacheDir }), (error) => {
    assert.ok(error instanceof ThinferError, String(error));
    assert.equal(error.code, code, error.message);
    assert.match(error.message, pattern);
    return true;
  });
}

async function rewrite(file: string, change: (proto: ModelProto) => void): Promise<void> {
  const proto = fromBinary(ModelProtoSchema, await readFile(file));
  change(proto);
  await writeFile(file, toBinary(ModelProtoSchema, proto));
}

function feedOf(model: Model, tensor: ResolvedTensor): Tensor {
  const bytes = new Uint8Array(tensor.bytes);
  fillInput(model, tensor, bytes, 1);
  return tensor.type === 'float32'
    ? new Tensor('float32', new Float32Array(bytes.buffer), tensor.shape)
    : new Tensor('int64', new BigInt64Array(bytes.buffer), tensor.shape);
}

function feedsOf(model: Model, batch: number): Record<string, Tensor> {
  return Object.fromEntries(
    resolveInputs(model, { batch }).map((tensor) => [tensor.name, feedOf(model, tensor)]),
  );
}

describe('the zoo', () => {
  for (const name of ['tiny', 'tiny-bert'])
    test(`${name} runs in ONNX Runtime, with the outputs it names`, async () => {
      const model = await openModel({ model: name, cacheDir });
      assert.equal(model.batchDim, 'batch');
      const session = await InferenceSession.create(model.file, { intraOpNumThreads: 1 });
      const answer = await session.run(feedsOf(model, 3));
      for (const output of resolveOutputs(model, { batch: 3 })) {
        assert.deepEqual(answer[output.name]?.dims, output.shape);
        const values = answer[output.name]?.data as Float32Array;
        const meanSquare = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
        assert.ok(meanSquare > 1e-3 && meanSquare < 1e3, `${output.name}: ${meanSquare}`);
      }
      await session.release();
    });

  test('every shape and folded value of tiny-bert is what ONNX Runtime computes', async () => {
    const model = await openModel({ model: 'tiny-bert', cacheDir });
    const resolved = resolveInputs(model, { batch: 2 });
    const proto = fromBinary(ModelProtoSchema, await readFile(model.file));
    const graph = proto.graph!;
    const made = graph.node.flatMap(({ output }) => output);
    graph.output = made.map((name) => create(ValueInfoProtoSchema, { name }));
    const folder = dirname(await copyOfTiny('shapes'));
    await cp(join(dirname(model.file), 'tiny-bert.data'), join(folder, 'tiny-bert.data'));
    await writeFile(join(folder, 'all.onnx'), toBinary(ModelProtoSchema, proto));
    const session = await InferenceSession.create(join(folder, 'all.onnx'), {
      graphOptimizationLevel: 'disabled',
    });
    const answer = await session.run(feedsOf(model, 2));
    const inputs = new Map(resolved.map(({ name, shape, type }) => [name, makeValue(shape, type)]));
    const { values } = traceGraph(graph, inputs, 17);
    for (const name of made) {
      const [expected, value] = [answer[name]!, values.get(name)];
      assert.deepEqual(value?.shape, expected.dims, name);
      assert.equal(value?.type, expected.type, name);
      if (value?.data !== undefined)
        assert.deepEqual(value.data, Array.from(expected.data as never, Number), name);
    }
    await session.release();
  });

  test('it is the same file every time, and a larger one only where it should be', async () => {
    const first = await openModel({ model: 'tiny', cacheDir });
    const second = await openModel({ model: 'tiny', cacheDir: join(root, 'other-cache') });
    assert.equal(first.contentHash, second.contentHash);
    assert.ok(first.bytes < 100_000);
  });

  test('two makers at once both get a whole model', async () => {
    const shared = join(root, 'shared-cache');
    const files = await Promise.all([1, 2, 3].map(() => makeZooModel('tiny-bert', { cacheDir: shared })));
    assert.equal(new Set(files).size, 1);
    await InferenceSession.create(files[0]!);
    const left = await readdir(join(shared, 'zoo'));
    assert.deepEqual(left, [basename(dirname(files[0]!))]);
  });

  test('an unknown name is refused with the names there are', async () => {
    await assert.rejects(openModel({ model: 'resnet5', cacheDir }), (error) => {
      assert.ok(error instanceof ThinferError);
      assert.equal(error.code, 'not-found');
      assert.match(error.remedy ?? '', /resnet50, /);
      return true;
    });
  });

  test('a cache that can not be written is named', async (context) => {
    const blocked = join(root, 'blocked');
    await writeFile(blocked, 'a file where the folder should be');
    await assert.rejects(makeZooModel('tiny', { cacheDir: blocked }), (error) => {
      assert.ok(error instanceof ThinferError);
      assert.equal(error.code, 'storage');
      assert.match(error.message, /blocked/);
      return true;
    });
    context.diagnostic('checked with a file in the way: root may write anywhere');
  });
});

describe('a damaged cache', () => {
  const damages: Readonly<Record<string, (folder: string) => Promise<void>>> = {
    'the data was cut': (folder) => truncate(join(folder, 'tiny.data'), 5000),
    'the data was changed': async (folder) => {
      const bytes = await readFile(join(folder, 'tiny.data'));
      bytes[100]! ^= 1;
      await writeFile(join(folder, 'tiny.data'), bytes);
    },
    'the graph was cut': (folder) => truncate(join(folder, 'tiny.onnx'), 100),
    'the data is missing': (folder) => rm(join(folder, 'tiny.data')),
    'the manifest is missing': (folder) => rm(join(folder, 'manifest.json')),
    'the manifest was cut': (folder) => truncate(join(folder, 'manifest.json'), 20),
  };
  for (const [title, damage] of Object.entries(damages))
    test(`${title}: noticed, and made again`, async () => {
      const own = await mkdtemp(join(root, 'damaged-'));
      const whole = await openModel({ model: 'tiny', cacheDir: own });
      await damage(dirname(whole.file));
      const notices: string[] = [];
      const again = await openModel({ model: 'tiny', cacheDir: own, onNotice: (text) => notices.push(text) });
      assert.equal(notices.length, 1);
      assert.match(notices[0]!, /made again/);
      assert.equal(again.contentHash, whole.contentHash);
      assert.deepEqual(await readdir(join(own, 'zoo')), [basename(dirname(whole.file))]);
    });

  test('hashes that were cut are computed anew', async () => {
    const own = await mkdtemp(join(root, 'hashes-'));
    const whole = await openModel({ model: 'tiny', cacheDir: own });
    await truncate(join(own, 'hashes.json'), 30);
    const notices: string[] = [];
    const again = await openModel({ model: 'tiny', cacheDir: own, onNotice: (text) => notices.push(text) });
    assert.equal(again.contentHash, whole.contentHash);
    assert.deepEqual(notices, []);
  });
});

describe("a user's file", () => {
  test('works the same way', async () => {
    const file = await copyOfTiny('own');
    const model = await openModel({ model: file, cacheDir });
    const zoo = await openModel({ model: 'tiny', cacheDir });
    assert.equal(model.name, 'tiny');
    assert.equal(model.contentHash, zoo.contentHash);
    assert.deepEqual(model.inputs, [{ name: 'input', type: 'float32', shape: ['batch', 3, 8, 8] }]);
    assert.ok((await modelCost(model, { batch: 1 })).flops > 10_000);
  });

  test('a changed byte of the weights changes the hash', async () => {
    const file = await copyOfTiny('changed');
    const before = await openModel({ model: file, cacheDir });
    const data = join(dirname(file), 'tiny.data');
    const bytes = await readFile(data);
    bytes[0]! ^= 1;
    await writeFile(data, bytes);
    assert.notEqual((await openModel({ model: file, cacheDir })).contentHash, before.contentHash);
  });

  test('a cache folder that can not be written is no obstacle', async () => {
    const file = await copyOfTiny('read-only');
    const blocked = join(root, 'no-folder');
    await writeFile(blocked, '');
    const model = await openModel({ model: file, cacheDir: blocked });
    assert.equal(model.contentHash, (await openModel({ model: file, cacheDir })).contentHash);
  });

  test('nameless dimensions run with the shapes resolved', async () => {
    const file = await copyOfTiny('nameless');
    await rewrite(file, ({ graph }) => {
      for (const { type } of [...graph!.input, ...graph!.output])
        if (type?.value.case === 'tensorType') type.value.value.shape!.dim[0]!.value = { case: undefined };
    });
    const model = await openModel({ model: file, cacheDir });
    assert.equal(model.batchDim, 'input_dim0');
    const session = await InferenceSession.create(file, { intraOpNumThreads: 1 });
    const answer = await session.run(feedsOf(model, 2));
    assert.deepEqual(answer['output']?.dims, [2, 10]);
    await session.release();
  });

  test('an output whose name says nothing is followed through the graph', async () => {
    const file = await copyOfTiny('invented');
    await rewrite(file, ({ graph }) => {
      const [output] = graph!.output;
      if (output?.type?.value.case === 'tensorType')
        output.type.value.value.shape!.dim[0]!.value = { case: 'dimParam', value: 'Gemmoutput_dim_0' };
    });
    const model = await openModel({ model: file, cacheDir });
    assert.equal(resolveOutputs(model, { batch: 5 })[0]?.shape, null);
    assert.deepEqual((await inferOutputs(model, { batch: 5 }))[0]?.shape, [5, 10]);
  });

  test('embedded weights count and cost the same', async () => {
    const file = await copyOfTiny('embedded');
    const data = await readFile(join(dirname(file), 'tiny.data'));
    const zoo = await openModel({ model: 'tiny', cacheDir });
    await rewrite(file, ({ graph }) => {
      for (const tensor of graph!.initializer) {
        const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
        if (!entries.has('location')) continue;
        const offset = Number(entries.get('offset'));
        tensor.rawData = new Uint8Array(data.subarray(offset, offset + Number(entries.get('length'))));
        tensor.externalData = [];
        tensor.dataLocation = 0;
      }
    });
    await rm(join(dirname(file), 'tiny.data'));
    const model = await openModel({ model: file, cacheDir });
    assert.equal(model.parameters, zoo.parameters);
    assert.deepEqual(await modelCost(model, { batch: 2 }), await modelCost(zoo, { batch: 2 }));
  });

  test('a missing file', () =>
    assertRefused(join(root, 'none.onnx'), 'not-found', /none\.onnx: there is no such file/));
  test('a folder', () => assertRefused(root, 'model-invalid', /is a folder/));

  test('an empty file, a text file, a Git LFS pointer, bytes without sense', async () => {
    const file = join(root, 'wrong.onnx');
    await writeFile(file, '');
    await assertRefused(file, 'model-invalid', /wrong\.onnx .*it is empty/);
    await writeFile(file, 'import torch\nprint("hello")\n');
    await assertRefused(file, 'model-invalid', /wrong\.onnx is a text file/);
    await writeFile(file, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n');
    await assertRefused(file, 'model-invalid', /Git LFS pointer/);
    await writeFile(file, Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
    await assertRefused(file, 'model-invalid', /is not an ONNX file/);
  });

  test('a file cut anywhere', async () => {
    const whole = await readFile(await makeZooModel('tiny', { cacheDir }));
    const file = join(root, 'cut.onnx');
    const places = [1, 2, 3, 10, 11, 12, 100, whole.length >> 1, whole.length - 1, whole.length - 5];
    for (const length of places) {
      await writeFile(file, whole.subarray(0, length));
      await assertRefused(file, 'model-invalid', /cut\.onnx is (not an ONNX file|a text file)/);
    }
  });

  test('external data that is missing, too short, or a folder', async () => {
    const file = await copyOfTiny('short');
    const data = join(dirname(file), 'tiny.data');
    await truncate(data, 6000);
    await assertRefused(
      file,
      'model-invalid',
      /tiny\.data was cut: 6000 bytes, but tensor "\S+" ends at byte/,
    );
    await rm(data);
    await assertRefused(file, 'model-invalid', /tiny\.data is missing/);
    await mkdir(data);
    await assertRefused(file, 'model-invalid', /tiny\.data is not a file/);
  });

  test('external data outside the folder, by path or by link', async () => {
    const file = await copyOfTiny('escape');
    const outside = join(root, 'outside.data');
    const data = join(dirname(file), 'tiny.data');
    await cp(data, outside);
    for (const location of ['../outside.data', outside, 'a/../../outside.data', '.', '']) {
      const escaping = join(dirname(file), 'escaping.onnx');
      await cp(file, escaping);
      await rewrite(escaping, ({ graph }) => {
        for (const tensor of graph!.initializer)
          for (const entry of tensor.externalData) if (entry.key === 'location') entry.value = location;
      });
      await assertRefused(escaping, 'model-invalid', /outside the model's folder/);
    }
    await rm(data);
    await symlink(outside, data);
    await assertRefused(file, 'model-invalid', /outside the model's folder/);
  });

  test('links into one folder, as download caches make them, are followed', async () => {
    const file = await copyOfTiny('blobs');
    const links = join(root, 'links');
    await mkdir(links);
    for (const name of ['tiny.onnx', 'tiny.data'])
      await symlink(join(dirname(file), name), join(links, name));
    const model = await openModel({ model: join(links, 'tiny.onnx'), cacheDir });
    assert.equal(model.parameters, 1586);
  });

  test('inputs that are no tensors', async () => {
    const file = await copyOfTiny('sequence');
    await rewrite(file, ({ graph }) => {
      graph!.input[0]!.type = { $typeName: 'onnx.TypeProto', denotation: '', value: { case: undefined } };
    });
    await assertRefused(file, 'model-invalid', /input "input" is not a tensor/);
  });

  test('a file that may not be read', {
    skip: process.getuid?.() === 0 && 'root may read anything',
  }, async () => {
    const file = await copyOfTiny('secret');
    await chmod(file, 0);
    await assertRefused(file, 'not-found', /can't be read/);
  });
});
