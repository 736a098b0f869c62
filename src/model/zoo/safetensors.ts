import { open } from 'node:fs/promises';
import { z } from 'zod';
import { ThinferError } from '../../errors.ts';
import type { Weight } from './graph-builder.ts';
import type { WeightSource } from './weight-source.ts';

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.number()),
  data_offsets: z.tuple([z.number(), z.number()]),
});
type Entry = z.infer<typeof entrySchema>;

/** A tensor of a safetensors file. */
export interface SafeTensor {
  /** The format's name of the element type: `F32`, `I64`, … */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A safetensors file (https://github.com/huggingface/safetensors, "Format"), read tensor by tensor. */
export class SafeTensors {
  readonly #file: string;
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #start: number;

  private constructor(file: string, entries: ReadonlyMap<string, Entry>, start: number) {
    this.#file = file;
    this.#entries = entries;
    this.#start = start;
  }

  /** Reads the header. Throws `model-invalid` where the file is of another kind. */
  static async open(file: string): Promise<SafeTensors> {
    const length = Number((await readAt(file, 0, 8)).getBigUint64(0, true));
    try {
      if (length > 100_000_000) throw new Error('its header would be larger than the format allows');
      const header = await readAt(file, 8, length);
      const json = z
        .record(z.string(), z.unknown())
        .parse(JSON.parse(Buffer.from(header.buffer).toString('utf8')));
      const entries = Object.entries(json).filter(([key]) => key !== '__metadata__');
      return new SafeTensors(
        file,
        new Map(entries.map(([key, value]) => [key, entrySchema.parse(value)])),
        8 + length,
      );
    } catch (error) {
      throw new ThinferError(
        'model-invalid',
        `${file} is not a safetensors file: ${(error as Error).message}.`,
        { cause: error },
      );
    }
  }

  /** Names of the tensors. */
  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** One tensor. Throws `model-invalid` where there is none of that name. */
  async read(name: string): Promise<SafeTensor> {
    const entry = this.#entries.get(name);
    if (entry === undefined)
      throw new ThinferError('model-invalid', `${this.#file} has no tensor "${name}".`);
    const [begin, end] = entry.data_offsets;
    const { buffer } = await readAt(this.#file, this.#start + begin, end - begin);
    return { dtype: entry.dtype, shape: entry.shape, bytes: new Uint8Array(buffer) };
  }
}

async function readAt(file: string, position: number, length: number): Promise<DataView<ArrayBuffer>> {
  await using handle = await open(file);
  const bytes = new Uint8Array(length);
  const { bytesRead } = await handle.read(bytes, 0, length, position);
  if (bytesRead !== length) throw new ThinferError('model-invalid', `${file} was cut.`);
  return new DataView(bytes.buffer);
}

/** Weights of a `state_dict` saved as safetensors, float32. Throws `model-invalid` where a weight is missing or of another shape. */
export function safetensorsWeights(tensors: SafeTensors): WeightSource {
  return {
    async open(weight) {
      const { dtype, shape, bytes } = await tensors.read(weight.key);
      const expected = weight.transposed ? weight.shape.toReversed() : weight.shape;
      if (dtype !== 'F32' || `${shape}` !== `${expected}`)
        throw new ThinferError(
          'model-invalid',
          `Weight "${weight.key}" is ${dtype} [${shape}]; F32 [${expected}] is needed.`,
        );
      const values = new Float32Array(bytes.buffer);
      const stored = weight.transposed ? transpose(values, weight) : values;
      let done = 0;
      return (piece) => {
        piece.set(stored.subarray(done, done + piece.length));
        done += piece.length;
      };
    },
  };
}

function transpose(values: Float32Array, { shape }: Weight): Float32Array {
  const [rows, columns] = shape as readonly [number, number];
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      result[row * columns + column] = values[column * rows + row]!;
  return result;
}
