/** Words for precisions, the longest first where one holds another. */
const words: readonly (readonly [RegExp, string])[] = [
  [/\b(?:automatic )?mixed[ -]?precision(?: training)?\b|\bamp\b|\bmixed\b/, 'mixed'],
  [/\bbf16\b|\bbfloat16\b/, 'bf16'],
  [/\btf32\b|\btensorfloat[ -]?32\b/, 'tf32'],
  [/\bfp16\b|\bfloat16\b|\bhalf(?: precision)?\b/, 'fp16'],
  [/\bfp32\b|\bfloat32\b|\bsingle precision\b/, 'fp32'],
  [/\bfp64\b|\bfloat64\b|\bdouble precision\b/, 'fp64'],
  [/\bfp8\b/, 'fp8'],
  [/\bint8\b/, 'int8'],
  [/\bint4\b/, 'int4'],
];

/** From the cheapest to the costliest to compute with: with the same work, none is expected slower than one behind it. */
const fastestFirst: readonly (readonly string[])[] = [
  ['int4'],
  ['int8', 'fp8'],
  ['fp16', 'bf16', 'mixed'],
  ['tf32'],
  ['fp32'],
  ['fp64'],
];

/** The precision that a text names, and the text without it. */
export function takePrecision(text: string): { readonly precision: string | null; readonly rest: string } {
  for (const [pattern, precision] of words)
    if (pattern.test(text)) return { precision, rest: text.replace(pattern, ' ') };
  return { precision: null, rest: text };
}

/** The place of a precision among those that get costlier; null: it has none. */
export function precisionRank(precision: string | null): number | null {
  const rank = fastestFirst.findIndex((group) => group.includes(precision ?? ''));
  return rank < 0 ? null : rank;
}
