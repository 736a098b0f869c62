import type { Instance } from '../instance/index.ts';
import {
  fillInput,
  type Model,
  type ResolvedTensor,
  resolveInputs,
  resolveOutputs,
  type ShapeChoice,
} from '../model/index.ts';

/** Generated inputs are kept for the next instance up to so many bytes. */
const keptBytes = 256 * 1024 * 1024;

/** Binds instances to generated inputs; the same shape always gets the same data. */
export class GeneratedInputs {
  private readonly model: Model;
  private readonly kept = new Map<string, Uint8Array>();
  private readonly bound = new WeakMap<Instance, string>();
  private readonly largest = new WeakMap<Instance, number>();
  private bytes = 0;

  constructor(model: Model) {
    this.model = model;
  }

  /** Binds and fills, unless that is how the instance stands already; says whether it had to. */
  async bind(instance: Instance, choice: ShapeChoice): Promise<boolean> {
    const name = JSON.stringify(choice);
    if (this.bound.get(instance) === name) return false;
    const inputs = resolveInputs(this.model, choice);
    const outputs = resolveOutputs(this.model, choice);
    const known = outputs.flatMap((output) =>
      output.shape === null ? [] : [{ ...output, shape: output.shape, bytes: output.bytes ?? 0 }],
    );
    await instance.bind(inputs, known.length === outputs.length ? known : null);
    for (const input of inputs) instance.input(input.name).set(this.generate(input));
    this.bound.set(instance, name);
    this.largest.set(instance, Math.max(choice.batch, this.largestBatch(instance)));
    return true;
  }

  /** The largest batch an instance was ever bound to; 0 before the first. */
  largestBatch(instance: Instance): number {
    return this.largest.get(instance) ?? 0;
  }

  private generate(tensor: ResolvedTensor): Uint8Array {
    const name = `${tensor.name}/${tensor.shape.join('x')}`;
    const known = this.kept.get(name);
    if (known !== undefined) return known;
    const data = new Uint8Array(tensor.bytes);
    fillInput(this.model, tensor, data, 1);
    if (this.bytes + data.length <= keptBytes) {
      this.kept.set(name, data);
      this.bytes += data.length;
    }
    return data;
  }
}
