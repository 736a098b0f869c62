import type { Range } from '../arithmetic.ts';
import type { CheckColumn } from '../types.ts';

/** How a quotient may be printed, and read back. */
export interface Form {
  readonly print: (quotient: Range) => Range;
  readonly read: (printed: Range) => Range;
  /** @param inverse The quotient the other way round. */
  readonly words: (quotient: string, inverse: string) => string;
}

/** As it is. */
export const asPrinted: Form = {
  print: (range) => range,
  read: (range) => range,
  words: (quotient) => quotient,
};

/** In percent: 130 of 1.3. */
const percent: Form = {
  print: ({ low, high }) => ({ low: 100 * low, high: 100 * high }),
  read: ({ low, high }) => ({ low: low / 100, high: high / 100 }),
  words: (quotient) => `100 × ${quotient}`,
};

/** What is gained: 30 % of 1.3. */
const gain: Form = {
  print: ({ low, high }) => ({ low: 100 * (low - 1), high: 100 * (high - 1) }),
  read: ({ low, high }) => ({ low: 1 + low / 100, high: 1 + high / 100 }),
  words: (quotient) => `100 × (${quotient} − 1)`,
};

/** What is saved: 23.1 % of 1.3. */
const cut: Form = {
  print: ({ low, high }) => ({ low: 100 * (1 - 1 / low), high: 100 * (1 - 1 / high) }),
  read: ({ low, high }) => ({ low: 1 / (1 - low / 100), high: 1 / (1 - high / 100) }),
  words: (_, inverse) => `100 × (1 − ${inverse})`,
};

/** All forms that a column may have. */
export const formsOf = ({ isPercent, quantity }: CheckColumn): readonly Form[] =>
  isPercent === true && quantity === 'speed-up' ? [gain, cut, percent] : [asPrinted];
