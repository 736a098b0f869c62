import type { Quantity, ResultCell, ResultNumber } from './types.ts';

/** What stands where there is no number. */
const missing =
  /^(?:|-+|–|—|n\/?a\.?|nan|none|null|oom|out of memory|failed|fail|error|not available|tbd|\?)$/i;

const decimal = /^[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * A number as printed, without the unit behind it (`3.41×`, `98 %`, `5.1 ms`) and without its error (`6.12 ± 0.06`); null:
 * it is none.
 *
 * @param hasThousands Whether `3.2k` and `1.5M` are numbers: of measures they are, of models they are names.
 */
export function readNumber(text: string, hasThousands = false): ResultNumber | null {
  const [, bare = '', factor = ''] =
    /^(.*?)\s*([kKM]?)$/.exec(
      text
        .trim()
        .replace(/\s*[([]?\s*(?:±|\+\/-)\s*[\d.]+\s*%?[)\]]?(?=\s*\D*$)/, '')
        .replace(/\s*(?:x|×|%|ms|s|us|µs|hrs?|h)$/i, '')
        .replace(/^[~≈]\s*/, ''),
    ) ?? [];
  if (!decimal.test(bare) || (factor !== '' && !hasThousands)) return null;
  const digits = bare.replaceAll(',', '');
  const times = factor === '' ? 1 : factor === 'M' ? 1e6 : 1000;
  const value = Number(digits) * times;
  if (!Number.isFinite(value)) return null;
  return { value, half: halfOfLastDigit(digits) * times };
}

function halfOfLastDigit(digits: string): number {
  const [mantissa = '', exponent = '0'] = digits.toLowerCase().split('e');
  const decimals = mantissa.split('.')[1]?.length ?? 0;
  return 0.5 * 10 ** (Number(exponent) - decimals);
}

/** The numbers of a cell, one per part; or what is wrong with it. */
export function readCell(text: string, quantity: Quantity, parts: number): ResultCell | string {
  if (missing.test(text.trim())) return { text, numbers: Array.from({ length: parts }, () => null) };
  if (quantity === 'nodes-devices') return readProduct(text);
  const hasThousands = quantity === 'throughput';
  const whole = readNumber(text, hasThousands);
  // `1,024` under a heading of two is two numbers only if it can't be one.
  const pieces = parts > 1 ? splitNumbers(text, parts) : null;
  if (pieces !== null) {
    const numbers = pieces.map((piece) => (missing.test(piece) ? null : readNumber(piece)));
    if (numbers.some((number, index) => number === null && !missing.test(pieces[index]!)))
      return `${JSON.stringify(text)} is not ${parts} numbers`;
    return { text, numbers };
  }
  if (whole === null) return `${JSON.stringify(text.slice(0, 60))} is not a number`;
  return { text, numbers: Array.from({ length: parts }, () => whole) };
}

function splitNumbers(text: string, parts: number): string[] | null {
  const pieces = text.split(/\s*[,;/|]\s*/);
  return pieces.length === parts ? pieces : null;
}

/** `32 x 16` is 512 devices. */
function readProduct(text: string): ResultCell | string {
  const factors = text.split(/\s*[x×*]\s*/i).map(Number);
  if (factors.some((factor) => !Number.isSafeInteger(factor) || factor < 1))
    return `${JSON.stringify(text)} is not NODES x DEVICES`;
  return { text, numbers: [{ value: factors.reduce((product, factor) => product * factor, 1), half: 0 }] };
}

/** Whether a text stands where a number is missing. */
export const isMissing = (text: string): boolean => missing.test(text.trim());
