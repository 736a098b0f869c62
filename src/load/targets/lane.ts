import { Instance, type InstanceKey } from '../../instance/index.ts';
import type { Answer } from '../outcome.ts';
import type { RequestInputs } from '../requests/make-inputs.ts';
import { valuesOfBytes } from '../requests/tensor-values.ts';

/** An instance to be started. */
export interface LaneOptions {
  readonly key: InstanceKey;
  /** Requests of more items go to other instances. */
  readonly mostItems: number;
}

/** How an instance is started. */
export interface LaneStart {
  /** A run without an answer for so long counts as hung; in ms. */
  readonly hangMs: number;
  /** Ends the start, and the instance with it. */
  readonly signal: AbortSignal;
  /** It has loaded, or has run one more shape. */
  readonly onStep: () => void;
}

/** A started instance, with a binding for each shape that it takes. */
export interface Lane {
  readonly instance: Instance;
  readonly mostItems: number;
  /** The inputs' memory, by slot; undefined: too many items for it. */
  readonly memory: readonly (readonly Uint8Array[] | undefined)[];
  busy: boolean;
}

/** A shape of the prepared requests. */
export interface Slot {
  readonly number: number;
  readonly sample: RequestInputs;
}

/** Requests of the same shapes share a binding. */
export function slotsOf(inputs: readonly RequestInputs[]): {
  slots: readonly Slot[];
  slotOf: readonly number[];
} {
  const byShape = new Map<string, Slot>();
  const slotOf = inputs.map((sample) => {
    const name = JSON.stringify(sample.tensors.map(({ shape }) => shape));
    const known = byShape.get(name);
    if (known === undefined) byShape.set(name, { number: byShape.size, sample });
    return (known ?? byShape.get(name)!).number;
  });
  return { slots: [...byShape.values()], slotOf };
}

/** Starts an instance, and runs every shape that it takes once. Throws what keeps it from that; nothing is left behind then. */
export async function startLane(
  { key, mostItems }: LaneOptions,
  slots: readonly Slot[],
  { hangMs, signal, onStep }: LaneStart,
): Promise<Lane> {
  const instance = await Instance.start({ ...key, signal });
  // A first run may take long.
  const stop = (): void => void instance.close(true);
  signal.addEventListener('abort', stop, { once: true });
  try {
    onStep();
    const memory: (readonly Uint8Array[] | undefined)[] = [];
    for (const { number, sample } of slots) {
      signal.throwIfAborted();
      if (sample.items <= mostItems) memory[number] = await bindSlot(instance, number, sample, hangMs);
      onStep();
    }
    return { instance, mostItems, memory, busy: false };
  } catch (error) {
    await instance.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** One run is under way at a time, so that all slots share their memory. The first run of a shape takes longer: it is done here. */
async function bindSlot(
  instance: Instance,
  slot: number,
  { tensors }: RequestInputs,
  hangMs: number,
): Promise<readonly Uint8Array[]> {
  const inputs = tensors.map(({ name, type, shape, data }) => ({ name, type, shape, bytes: data.length }));
  await instance.bind(inputs, null, { slot, hangMs });
  const memory = tensors.map(({ name }) => instance.input(name, slot));
  for (const [at, { data }] of tensors.entries()) memory[at]!.set(data);
  await instance.run({ slot, hangMs });
  return memory;
}

/** The outputs of the last run, copied: the next one writes over them. */
export function answerOf(instance: Instance): Answer {
  const outputs = instance.outputs.map(({ name, type, shape }) => ({
    ...{ name, type, shape: shape ?? [] },
    data: Buffer.from(instance.output(name)),
  }));
  return {
    body: Buffer.concat(outputs.map(({ data }) => data)),
    tensors: () =>
      outputs.map(({ data, ...output }) => ({
        ...output,
        values: valuesOfBytes(output.type, output.shape, data),
      })),
  };
}
