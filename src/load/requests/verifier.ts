import { ThinferError } from '../../errors.ts';
import type { Answer, AnswerTensor } from '../outcome.ts';

/** Answers are equal where |a − b| ≤ `absolute` + `relative` · |b|. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** Another batch size may change the order of additions, and with it the last digits of float32. */
export const defaultTolerance: Tolerance = { absolute: 1e-4, relative: 1e-3 };

/** Compares answers with those to the same inputs that were got one at a time. */
export class Verifier {
  private readonly references: readonly Answer[];
  private readonly tensors: (AnswerTensor[] | undefined)[] = [];
  private readonly tolerance: Tolerance;

  /** @param references By prepared request. */
  constructor(references: readonly Answer[], tolerance: Tolerance) {
    this.references = references;
    this.tolerance = tolerance;
  }

  /** Null where the answer is right, else how it differs. */
  differenceOf(payload: number, answer: Answer): string | null {
    const reference = this.references[payload]!;
    if (Buffer.compare(answer.body, reference.body) === 0) return null;
    try {
      this.tensors[payload] ??= reference.tensors();
      return differenceOf(answer.tensors(), this.tensors[payload], this.tolerance);
    } catch (error) {
      return `it can not be read: ${ThinferError.from(error).message}`;
    }
  }
}

/** How an answer differs from the reference, or null. */
export function differenceOf(
  answer: readonly AnswerTensor[],
  reference: readonly AnswerTensor[],
  tolerance: Tolerance,
): string | null {
  const names = (tensors: readonly AnswerTensor[]): string => tensors.map(({ name }) => name).join(', ');
  if (names(answer) !== names(reference)) return `outputs ${names(answer)} instead of ${names(reference)}`;
  for (const [at, tensor] of answer.entries()) {
    const difference = tensorDifference(tensor, reference[at]!, tolerance);
    if (difference !== null) return `output "${tensor.name}"${difference}`;
  }
  return null;
}

function tensorDifference(a: AnswerTensor, b: AnswerTensor, tolerance: Tolerance): string | null {
  const form = ({ type, shape }: AnswerTensor): string => `${type} [${shape.join(', ')}]`;
  if (form(a) !== form(b)) return ` is ${form(a)} instead of ${form(b)}`;
  if (a.values.length !== b.values.length)
    return ` has ${a.values.length} values instead of ${b.values.length}`;
  const exact = !(a.values instanceof Float64Array && b.values instanceof Float64Array);
  for (let at = 0; at < a.values.length; at++) {
    const [got, expected] = [a.values[at], b.values[at]];
    if (!Object.is(got, expected) && (exact || !isNear(Number(got), Number(expected), tolerance)))
      return `[${at}] is ${show(got)} instead of ${show(expected)}`;
  }
  return null;
}

function isNear(a: number, b: number, { absolute, relative }: Tolerance): boolean {
  return Math.abs(a - b) <= absolute + relative * Math.abs(b);
}

const show = (value: unknown): string => String(value).slice(0, 40);
