/**
 * What decoding a `ModelInferRequest` and writing a `ModelInferResponse` cost, by hand and with protobuf-es:
 * `node bench/serve/grpc-codec.ts [FLOATS…]`. Both are interleaved, round by round; the median round counts.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  ModelInferRequestSchema,
  ModelInferResponseSchema,
} from '../../src/serve/generated/grpc_service_pb.ts';
import { decodeInferRequest } from '../../src/serve/grpc/decode-infer-request.ts';
import { encodeInferResponse } from '../../src/serve/grpc/encode-infer-response.ts';

const rounds = 25;
const sizes = process.argv.slice(2).map(Number);

/** What grpc-js does with a serialised message. */
function frame(message: { readonly byteLength: number }, copy: (target: Buffer) => void): Buffer {
  const target = Buffer.allocUnsafe(message.byteLength + 5);
  target.writeUInt32BE(message.byteLength, 1);
  copy(target);
  return target;
}

function cases(floats: number): Record<string, () => unknown> {
  const raw = Buffer.alloc(floats * 4, 1);
  const request = Buffer.from(
    toBinary(
      ModelInferRequestSchema,
      create(ModelInferRequestSchema, {
        modelName: 'identity',
        id: '17',
        inputs: [{ name: 'x', datatype: 'FP32', shape: [1n, BigInt(floats)] }],
        rawInputContents: [raw],
      }),
    ),
  );
  return {
    'decode by hand': () => decodeInferRequest(request),
    'decode protobuf-es': () => fromBinary(ModelInferRequestSchema, request),
    'encode by hand': () => {
      const message = encodeInferResponse({
        model: 'identity',
        version: '1',
        id: '17',
        outputs: [{ name: 'y', datatype: 'FP32', shape: [1, floats], data: [raw] }],
      });
      return frame(message, (target) => message.copy(target, 5));
    },
    'encode protobuf-es': () => {
      const bytes = toBinary(
        ModelInferResponseSchema,
        create(ModelInferResponseSchema, {
          modelName: 'identity',
          modelVersion: '1',
          id: '17',
          outputs: [{ name: 'y', datatype: 'FP32', shape: [1n, BigInt(floats)] }],
          rawOutputContents: [raw],
        }),
      );
      return frame(bytes, (target) => target.set(bytes, 5));
    },
  };
}

/** µs of one call. */
function time(run: () => unknown, calls: number): number {
  const begin = performance.now();
  for (let call = 0; call < calls; call++) run();
  return ((performance.now() - begin) * 1000) / calls;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

for (const floats of sizes.length > 0 ? sizes : [1, 1000, 150_528]) {
  const calls = floats > 10_000 ? 200 : 5000;
  const named = Object.entries(cases(floats));
  const times = new Map<string, number[]>(named.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const [name, run] of named) times.get(name)!.push(time(run, calls));
  for (const [name, list] of times)
    console.log(`${String(floats).padStart(8)} floats  ${name.padEnd(20)} ${median(list).toFixed(2)} µs`);
}
