import { elementCount } from '../element-size.ts';
import type { TensorType } from '../types.ts';
import { broadcast, broadcastIndex, largestFolded, makeValue, type Value } from './value.ts';

type Arithmetic = (a: number, b: number) => number;

const truth = (condition: boolean): number => (condition ? 1 : 0);

/** Operators of two inputs with broadcasting, by what they do to numbers. */
const binary: Readonly<Record<string, Arithmetic>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Mod: (a, b) => a - b * Math.floor(a / b),
  Pow: (a, b) => a ** b,
  Max: (a, b) => Math.max(a, b),
  Min: (a, b) => Math.min(a, b),
  Equal: (a, b) => truth(a === b),
  Less: (a, b) => truth(a < b),
  LessOrEqual: (a, b) => truth(a <= b),
  Greater: (a, b) => truth(a > b),
  GreaterOrEqual: (a, b) => truth(a >= b),
  And: (a, b) => truth(a !== 0 && b !== 0),
  Or: (a, b) => truth(a !== 0 || b !== 0),
  Xor: (a, b) => truth((a !== 0) !== (b !== 0)),
};

const comparisons = /^(Equal|Less|LessOrEqual|Greater|GreaterOrEqual|And|Or|Xor)$/;

/** Result of an element-wise operator of any number of inputs with broadcasting; with its elements where they are known. */
export function elementwise(operator: string, inputs: readonly (Value | undefined)[]): Value | undefined {
  const known = inputs.filter((input) => input !== undefined);
  const shape = known.length === inputs.length ? broadcast(known.map(({ shape }) => shape)) : undefined;
  if (shape === undefined || known[0] === undefined) return undefined;
  const type: TensorType = comparisons.test(operator) ? 'bool' : known[0].type;
  return makeValue(shape, type, combine(operator, known, shape, type));
}

function combine(
  operator: string,
  inputs: readonly Value[],
  shape: readonly number[],
  type: TensorType,
): number[] | undefined {
  const apply = binary[operator];
  const count = elementCount(shape);
  if (apply === undefined || count > largestFolded || inputs.some(({ data }) => data === undefined))
    return undefined;
  const isInteger = /int/.test(type);
  return Array.from({ length: count }, (_, position) => {
    const operands = inputs.map((input) => input.data![broadcastIndex(shape, input.shape, position)]!);
    const result = operands.reduce(apply);
    return isInteger ? Math.trunc(result) : result;
  });
}

/** `Where`: the condition's shape counts too. */
export function choose(condition: Value, yes: Value, no: Value): Value | undefined {
  const shape = broadcast([condition.shape, yes.shape, no.shape]);
  if (shape === undefined) return undefined;
  const count = elementCount(shape);
  const [test, first, second] = [condition.data, yes.data, no.data];
  if (count > largestFolded || test === undefined || first === undefined || second === undefined)
    return makeValue(shape, yes.type);
  const data = Array.from({ length: count }, (_, position) =>
    test[broadcastIndex(shape, condition.shape, position)] !== 0
      ? first[broadcastIndex(shape, yes.shape, position)]!
      : second[broadcastIndex(shape, no.shape, position)]!,
  );
  return makeValue(shape, yes.type, data);
}

/** Operators of one input that are folded. */
export const unary: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Ceil: Math.ceil,
  Floor: Math.floor,
  Identity: (x) => x,
  Neg: (x) => -x,
  Not: (x) => truth(x === 0),
  Round: Math.round,
  Sqrt: Math.sqrt,
};
