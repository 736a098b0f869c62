import { z } from 'zod';
import { ThinferError } from '../errors.ts';
import type { DimValues, Model } from '../model/index.ts';
import { parseNumberList } from './number-list.ts';

/** Sizes of free dimensions by name, each a list. */
export type DimLists = Readonly<Record<string, readonly number[]>>;

/** `NAME=SIZES`, repeated: `sequence=128`, or a list such as `sequence=32,128,384`. */
export const dimLists = z.array(z.string()).transform((texts, context): DimLists => {
  const lists: Record<string, readonly number[]> = {};
  for (const text of texts) {
    const [, name, sizes = ''] = /^(.+)=([^=]+)$/.exec(text) ?? [];
    const list = parseNumberList(sizes);
    if (name === undefined || list === null || list.some((size) => size < 1))
      context.addIssue({
        code: 'custom',
        message: `"${text}" is not NAME=SIZE or NAME=LIST with sizes from 1, such as sequence=128 or sequence=32,128`,
      });
    else lists[name] = list;
  }
  return lists;
});

/** Whether the `--dim` flags, as commander gives them, hold a list. */
export function hasDimList(rawFlags: Readonly<Record<string, unknown>>): boolean {
  const parsed = dimLists.safeParse(rawFlags['dim'] ?? []);
  return parsed.success && Object.values(parsed.data).some((list) => list.length > 1);
}

/** Every choice of one size from each list; one without sizes where there are no lists. */
export function dimChoices(lists: DimLists): DimValues[] {
  return Object.entries(lists).reduce<DimValues[]>(
    (choices, [name, sizes]) =>
      choices.flatMap((choice) => sizes.map((size) => ({ ...choice, [name]: size }))),
    [{}],
  );
}

/** The sizes of a choice as words: `sequence 128`; empty where it has none. */
export function describeDims(dims: DimValues): string {
  return Object.entries(dims)
    .map(([name, size]) => `${name} ${size}`)
    .join(', ');
}

/**
 * The free dimension that `--lengths` means: the only one beside the batch, or the only one that is named like a
 * sequence. Throws `usage` where there is none, or several.
 *
 * @param given Names that `--dim` gives a size.
 */
export function lengthDimOf(model: Model, given: readonly string[]): string {
  const free = model.freeDims.filter((name) => !given.includes(name));
  const named = free.filter((name) => /seq|len|token|time/i.test(name));
  const [only, ...others] = named.length > 0 ? named : free;
  if (only !== undefined && others.length === 0) return only;
  throw new ThinferError(
    'usage',
    only === undefined
      ? `--lengths: ${model.name} has no free dimension that could be a length`
      : `--lengths: ${model.name} has several free dimensions: ${[only, ...others].join(', ')}`,
    {
      remedy:
        only === undefined
          ? 'leave --lengths out, or export the model with a free length'
          : `give the others a size: --dim ${others[0]}=SIZE`,
    },
  );
}
