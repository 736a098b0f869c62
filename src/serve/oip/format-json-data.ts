import type { OutputTensor } from '../types.ts';
import { decodeStrings } from './bytes.ts';
import { type Elements, elementsOf, joinPieces } from './elements.ts';

/**
 * The JSON text of a tensor's `data`: flat, row-major. As Triton writes it: floats always have a point or an exponent, 64-bit
 * integers all their digits, and what JSON has no number for is `NaN`, `Infinity` or `-Infinity`, which Python's clients read.
 * Throws `request-invalid` for `BYTES` that are not UTF-8.
 */
export function formatJsonData(output: OutputTensor): string {
  const bytes = joinPieces(output.data);
  switch (output.type) {
    case 'string':
      return JSON.stringify(decodeStrings(output.name, bytes));
    case 'bool':
      return `[${Array.from(bytes, (value) => (value === 0 ? 'false' : 'true')).join(',')}]`;
    case 'float32':
    case 'float64':
    case 'float16':
    case 'bfloat16':
      return formatFloats(elementsOf(output.type, bytes));
    default:
      return `[${elementsOf(output.type, bytes).join(',')}]`;
  }
}

function formatFloats(elements: Elements): string {
  let text = '[';
  for (let index = 0; index < elements.length; index++) {
    if (index > 0) text += ',';
    text += formatFloat(elements[index] as number);
  }
  return `${text}]`;
}

function formatFloat(value: number): string {
  if (!Number.isInteger(value) || Math.abs(value) >= 1e21) return String(value);
  return Object.is(value, -0) ? '-0.0' : `${value}.0`;
}
