import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { ThinferError } from '../../errors.ts';

const label = z.union([z.string(), z.array(z.string()).min(1)]);
const labelsSchema = z.union([z.array(label).min(1), z.record(z.string().regex(/^\d{1,7}$/), label)]);

/**
 * Names of classes by index, from a JSON file: an array, or TorchServe's `index_to_name.json`, an object from indices to names or to arrays
 * whose last element is the name. Throws `not-found`, or `model-invalid` where the file is neither.
 */
export function readLabels(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  try {
    const parsed = labelsSchema.parse(JSON.parse(text));
    const entries = Object.entries(parsed).map(([index, name]) => [Number(index), nameOf(name)] as const);
    const labels: string[] = [];
    for (const [index, name] of entries.sort(([a], [b]) => a - b)) {
      if (index !== labels.length) throw new Error(`class ${labels.length} has no name`);
      labels.push(name);
    }
    return labels;
  } catch (cause) {
    const why = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    throw new ThinferError('model-invalid', `${file} does not name classes: ${why}`, { cause });
  }
}

function nameOf(name: string | readonly string[]): string {
  return typeof name === 'string' ? name : name[name.length - 1]!;
}
