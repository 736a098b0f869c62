import { ThinferError } from '../../errors.ts';
import { Instance, type InstanceOptions } from '../../instance/index.ts';
import type { Model, ResolvedOutput, ResolvedTensor, TensorType } from '../../model/index.ts';
import { countCopy } from '../copies.ts';
import type { Lease } from './lease.ts';
import { type Region, Regions } from './regions.ts';

/** A batch to run. */
export interface RunBatch {
  /** Batches of equal keys and sizes have equal shapes. */
  readonly key: string;
  readonly items: number;
  /** With the batch. Of strings: `bytes` is the most they may take. */
  readonly inputs: readonly ResolvedTensor[];
  /** Fills the memory of the inputs, in their order. */
  readonly fill: (memory: readonly Uint8Array[]) => void;
  /** Without an answer for so long, the instance counts as hung and is killed. */
  readonly hangMs: number;
}

/** An output of a batch. */
export interface RunOutput {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** What came of a batch. */
export interface RunAnswer {
  readonly outputs: readonly RunOutput[];
  /** Until its last release the outputs' memory stays as it is; null: it is a copy. */
  readonly lease: Lease | null;
  /** Gathering, in ns. */
  readonly inputNs: number;
  /** The engine's run by the instance's clock, in ns. */
  readonly inferNs: number;
}

interface Slot {
  readonly number: number;
  readonly inputs: readonly Uint8Array[];
  /** Null where their shapes depend on values. */
  readonly outputs: readonly RunOutput[] | null;
}

/** Bindings that an instance keeps. */
const mostSlots = 512;
/** A value-dependent output that does not fit is bound anew with what it took, so often. */
const mostGrowths = 3;

/** One instance as a server uses it: any batch, bound once for each key and size; results stay in the arena while they are sent. */
export class ServedInstance {
  readonly instance: Instance;
  private readonly model: Model;
  private readonly regions = new Regions();
  /** By key, size and places; the oldest first. */
  private readonly slots = new Map<string, Slot>();
  private numbers = 0;
  /** Shapes of outputs depend on values: a run may have to be done again with more room. */
  private dependent = false;

  private constructor(instance: Instance, model: Model) {
    this.instance = instance;
    this.model = model;
  }

  /** Starts the process and loads the model. */
  static async start(options: InstanceOptions, model: Model): Promise<ServedInstance> {
    return new ServedInstance(await Instance.start(options), model);
  }

  /** Whether a batch may be sent while another one runs; known after the first run. */
  get queues(): boolean {
    return this.slots.size > 0 && !this.dependent;
  }

  /**
   * Runs a batch; one at a time, or two where it `queues`. Throws what the engine threw, or `instance-failed` when the instance can't be
   * used any more.
   */
  async run(batch: RunBatch): Promise<RunAnswer> {
    const region = this.regions.take();
    try {
      return await this.runIn(region, batch);
    } catch (error) {
      region.lease?.release();
      throw error;
    } finally {
      this.regions.end(region);
    }
  }

  /** Ends the process; its memory goes when the last result that lies there was sent. */
  async close(now: boolean): Promise<void> {
    await this.instance.close(now, this.regions.empty());
  }

  private async runIn(region: Region, batch: RunBatch): Promise<RunAnswer> {
    let slot = this.slots.get(nameOf(batch, region)) ?? (await this.bind(region, batch, null));
    for (let growth = 0; ; growth++) {
      const began = process.hrtime.bigint();
      batch.fill(slot.inputs);
      const inputNs = Number(process.hrtime.bigint() - began);
      const { beginNs, endNs } = await this.instance.run({ slot: slot.number, hangMs: batch.hangMs });
      const larger = slot.outputs === null ? this.outgrown(slot) : null;
      if (larger !== null && growth < mostGrowths) {
        slot = await this.bind(region, batch, larger);
        continue;
      }
      const outputs = slot.outputs ?? this.readOutputs();
      const inferNs = Number(endNs[0]! - beginNs[0]!);
      return {
        outputs: region.lease === null ? outputs.map(copied) : outputs,
        lease: region.lease,
        inputNs,
        inferNs,
      };
    }
  }

  private async bind(
    region: Region,
    { key, items, inputs, hangMs }: RunBatch,
    outputs: readonly ResolvedOutput[] | null,
  ): Promise<Slot> {
    const name = nameOf({ key, items }, region);
    const number = this.slots.get(name)?.number ?? this.freeNumber();
    const bytes = inputs.reduce((sum, input) => sum + input.bytes, 0);
    if (bytes > Regions.capacity)
      throw new ThinferError(
        'too-large',
        `the inputs of one batch of '${this.model.name}' take ${bytes} bytes, and ${Regions.capacity} is the most`,
      );
    const places = { slot: number, inputsAt: region.inputsAt, outputsAt: region.outputsAt };
    await this.instance.bind(inputs, outputs, { ...places, hangMs });
    const bound = this.instance.boundOutputs(number);
    const slot: Slot = {
      number,
      inputs: inputs.map((input) => this.instance.input(input.name, number)),
      outputs: bound.every(({ shape, type }) => shape !== null && type !== 'string')
        ? bound.map((output) => ({
            ...output,
            shape: output.shape!,
            data: this.instance.outputMemory(output.name, number),
          }))
        : null,
    };
    this.slots.delete(name);
    this.slots.set(name, slot);
    if (slot.outputs === null) this.dependent = true;
    return slot;
  }

  /** Of two batches that are bound at once, each gets its own. */
  private freeNumber(): number {
    if (this.numbers < mostSlots) return this.numbers++;
    const [name, { number }] = this.slots.entries().next().value!;
    this.slots.delete(name);
    return number;
  }

  /** Outputs to bind anew, with what they took, where the last run's did not fit; null where they did. */
  private outgrown({ number }: Slot): ResolvedOutput[] | null {
    const bound = this.instance.boundOutputs(number);
    const given = this.instance.outputs;
    const tooSmall = given.some(({ bytes }, index) => (bytes ?? 0) > bound[index]!.bytes!);
    if (!tooSmall) return null;
    return bound.map((output, index) => ({
      ...output,
      bytes: Math.max(output.bytes!, 2 * (given[index]!.bytes ?? 0)),
    }));
  }

  private readOutputs(): RunOutput[] {
    return this.instance.outputs.map(({ name, type, shape }) => ({
      name,
      type,
      shape: shape ?? [],
      data: this.instance.output(name),
    }));
  }
}

const nameOf = ({ key, items }: Pick<RunBatch, 'key' | 'items'>, { name }: Region): string =>
  `${key}/${items}/${name}`;

function copied(output: RunOutput): RunOutput {
  countCopy('slow-client', output.data.length);
  return { ...output, data: output.data.slice() };
}
