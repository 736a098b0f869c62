import type { Command } from 'commander';
import { z } from 'zod';
import { addCommonFlags, commonSchema, path, repeatable, share } from './flags.ts';

/** `5%` or `0.05`, from 0 on. */
const shareOrZero = z.string().transform((text, context) => {
  if (/^0(\.0+)?\s*%?$/.test(text.trim())) return 0;
  const parsed = share.safeParse(text);
  if (parsed.success) return parsed.data;
  context.addIssue({ code: 'custom', message: `"${text}" is not a share up to 50%, such as 5%, 0.05 or 0` });
  return z.NEVER;
});

export const compareSchema = commonSchema.extend({
  where: z.array(z.string()).default([]),
  vary: z.array(z.string()).default([]),
  threshold: shareOrZero.default(0.05),
  alpha: share.default(0.05),
  disturbed: z.enum(['skip', 'judge'], 'skip or judge').default('skip'),
  failOn: z.enum(['slower', 'any', 'never'], 'slower, any or never').default('slower'),
  out: path.optional(),
});
export type CompareFlags = z.output<typeof compareSchema>;

/** Adds the flags of `thinfer compare`. */
export function addCompareFlags(command: Command): Command {
  return addCommonFlags(command)
    .addOption(repeatable('--where <column=value,...>', 'take only these cells on both sides; repeatable'))
    .addOption(
      repeatable(
        '--vary <columns>',
        'columns that may differ between A and B, as far as the sides do not say it; repeatable',
      ),
    )
    .option('--threshold <share>', 'slower by more than this is a regression', '5%')
    .option('--alpha <share>', 'chance that any of all intervals may miss', '5%')
    .option('--disturbed <how>', 'cells that something disturbed: skip or judge', 'skip')
    .option(
      '--fail-on <what>',
      'status 1 where a cell is shown to be slower beyond the threshold or fails in B only (slower), or where any cell has no verdict either (any), or never',
      'slower',
    )
    .option(
      '--out <file>',
      'the page; default: reports/compare-….html in the project folder, by what is compared',
    );
}
