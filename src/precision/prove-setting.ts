import type { OptimizationLevel } from '../engine/index.ts';
import type { Operators } from './optimized-graph.ts';
import { type Precision, precisionName } from './types.ts';

/** Whether a setting shows in the graph that the engine runs. */
export type SettingProof =
  /** It took effect; `provenBy` says what shows it. */
  | { readonly state: 'proven'; readonly asked: string; readonly provenBy: readonly string[] }
  /** It was asked for and can't be seen: this model gives it nothing to do. */
  | { readonly state: 'requested'; readonly asked: string; readonly why: string }
  /** It did not take effect: what is measured under it would be mislabelled. */
  | { readonly state: 'failed'; readonly asked: string; readonly why: string };

const products = {
  int8: [
    'MatMulInteger',
    'MatMulIntegerToFloat',
    'DynamicQuantizeMatMul',
    'QLinearMatMul',
    'QGemm',
    'ConvInteger',
    'QLinearConv',
    'QAttention',
    'DynamicQuantizeLSTM',
  ],
  int4: ['MatMulNBits'],
  float: [
    'MatMul',
    'FusedMatMul',
    'Gemm',
    'FusedGemm',
    'Conv',
    'FusedConv',
    'nchwc:Conv',
    'ConvTranspose',
    'Attention',
    'MultiHeadAttention',
    'LSTM',
    'GRU',
    'RNN',
    'Einsum',
  ],
};

/** At least so many of the matrix products and convolutions have to be in the precision that a model is named after. */
const leastShare = 0.5;

/**
 * Whether a quantized model runs in its precision: its products and convolutions, or at least half of them, have to be operators on integers (or on
 * weights of 4 bits) in the graph that the engine runs. Products of two activations stay in float in `int8-dynamic` and `int4-weights`.
 */
export function provePrecision(precision: Precision, operators: Operators): SettingProof {
  const asked = precisionName(precision);
  if (precision === 'fp32') return proveFile(operators, asked);
  const wanted = presentOf(precision === 'int4-weights' ? products.int4 : products.int8, operators);
  const others = presentOf(
    precision === 'int4-weights'
      ? [...products.float, ...products.int8]
      : [...products.float, ...products.int4],
    operators,
  );
  const [low, high] = [sumOf(wanted), sumOf(others)];
  const kind = precision === 'int4-weights' ? 'operator on 4-bit weights' : 'integer operator';
  if (low === 0)
    return { state: 'failed', asked, why: `asked for ${asked}, and no ${kind} is in the optimized graph` };
  if (low < leastShare * (low + high))
    return {
      state: 'failed',
      asked,
      why: `asked for ${asked}, and only ${low} of ${low + high} products and convolutions are (${listOf(wanted)}); the others are ${listOf(others)}`,
    };
  const rest = high === 0 ? [] : [`still in another precision: ${listOf(others)}`];
  return { state: 'proven', asked, provenBy: [listOf(wanted), ...rest] };
}

/** A model as it is: what it computes in shows too. */
function proveFile(operators: Operators, asked: string): SettingProof {
  const found = presentOf([...products.float, ...products.int8, ...products.int4], operators);
  if (found.length === 0)
    return { state: 'requested', asked, why: 'no matrix product or convolution is in the optimized graph' };
  return { state: 'proven', asked, provenBy: [listOf(found)] };
}

type Counted = readonly (readonly [string, number])[];

/** Whether a file holds operators that quantization writes. */
export function isQuantized(file: Operators): boolean {
  const written = [...products.int8, ...products.int4, 'QuantizeLinear', 'DynamicQuantizeLinear'];
  return written.some((name) => file.has(name));
}

/** Whether products of matrices are the most of a file's products and convolutions: 4-bit weights are for products of matrices only. */
export function couldBeInt4(file: Operators): boolean {
  const all = sumOf(presentOf([...products.float], file));
  return all > 0 && sumOf(presentOf(['MatMul', 'Gemm'], file)) >= leastShare * all;
}

const presentOf = (names: readonly string[], operators: Operators): Counted =>
  names.flatMap((name) => (operators.has(name) ? [[name, operators.get(name)!] as const] : []));
const sumOf = (counted: Counted): number => counted.reduce((sum, [, count]) => sum + count, 0);
const listOf = (counted: Counted): string => counted.map(([name, count]) => `${count} ${name}`).join(', ');

/** The levels, each rewriting more than the one before. */
export const optimizationLevels: readonly OptimizationLevel[] = ['disabled', 'basic', 'extended', 'all'];

/** Operators that the engine puts in at every level: its kernels want formats and one `DequantizeLinear` for each use. */
const formats = new Set(['Cast', 'QuantizeLinear', 'DequantizeLinear']);

/**
 * Whether a graph optimization level took effect: its graph has to differ from that of the level below, and with `disabled` to be that of the
 * file, but for changes of format.
 *
 * @param operators Of the level asked for.
 * @param below Of the level below it; of the file for `disabled`.
 */
export function proveOptimization(
  level: OptimizationLevel,
  operators: Operators,
  below: Operators,
): SettingProof {
  const asked = `graph optimization ${level}`;
  const changes = changesOf(below, operators).filter(
    ({ name }) => level !== 'disabled' || !formats.has(name),
  );
  if (level === 'disabled') {
    if (changes.length === 0) return { state: 'proven', asked, provenBy: ['the graph is that of the file'] };
    const why = `asked for no graph optimization, and the graph differs from the file's: ${wordsOf(changes)}`;
    return { state: 'failed', asked, why };
  }
  const lower = optimizationLevels[optimizationLevels.indexOf(level) - 1]!;
  if (changes.length === 0)
    return { state: 'requested', asked, why: `it finds nothing to do: the graph is that of level ${lower}` };
  return { state: 'proven', asked, provenBy: [`beside level ${lower}: ${wordsOf(changes)}`] };
}

interface Change {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** The largest first. */
function changesOf(before: Operators, after: Operators): Change[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ name, from: before.get(name) ?? 0, to: after.get(name) ?? 0 }))
    .filter(({ from, to }) => from !== to)
    .sort((a, b) => Math.abs(b.to - b.from) - Math.abs(a.to - a.from) || (a.name < b.name ? -1 : 1));
}

const mostTold = 6;

function wordsOf(changes: readonly Change[]): string {
  const told = changes.slice(0, mostTold).map(({ name, from, to }) => `${name} ${from} → ${to}`);
  const rest = changes.length - told.length;
  return `${told.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
