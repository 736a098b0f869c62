import type { Preprocess } from '../preprocess/index.ts';
import type { OutputTensor } from '../types.ts';
import { type Elements, elementsOf, nestedText } from './nested-json.ts';
import { badRequest } from './torch-problem.ts';

/** Classes that TorchServe's `image_classifier` answers with. */
const topClasses = 5;

/** How answers are laid out. */
export interface AnswerForm {
  readonly preprocess: Preprocess | null;
  /** One item was sent, so one is answered. */
  readonly single: boolean;
}

/**
 * The JSON text of an answer: for models of pictures the five likeliest classes of each item, as TorchServe's `image_classifier` gives
 * them; for others arrays in arrays, and with several outputs an object of these.
 */
export function answerText(outputs: readonly OutputTensor[], { preprocess, single }: AnswerForm): string {
  const items = itemTexts(outputs, preprocess);
  if (single && items !== null) return items[0]!;
  if (items !== null && (preprocess?.kind === 'image' || outputs.length === 1))
    return `[${items.join(', ')}]`;
  return objectOf(outputs, (output) => nestedText(elementsOf(output), output.shape, 0));
}

/** The same as KServe's v1 protocol has it: one prediction per item. */
export function predictionsText(outputs: readonly OutputTensor[], preprocess: Preprocess | null): string {
  const items = itemTexts(outputs, preprocess);
  if (items === null) throw badRequest('The outputs of the model do not fall into items; use /v2/models.');
  return `{"predictions": [${items.join(', ')}]}`;
}

/** Output bytes as they lie, for a model with one output. */
export function onlyOutput(outputs: readonly OutputTensor[]): OutputTensor {
  const [output] = outputs;
  if (output === undefined || outputs.length > 1)
    throw badRequest(
      `The model has ${outputs.length} outputs, and raw bytes hold one; take application/json, or use /v2/models.`,
    );
  return output;
}

/** One JSON text per item; null where the outputs have different numbers of items. */
function itemTexts(outputs: readonly OutputTensor[], preprocess: Preprocess | null): string[] | null {
  const count = outputs[0]?.shape[0];
  if (count === undefined || outputs.some(({ shape }) => shape[0] !== count)) return null;
  const read = outputs.map((output) => ({ output, elements: elementsOf(output) }));
  const [first] = read;
  const classes = classesOf(preprocess, outputs);
  return Array.from({ length: count }, (_, item) => {
    if (classes !== null) return topText(first!.elements, item, classes);
    const text = (elements: Elements): string => {
      const inner = elements.shape.slice(1);
      const step = inner.reduce((product, size) => product * size, 1);
      return nestedText(elements, inner, item * step);
    };
    if (read.length === 1) return text(first!.elements);
    return objectOf(
      read,
      ({ elements }) => text(elements),
      ({ output }) => output.name,
    );
  });
}

/** How an output is read as classes. */
interface Classes {
  /** Null: classes are called by their numbers. */
  readonly labels: readonly string[] | null;
  readonly scores: 'logits' | 'probabilities';
}

/** Null where the outputs are no scores of classes. */
function classesOf(preprocess: Preprocess | null, outputs: readonly OutputTensor[]): Classes | null {
  const [output] = outputs;
  const scored = outputs.length === 1 && output!.shape.length === 2 && output!.type.startsWith('float');
  return preprocess?.kind === 'image' && scored ? preprocess : null;
}

/** Written by hand: an object of JavaScript would put classes that are named by numbers into the order of the numbers. */
function topText(elements: Elements, item: number, { labels, scores: kind }: Classes): string {
  const count = elements.shape[1]!;
  const scores = Array.from({ length: count }, (_, index) => elements.number(item * count + index));
  const best = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, topClasses);
  const shares = kind === 'probabilities' ? scores : softmax(scores);
  const rows = new Map<string, string>();
  for (const index of best) {
    const name = labels?.[index] ?? String(index);
    const share = shares[index]!;
    if (!rows.has(name)) rows.set(name, Number.isFinite(share) ? String(share) : 'null');
  }
  return `{${[...rows].map(([name, share]) => `${JSON.stringify(name)}: ${share}`).join(', ')}}`;
}

function softmax(scores: readonly number[]): number[] {
  const largest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const weights = scores.map((score) => Math.exp(score - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function objectOf<T>(
  values: readonly T[],
  text: (value: T) => string,
  name: (value: T) => string = (value) => (value as OutputTensor).name,
): string {
  return `{${values.map((value) => `${JSON.stringify(name(value))}: ${text(value)}`).join(', ')}}`;
}
