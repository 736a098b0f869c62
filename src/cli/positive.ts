import { z } from 'zod';

/** A number above 0, such as requests per second. */
export const positive = z.string().transform((text, context) => {
  const number = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number > 0 && number <= 1e6) return number;
  context.addIssue({ code: 'custom', message: `"${text}" is not a number above 0, at most 1000000` });
  return z.NEVER;
});
