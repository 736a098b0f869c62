import { type Command, Option } from 'commander';
import { z } from 'zod';
import { type HandSet, type LengthRange, parseLengths } from '../plan/index.ts';
import { planSchema } from './plan-flags.ts';

/** As `parseLengths` reads it. */
const lengthRanges = z
  .string('missing; --split divides its ranges')
  .transform((text, context): LengthRange[] => {
    const ranges = parseLengths(text);
    if (typeof ranges !== 'string') return ranges;
    context.addIssue({ code: 'custom', message: ranges });
    return z.NEVER;
  });

/** `128:4,384:4`: upper ends of ranges, ascending, each with its cores. */
const handSplit = z.string().transform((text, context): HandSet[] => {
  const sets = pairsOf(text).map(([upTo, cores]) => ({ upTo, cores: wholeNumber(cores) }));
  if (sets.every(({ cores }) => cores >= 1) && isAscending(sets)) return sets;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is no list of LENGTH:CORES by ascending length, such as 128:4,384:4`,
  });
  return z.NEVER;
});

const pairsOf = (text: string): [number, string][] =>
  text.split(',').map((part) => {
    const [length = '', ...rest] = part.trim().split(':');
    return [wholeNumber(length), rest.join(':').trim()];
  });

const wholeNumber = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : Number.NaN);

const isAscending = (list: readonly { readonly upTo: number }[]): boolean =>
  list.every(({ upTo }, index) => upTo >= 1 && (index === 0 || upTo > list[index - 1]!.upTo));

/** The flags of `plan --lengths`. */
export const lengthSchema = planSchema.extend({ lengths: lengthRanges, split: handSplit.optional() });
export type LengthFlags = z.output<typeof lengthSchema>;

/** Adds the flags of a plan for ranges of lengths. */
export function addLengthFlags(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--lengths <ranges>',
        'plan for ranges of sequence length: upper ends with the share of requests in each, e.g. 32:0.6,128:0.3,384:0.1',
      ),
    )
    .option('--split <sets>', 'with --lengths: what this split would give, length:cores, e.g. 128:4,384:4');
}

/** Whether these flags, as commander gives them, ask for a plan over lengths. */
export const asksForLengths = (rawFlags: Readonly<Record<string, unknown>>): boolean =>
  rawFlags['lengths'] !== undefined || rawFlags['split'] !== undefined;
