import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fillInput, type Model, resolveInputs, type ShapeChoice } from '../model/index.ts';
import { numpyType, type SampleTensor } from './adapter.ts';

/**
 * Writes generated inputs for calibration, one folder a sample: the first is what a model is measured with, the others are of the seeds
 * after it. Throws `shape-invalid` where the sizes don't fit or an input can't be generated.
 */
export async function writeSamples(
  model: Model,
  choice: ShapeChoice,
  count: number,
  folder: string,
): Promise<Readonly<Record<string, SampleTensor>>[]> {
  const inputs = resolveInputs(model, choice);
  const samples: Record<string, SampleTensor>[] = [];
  for (let seed = 1; seed <= count; seed++) {
    const place = join(folder, `sample-${seed}`);
    await mkdir(place, { recursive: true });
    const sample: Record<string, SampleTensor> = {};
    for (const [index, tensor] of inputs.entries()) {
      const data = new Uint8Array(tensor.bytes);
      fillInput(model, tensor, data, seed);
      const file = join(place, `${index}.bin`);
      await writeFile(file, data);
      sample[tensor.name] = { type: numpyType(tensor.type, tensor.name), shape: tensor.shape, file };
    }
    samples.push(sample);
  }
  return samples;
}
