import { connect as connectHttp2 } from 'node:http2';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { loadEngine } from '../../../src/engine/index.ts';
import { type Model, resolveOutputs } from '../../../src/model/index.ts';
import {
  ModelInferRequestSchema,
  ModelInferResponseSchema,
} from '../../../src/serve/generated/grpc_service_pb.ts';
import type { Serving } from '../serve.ts';
import { filledInputs, onMemory, settingsFor } from '../tiny.ts';
import { frame } from './grpc-cases.ts';

/** A request for `tiny`, with the engine's own answer. */
export interface Asked {
  readonly items: number;
  readonly input: Buffer;
  readonly expected: Float32Array;
}

/** Requests of one to eleven items and what the engine answers to them in this process. */
export async function askedOf(model: Model, engine: string, count: number): Promise<Asked[]> {
  const loaded = await loadEngine(settingsFor(model, engine));
  const asked: Asked[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const items = 1 + ((seed * 7) % 11);
    const outputs = resolveOutputs(model, { batch: items }).map(({ name, type, shape, bytes }) =>
      onMemory({ name, type, shape: shape!, bytes: bytes! }),
    );
    const inputs = filledInputs(model, items, seed);
    const binding = loaded.bind(inputs, outputs);
    await binding.run();
    asked.push({
      items,
      input: Buffer.from(inputs[0]!.data),
      expected: new Float32Array(outputs[0]!.data.slice().buffer),
    });
  }
  await loaded.close();
  return asked;
}

/** One way to ask; gives null where the answer is right, what is wrong otherwise. */
export type Ask = (asked: Asked) => Promise<string | null>;

/** REST with binary tensors. */
export function askRest({ http }: Serving): Ask {
  return async ({ items, input, expected }) => {
    const header = JSON.stringify({
      inputs: [
        {
          name: 'input',
          shape: [items, 3, 8, 8],
          datatype: 'FP32',
          parameters: { binary_data_size: input.length },
        },
      ],
      parameters: { binary_data_output: true },
    });
    const answer = await fetch(`${http}/v2/models/tiny/infer`, {
      method: 'POST',
      headers: { 'Inference-Header-Content-Length': String(header.length) },
      body: Buffer.concat([Buffer.from(header), input]),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (answer.status !== 200) return `REST: ${answer.status} ${body}`;
    return differs(
      'REST',
      body.subarray(Number(answer.headers.get('inference-header-content-length'))),
      expected,
    );
  };
}

/** TorchServe with raw bytes. */
export function askTorchServe({ http }: Serving): Ask {
  return async ({ input, expected }) => {
    const headers = { 'Content-Type': 'application/octet-stream', Accept: 'application/octet-stream' };
    const answer = await fetch(`${http}/predictions/tiny`, {
      method: 'POST',
      headers,
      body: Buffer.from(input),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    return answer.status === 200
      ? differs('TorchServe', body, expected)
      : `TorchServe: ${answer.status} ${body}`;
  };
}

/** gRPC with raw tensors, over one connection. */
export function askGrpc({ grpc }: Serving): { readonly ask: Ask; readonly close: () => void } {
  const session = connectHttp2(`http://${grpc}`);
  session.on('error', () => {});
  const ask: Ask = ({ items, input, expected }) =>
    new Promise((resolve) => {
      const message = create(ModelInferRequestSchema, {
        modelName: 'tiny',
        inputs: [{ name: 'input', datatype: 'FP32', shape: [items, 3, 8, 8].map(BigInt) }],
        rawInputContents: [input],
      });
      const stream = session.request({
        ...{ ':method': 'POST', ':path': '/inference.GRPCInferenceService/ModelInfer' },
        ...{ te: 'trailers', 'content-type': 'application/grpc' },
      });
      const pieces: Buffer[] = [];
      let end = 'no status';
      const note = (headers: Readonly<Record<string, unknown>>): void => {
        if (headers['grpc-status'] !== undefined)
          end = `${headers['grpc-status']} ${headers['grpc-message'] ?? ''}`;
      };
      stream.on('response', note);
      stream.on('trailers', note);
      stream.on('data', (piece: Buffer) => pieces.push(piece));
      stream.on('error', (error) => (end = error.message));
      stream.on('close', () => {
        if (!end.startsWith('0 ')) return resolve(`gRPC: ${end}`);
        const { rawOutputContents } = fromBinary(ModelInferResponseSchema, Buffer.concat(pieces).subarray(5));
        resolve(differs('gRPC', Buffer.from(rawOutputContents[0]!), expected));
      });
      stream.end(frame(toBinary(ModelInferRequestSchema, message)));
    });
  return { ask, close: () => session.close() };
}

/** A batch may add up in another order: as close as single precision is. */
function differs(how: string, bytes: Buffer, expected: Float32Array): string | null {
  if (bytes.length !== 4 * expected.length)
    return `${how}: ${bytes.length} bytes, not ${4 * expected.length}`;
  const wrong = expected.findIndex((value, at) => !(Math.abs(bytes.readFloatLE(4 * at) - value) <= 1e-4));
  return wrong < 0
    ? null
    : `${how}: element ${wrong} is ${bytes.readFloatLE(4 * wrong)}, not ${expected[wrong]}`;
}

/** Keeps `width` requests under way until `more`, which is told how many are answered, says no; gives how many there were and what was wrong. */
export async function load(
  asked: readonly Asked[],
  ways: readonly Ask[],
  width: number,
  more: (answered: number) => boolean,
): Promise<{ readonly answered: number; readonly problems: readonly string[] }> {
  const problems: string[] = [];
  let answered = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    while (more(answered)) {
      const index = next++;
      const problem = await ways[index % ways.length]!(asked[index % asked.length]!);
      answered++;
      if (problem !== null) problems.push(problem);
    }
  };
  await Promise.all(Array.from({ length: width }, work));
  return { answered, problems };
}
