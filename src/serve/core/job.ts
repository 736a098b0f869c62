import type { Ticket } from '../../dispatch/index.ts';
import { type ErrorCode, ThinferError } from '../../errors.ts';
import type { TensorType } from '../../model/index.ts';
import type { BatchFacts, InferRequest, InferResult, OutputTensor } from '../types.ts';
import type { Bagged } from './bag.ts';
import type { CheckedRequest } from './check-request.ts';
import type { Lease } from './lease.ts';

/** Some items' part of an answer. */
export interface AnswerPart {
  readonly from: number;
  readonly lease: Lease | null;
  /** In the model's order; with the batch. */
  readonly outputs: readonly PartOutput[];
}

/** An output of some items. */
export interface PartOutput {
  readonly name: string;
  readonly type: TensorType;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** A request under way, from the door to its answer. */
export class Job implements Bagged {
  readonly request: InferRequest;
  readonly checked: CheckedRequest;
  readonly result: Promise<InferResult>;
  readonly arrivedNs = process.hrtime.bigint();
  /** Set when it was taken. */
  ticket: Ticket<Job> | null = null;
  timer: NodeJS.Timeout | undefined;
  bagIndex = -1;
  settled = false;
  /** Start of its last batch. */
  startedNs = 0n;
  /** End of the last run that held a part of it. */
  ranNs = 0n;
  inputNs = 0;
  inferNs = 0;
  /** Those that are done. */
  readonly batches: BatchFacts[] = [];
  private itemsLeft: number;
  private parts: AnswerPart[] = [];
  private resolve!: (result: InferResult) => void;
  private reject!: (error: ThinferError) => void;

  constructor(request: InferRequest, checked: CheckedRequest) {
    this.request = request;
    this.checked = checked;
    this.itemsLeft = checked.items;
    this.result = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Takes a part of the answer; says whether all are there. After the end it is let go at once. */
  add(part: AnswerPart, items: number): boolean {
    if (this.settled) {
      part.lease?.release();
      return false;
    }
    this.parts.push(part);
    this.itemsLeft -= items;
    return this.itemsLeft === 0;
  }

  /** Ends it with its answer. */
  answer(identity: Pick<InferResult, 'model' | 'version'>): void {
    this.end();
    const parts = this.parts.length === 1 ? this.parts : this.parts.toSorted((a, b) => a.from - b.from);
    const now = process.hrtime.bigint();
    this.resolve({
      ...identity,
      outputs: this.outputsOf(parts),
      timing: {
        queueMs: Number(this.startedNs - this.arrivedNs) / 1e6,
        inputMs: this.inputNs / 1e6,
        inferMs: this.inferNs / 1e6,
        outputMs: Number(now - this.ranNs) / 1e6,
        batches: this.batches,
      },
      release: releaseOnce(parts),
    });
  }

  /** Ends it with an error. */
  fail(error: ThinferError): void {
    if (this.settled) return;
    this.end();
    for (const { lease } of this.parts) lease?.release();
    this.parts = [];
    this.reject(error);
  }

  private end(): void {
    this.settled = true;
    clearTimeout(this.timer);
  }

  private outputsOf(parts: readonly AnswerPart[]): OutputTensor[] {
    const [first] = parts;
    const names = this.request.outputs ?? first!.outputs.map(({ name }) => name);
    return names.map((name) => {
      const index = first!.outputs.findIndex((output) => output.name === name);
      const pieces = parts.map(({ outputs }) => outputs[index]!);
      const [{ type, shape }] = pieces as [PartOutput];
      return {
        name,
        type,
        shape: pieces.length === 1 ? shape : joinedShape(pieces),
        data: pieces.map(({ data }) => data),
      };
    });
  }
}

function joinedShape(pieces: readonly PartOutput[]): number[] {
  const [first, ...others] = pieces.map(({ shape }) => shape.slice(1).join('x'));
  if (others.some((other) => other !== first))
    throw new ThinferError(
      'engine-failed' satisfies ErrorCode,
      'the parts of a large request got outputs of different shapes; ask for fewer items at once',
    );
  return [pieces.reduce((sum, { shape }) => sum + shape[0]!, 0), ...pieces[0]!.shape.slice(1)];
}

function releaseOnce(parts: readonly AnswerPart[]): () => void {
  let released = false;
  return () => {
    if (released) return;
    released = true;
    for (const { lease } of parts) lease?.release();
  };
}
