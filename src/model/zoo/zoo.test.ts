import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from '../generated/onnx_pb.ts';
import { zoo } from './zoo.ts';

test('what is cached is what would be made: a change here asks for a new `zooVersion`', () => {
  const digest = createHash('sha256');
  for (const { build } of zoo) {
    const { proto, weights } = build();
    digest.update(toBinary(ModelProtoSchema, proto)).update(JSON.stringify(weights));
  }
  // Changed on purpose? Raise `zooVersion` in make-zoo-model.ts and put the new digest here.
  assert.equal(digest.digest('hex'), 'a4ffd569fff5fcfb66e910ba71d437ea11690a087658a4948802b06af7e520fe');
});

test('weights lie one behind the other, large ones on pages of their own', () => {
  for (const { name, build } of zoo) {
    const { weights, dataBytes } = build();
    let end = 0;
    for (const { key, offset, bytes } of weights) {
      assert.ok(offset >= end && offset - end < 4096, `${name}: ${key}`);
      assert.equal(offset % (bytes >= 4096 ? 4096 : 64), 0, `${name}: ${key}`);
      end = offset + bytes;
    }
    assert.equal(end, dataBytes);
    assert.equal(new Set(weights.map(({ key }) => key)).size, weights.length);
  }
});
