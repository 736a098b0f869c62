import { InferenceSession, Tensor } from 'onnxruntime-node';
import { parseOrigin, type RequestInputs } from '../../../src/load/index.ts';
import { encodeInfer, type OipOptions } from '../../../src/load/targets/oip-rest.ts';
import type { Model } from '../../../src/model/index.ts';
import type { BenchServer } from '../servers.ts';

/** Floats of a batch differ from those of one item in their last digits. */
const tolerance = { absolute: 1e-4, relative: 1e-3 };

/** What ONNX Runtime itself answers to each input, its outputs one after the other. */
export async function answersOf(model: Model, inputs: readonly RequestInputs[]): Promise<Float32Array[]> {
  const session = await InferenceSession.create(model.file, { intraOpNumThreads: 2 });
  const answers: Float32Array[] = [];
  for (const { tensors } of inputs) {
    const feeds = Object.fromEntries(
      tensors.map(({ name, type, shape, data }) => [
        name,
        new Tensor(type as 'float32', viewOf(type, data) as Float32Array, [...shape]),
      ]),
    );
    const results = await session.run(feeds);
    const parts = model.outputs.map(({ name }) => Buffer.from(bytesOf(results[name]!.data as Float32Array)));
    answers.push(floatsOf(Buffer.concat(parts)));
  }
  await session.release();
  return answers;
}

/**
 * Sends each input alone, then all of them twice at once, so that batches form, and compares every answer with ONNX Runtime's own.
 * Throws at the first that differs.
 */
export async function checkAnswers(
  server: BenchServer,
  model: Model,
  inputs: readonly RequestInputs[],
  expected: readonly Float32Array[],
): Promise<number> {
  const ask = server.name === 'thinfer' ? askOip : askTorchServe;
  const check = async (index: number): Promise<void> => {
    const difference = compare(await ask(server, model.name, inputs[index]!), expected[index]!);
    if (difference !== null) throw new Error(`${server.name}, ${model.name}, input ${index}: ${difference}`);
  };
  for (const index of inputs.keys()) await check(index);
  await Promise.all([...inputs.keys(), ...inputs.keys()].map(check));
  return 3 * inputs.length;
}

async function askTorchServe(
  { http }: BenchServer,
  model: string,
  { tensors }: RequestInputs,
): Promise<Float32Array> {
  const answer = await fetch(`http://${http}/predictions/${model}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream' },
    body: Buffer.concat(tensors.map(({ data }) => data)),
  });
  return floatsOf(await bodyOf(answer));
}

async function askOip({ http }: BenchServer, model: string, inputs: RequestInputs): Promise<Float32Array> {
  const none = { version: null, deadlineMs: null, token: null, connections: 1, keepBytes: 0 };
  const options: OipOptions = { ...none, origin: parseOrigin(`http://${http}`), model, binary: true };
  // `encodeInfer` makes a whole request; its headers end at the empty line.
  const request = Buffer.from(encodeInfer(options, inputs));
  const end = request.indexOf('\r\n\r\n');
  const length = /inference-header-content-length: (\d+)/i.exec(request.toString('latin1', 0, end))?.[1];
  const answer = await fetch(`http://${http}/v2/models/${model}/infer`, {
    method: 'POST',
    headers: { 'Inference-Header-Content-Length': length! },
    body: request.subarray(end + 4),
  });
  const body = await bodyOf(answer);
  return floatsOf(body.subarray(Number(answer.headers.get('inference-header-content-length'))));
}

async function bodyOf(answer: Response): Promise<Buffer> {
  const body = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok) throw new Error(`${answer.status}: ${body.toString('utf8').slice(0, 300)}`);
  return body;
}

function compare(given: Float32Array, expected: Float32Array): string | null {
  if (given.length !== expected.length) return `${given.length} numbers for ${expected.length}`;
  const at = given.findIndex((value, index) => {
    const right = expected[index]!;
    return !(Math.abs(value - right) <= tolerance.absolute + tolerance.relative * Math.abs(right));
  });
  return at < 0 ? null : `number ${at} is ${given[at]}, not ${expected[at]}`;
}

function viewOf(type: string, data: Uint8Array): Float32Array | BigInt64Array {
  const bytes = data.slice().buffer;
  return type === 'int64' ? new BigInt64Array(bytes) : new Float32Array(bytes);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

function floatsOf(bytes: Buffer): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
