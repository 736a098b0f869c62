import assert from 'node:assert/strict';
import { test } from 'node:test';
import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { ModelInferResponseSchema, ModelStreamInferResponseSchema } from '../generated/grpc_service_pb.ts';
import { type Answer, encodeInferResponse, encodeStreamAnswer } from './encode-infer-response.ts';

const size = fc.oneof(
  fc.nat(300),
  fc.constantFrom(0, 127, 128, 16383, 16384, 2 ** 31 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER),
);
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const answers: fc.Arbitrary<Answer> = fc.record({
  model: text,
  version: text,
  id: text,
  outputs: fc.array(
    fc.record({
      name: text,
      datatype: fc.constantFrom('FP32', 'BYTES', 'INT64'),
      shape: fc.array(size, { maxLength: 6 }),
      data: fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 3 }),
    }),
    { maxLength: 4 },
  ),
});

function messageOf(answer: Answer, final: boolean) {
  return create(ModelInferResponseSchema, {
    modelName: answer.model,
    modelVersion: answer.version,
    id: answer.id,
    parameters: final
      ? { triton_final_response: { parameterChoice: { case: 'boolParam', value: true } } }
      : {},
    outputs: answer.outputs.map(({ name, datatype, shape }) => ({
      name,
      datatype,
      shape: shape.map(BigInt),
    })),
    rawOutputContents: answer.outputs.map(({ data }) => Buffer.concat(data)),
  });
}

test('an answer is byte for byte what protobuf-es writes', () => {
  fc.assert(
    fc.property(answers, (answer) => {
      const expected = Buffer.from(toBinary(ModelInferResponseSchema, messageOf(answer, false)));
      const message = encodeInferResponse(answer);
      assert.equal(message.byteLength, expected.length);
      assert.deepEqual(message.toBuffer(), expected);
    }),
  );
});

test('an answer of a stream is byte for byte what protobuf-es writes', () => {
  fc.assert(
    fc.property(answers, (answer) => {
      const expected = toBinary(
        ModelStreamInferResponseSchema,
        create(ModelStreamInferResponseSchema, { inferResponse: messageOf(answer, true) }),
      );
      assert.deepEqual(encodeStreamAnswer(answer).toBuffer(), Buffer.from(expected));
    }),
  );
});

test('a message copies itself behind what is there', () => {
  const message = encodeInferResponse({ model: 'm', version: '1', id: '', outputs: [] });
  const target = Buffer.alloc(message.byteLength + 5, 0xff);
  assert.equal(message.copy(target, 5), message.byteLength);
  assert.deepEqual(target.subarray(0, 5), Buffer.alloc(5, 0xff));
  assert.deepEqual(target.subarray(5), message.toBuffer());
});
