import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { ThinferError } from '../../errors.ts';
import {
  type InferParameter,
  InferTensorContentsSchema,
  ModelInferRequestSchema,
} from '../generated/grpc_service_pb.ts';
import { decodeInferRequest, type WireInferRequest, wireLimits } from './decode-infer-request.ts';

type Init = MessageInitShape<typeof ModelInferRequestSchema>;

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const parameter = fc.oneof(
  fc.constant({}),
  fc.boolean().map((value) => ({ parameterChoice: { case: 'boolParam' as const, value } })),
  fc
    .maxSafeInteger()
    .map((value) => ({ parameterChoice: { case: 'int64Param' as const, value: BigInt(value) } })),
  text.map((value) => ({ parameterChoice: { case: 'stringParam' as const, value } })),
  fc.double({ noNaN: true }).map((value) => ({ parameterChoice: { case: 'doubleParam' as const, value } })),
  fc.nat().map((value) => ({ parameterChoice: { case: 'uint64Param' as const, value: BigInt(value) } })),
);
const parameters = fc.dictionary(text, parameter, { maxKeys: 4 });
const requests: fc.Arbitrary<Init> = fc.record({
  modelName: text,
  modelVersion: text,
  id: text,
  parameters,
  inputs: fc.array(
    fc.record({
      name: text,
      datatype: text,
      shape: fc.array(fc.maxSafeInteger().map(BigInt), { maxLength: 5 }),
      parameters,
      contents: fc.option(fc.record({ intContents: fc.array(fc.integer(), { maxLength: 4 }) }), {
        nil: undefined,
      }),
    }),
    { maxLength: 3 },
  ),
  outputs: fc.array(fc.record({ name: text, parameters }), { maxLength: 3 }),
  rawInputContents: fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 3 }),
}) as fc.Arbitrary<Init>;

const parameterValue = ({ parameterChoice: { value } }: InferParameter) =>
  typeof value === 'bigint' ? Number(value) : value;
const mapOf = (entries: { [key: string]: InferParameter }) =>
  new Map(Object.entries(entries).map(([key, value]) => [key, parameterValue(value)]));

/** What protobuf-es makes of a message, in the words of the decoder by hand. */
function reference(bytes: Uint8Array) {
  const message = fromBinary(ModelInferRequestSchema, bytes);
  return {
    modelName: message.modelName,
    modelVersion: message.modelVersion,
    id: message.id,
    parameters: mapOf(message.parameters),
    inputs: message.inputs.map(({ name, datatype, shape, parameters, contents }) => ({
      name,
      datatype,
      shape: shape.map(Number),
      parameters: mapOf(parameters),
      contents: contents === undefined ? null : toBinary(InferTensorContentsSchema, contents),
    })),
    outputs: message.outputs.map(({ name, parameters }) => ({ name, parameters: mapOf(parameters) })),
    raw: message.rawInputContents.map((raw) => Buffer.from(raw)),
  };
}

/** The contents are decoded by both with protobuf-es: parts merge. */
function comparable(wire: WireInferRequest) {
  const contents = (parts: readonly Buffer[] | null) =>
    parts === null
      ? null
      : toBinary(InferTensorContentsSchema, fromBinary(InferTensorContentsSchema, Buffer.concat(parts)));
  return {
    ...wire,
    inputs: wire.inputs.map((input) => ({ ...input, contents: contents(input.contents) })),
  };
}

const encoded = requests.map((init) =>
  toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, init)),
);

test('a request is what protobuf-es reads', () => {
  fc.assert(
    fc.property(encoded, (bytes) => {
      assert.deepEqual(comparable(decodeInferRequest(bytes)), reference(bytes));
    }),
  );
});

test('two requests in a row merge as protobuf says', () => {
  fc.assert(
    fc.property(encoded, encoded, (first, second) => {
      const bytes = Buffer.concat([first, second]);
      assert.deepEqual(comparable(decodeInferRequest(bytes)), reference(bytes));
    }),
  );
});

test('a damaged request gets an error, or is read as protobuf-es reads it', () => {
  const damage = fc.record({ at: fc.nat(), byte: fc.nat(255), cut: fc.option(fc.nat()) });
  fc.assert(
    fc.property(encoded, damage, (bytes, { at, byte, cut }) => {
      const damaged = Buffer.from(cut === null ? bytes : bytes.subarray(0, cut % (bytes.length + 1)));
      if (damaged.length > 0) damaged[at % damaged.length] = byte;
      let read: WireInferRequest;
      try {
        read = decodeInferRequest(damaged);
      } catch (thrown) {
        assert.ok(thrown instanceof ThinferError, String(thrown));
        assert.ok(['request-invalid', 'too-large'].includes(thrown.code));
        return;
      }
      let expected: ReturnType<typeof reference>;
      try {
        expected = reference(damaged);
      } catch {
        return;
      }
      assert.deepEqual(comparable(read).raw, expected.raw);
      assert.equal(read.modelName, expected.modelName);
    }),
    { numRuns: 500 },
  );
});

test('tensors are memory of the message', () => {
  const message = Buffer.from(
    toBinary(
      ModelInferRequestSchema,
      create(ModelInferRequestSchema, { rawInputContents: [Buffer.from('abcd')] }),
    ),
  );
  const { raw } = decodeInferRequest(message);
  assert.equal(raw[0]!.buffer, message.buffer);
});

test('small fields do not become objects without end', () => {
  const many = (field: Buffer) => Buffer.concat(Array.from({ length: wireLimits.tensors + 1 }, () => field));
  for (const field of [5, 6, 7])
    assert.throws(() => decodeInferRequest(many(Buffer.from([(field << 3) | 2, 0]))), { code: 'too-large' });
  const shape = create(ModelInferRequestSchema, {
    inputs: [{ shape: Array.from({ length: wireLimits.rank + 1 }, () => 1n) }],
  });
  assert.throws(() => decodeInferRequest(toBinary(ModelInferRequestSchema, shape)), { code: 'too-large' });
  const parameters = Object.fromEntries(
    Array.from({ length: wireLimits.parameters + 1 }, (_, index) => [String(index), {}]),
  );
  assert.throws(
    () =>
      decodeInferRequest(toBinary(ModelInferRequestSchema, create(ModelInferRequestSchema, { parameters }))),
    { code: 'too-large' },
  );
});

test('deep groups are no deep recursion', () => {
  assert.throws(() => decodeInferRequest(Buffer.alloc(100_000, (9 << 3) | 3)), { code: 'request-invalid' });
});
