import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import type { TensorType } from '../../model/index.ts';
import { InferTensorContentsSchema } from '../generated/grpc_service_pb.ts';
import { decodeContents } from './decode-contents.ts';

type Init = MessageInitShape<typeof InferTensorContentsSchema>;

function decode(type: TensorType, ...parts: readonly Init[]): Buffer {
  const bytes = parts.map((init) =>
    Buffer.from(toBinary(InferTensorContentsSchema, create(InferTensorContentsSchema, init))),
  );
  return Buffer.from(decodeContents(bytes, { input: 'x', model: 'm', type }));
}

const bytesOf = (array: ArrayBufferView) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
const some = <T>(value: fc.Arbitrary<T>) => fc.array(value, { minLength: 1, maxLength: 30 });
const integers = (min: number, max: number) => some(fc.integer({ min, max }));

test('numbers become little-endian bytes of the tensor', () => {
  const cases = [
    fc.property(integers(-128, 127), (v) => assert.deepEqual(decode('int8', { intContents: v }), bytesOf(new Int8Array(v)))),
    fc.property(integers(-32768, 32767), (v) => assert.deepEqual(decode('int16', { intContents: v }), bytesOf(new Int16Array(v)))),
    fc.property(some(fc.integer()), (v) => assert.deepEqual(decode('int32', { intContents: v }), bytesOf(new Int32Array(v)))),
    fc.property(some(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)), (v) => assert.deepEqual(decode('int64', { int64Contents: v }), bytesOf(new BigInt64Array(v)))),
    fc.property(integers(0, 255), (v) => assert.deepEqual(decode('uint8', { uintContents: v }), bytesOf(new Uint8Array(v)))),
    fc.property(integers(0, 65535), (v) => assert.deepEqual(decode('uint16', { uintContents: v }), bytesOf(new Uint16Array(v)))),
    fc.property(integers(0, 2 ** 32 - 1), (v) => assert.deepEqual(decode('uint32', { uintContents: v }), bytesOf(new Uint32Array(v)))),
    fc.property(some(fc.bigInt(0n, 2n ** 64n - 1n)), (v) => assert.deepEqual(decode('uint64', { uint64Contents: v }), bytesOf(new BigUint64Array(v)))),
    fc.property(some(fc.float({ noNaN: true })), (v) => assert.deepEqual(decode('float32', { fp32Contents: v }), bytesOf(new Float32Array(v)))),
    fc.property(some(fc.double({ noNaN: true })), (v) => assert.deepEqual(decode('float64', { fp64Contents: v }), bytesOf(new Float64Array(v)))),
    fc.property(some(fc.boolean()), (v) => assert.deepEqual(decode('bool', { boolContents: v }), Buffer.from(v.map(Number)))),
  ]; // biome-ignore format: a table
  for (const property of cases) fc.assert(property as fc.IProperty<unknown>);
});

test('strings become lengths and bytes, also empty ones', () => {
  const values = ['', 'a', 'bcd'].map((text) => Buffer.from(text));
  assert.equal(
    decode('string', { bytesContents: values }).toString('latin1'),
    '\0\0\0\0\x01\0\0\0a\x03\0\0\0bcd',
  );
});

test('contents in parts merge, packed or not', () => {
  assert.deepEqual(decode('int8', { intContents: [1] }, { intContents: [2, 3] }), Buffer.from([1, 2, 3]));
  const unpacked = Buffer.from([(2 << 3) | 0, 1, (2 << 3) | 0, 2]);
  assert.deepEqual(
    Buffer.from(decodeContents([unpacked], { input: 'x', model: 'm', type: 'int8' })),
    Buffer.from([1, 2]),
  );
});

test('data in the wrong field, out of range, missing or of a type without a field is refused', () => {
  const refused = (type: TensorType, init: Init, message: RegExp) =>
    assert.throws(() => decode(type, init), { code: 'request-invalid', message });
  refused('float32', { intContents: [1] }, /of type 'INT32', expected datatype 'FP32'/);
  refused('float32', { fp32Contents: [1], boolContents: [true] }, /of type 'BOOL', expected datatype 'FP32'/);
  refused('int8', { intContents: [128] }, /128 in input 'x' for model 'm' does not fit INT8 \(-128 to 127\)/);
  refused('uint16', { uintContents: [65536] }, /does not fit UINT16/);
  refused('float32', {}, /unable to find data for input tensor 'x'/);
  refused('float16', { fp32Contents: [1] }, /must be given in raw_input_contents/);
});

test('damaged contents are refused', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom<TensorType>('int32', 'string', 'float32'),
      (bytes, type) => {
        try {
          decodeContents([Buffer.from(bytes)], { input: 'x', model: 'm', type });
        } catch (thrown) {
          assert.equal((thrown as { code?: string }).code, 'request-invalid');
        }
      },
    ),
  );
});
