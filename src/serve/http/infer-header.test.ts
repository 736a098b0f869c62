import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readInferHeader } from './infer-header.ts';
import { defaultLimits } from './limits.ts';

const x = { name: 'x', shape: [1, 2], datatype: 'FP32', data: [1, 2] };
const read = (value: unknown) => readInferHeader(value, defaultLimits);
const refused = (value: unknown, message: RegExp, code = 'request-invalid'): void => {
  assert.throws(() => read(value), { code, message });
};

test('a whole request', () => {
  const header = read({
    id: 'a',
    parameters: { timeout: 5, foo: 'b', large: 2n ** 60n },
    inputs: [x, { name: 'b', shape: [3], datatype: 'BYTES', parameters: { binary_data_size: 7 } }],
    outputs: [
      { name: 'y', parameters: { binary_data: false, classification: 3 } },
      { name: 'z', parameters: { shared_memory_region: 'r', shared_memory_byte_size: 8 } },
    ],
  });
  assert.deepEqual(header.parameters, { timeoutUs: 5, priority: 0, binaryOutput: false });
  assert.deepEqual(header.inputs[0], {
    name: 'x',
    type: 'float32',
    shape: [1, 2],
    elements: 2,
    source: { from: 'json', data: [1, 2] },
  });
  assert.deepEqual(header.inputs[1]?.source, { from: 'binary', bytes: 7 });
  assert.deepEqual([...header.outputs!.keys()], ['y', 'z']);
  assert.deepEqual(
    [...header.outputs!.values()],
    [
      { name: 'y', binary: false, classes: 3, region: null },
      { name: 'z', binary: null, classes: 0, region: { region: 'r', offset: 0, bytes: 8 } },
    ],
  );
});

test('an empty id is none', () => {
  assert.equal(read({ id: '', inputs: [] }).id, null);
});

test('what is not as it should be is named', () => {
  refused(null, /must be an object/);
  refused([], /must be an object/);
  refused({}, /'inputs' must be an array/);
  refused({ inputs: [5] }, /an input must be an object/);
  refused({ id: 5, inputs: [x] }, /'id' must be a string/);
  refused({ inputs: [{ ...x, name: 5 }] }, /'name' of an input/);
  refused({ inputs: [{ ...x, datatype: 'FOO' }] }, /invalid datatype for input 'x'/);
  refused({ inputs: [{ ...x, shape: [1, -1] }] }, /unsigned integer/);
  refused({ inputs: [{ ...x, shape: [1.5] }] }, /unsigned integer/);
  refused({ inputs: [{ ...x, shape: 3 }] }, /'shape' of input 'x' must be an array/);
  refused({ inputs: [{ ...x, data: undefined }] }, /no field is set/);
  refused({ inputs: [{ ...x, parameters: { binary_data_size: 8 } }] }, /several are set/);
  refused({ inputs: [x], parameters: { foo: {} } }, /'foo' has invalid type/);
  refused({ inputs: [x], parameters: [] }, /must be an object/);
  refused({ inputs: [x], outputs: [{}] }, /'name' of an output/);
  refused({ inputs: [x], outputs: [{ name: 'y', parameters: { classification: -1 } }] }, /'classification'/);
});

test('limits hold', () => {
  refused({ inputs: new Array(257).fill(x) }, /at most 256 inputs/, 'too-large');
  refused({ inputs: [{ ...x, shape: new Array(65).fill(1) }] }, /more than 64 dimensions/, 'too-large');
  refused({ inputs: [{ ...x, shape: [2 ** 20, 2 ** 20] }] }, /elements/, 'too-large');
  refused({ inputs: [{ ...x, shape: [2 ** 40, 0] }] }, /elements/, 'too-large');
  refused({ inputs: [{ ...x, shape: new Array(64).fill(2 ** 31 - 1) }] }, /elements/, 'too-large');
});

test('anything is read or refused', () => {
  const value = fc.anything({ maxDepth: 3 });
  const near = fc.record({
    inputs: fc.array(fc.record({ name: value, shape: value, datatype: value, data: value })),
  });
  fc.assert(
    fc.property(fc.oneof(value, near), (any) => {
      try {
        read(any);
      } catch (error) {
        assert.match((error as { code?: string }).code ?? '', /request-invalid|too-large/);
      }
    }),
  );
});
