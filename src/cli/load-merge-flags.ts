import type { Command } from 'commander';
import { z } from 'zod';
import { addCommonFlags, commonSchema, repeatable } from './flags.ts';
import { outFile, pageFile } from './load-flags.ts';
import { thresholds } from './thresholds.ts';

/** The flags of `thinfer load merge`. */
export const loadMergeSchema = commonSchema.extend({
  failIf: thresholds.default([]),
  out: z.array(outFile).default([]),
  report: pageFile.optional(),
});
/** The flags of `thinfer load merge`, checked. */
export type LoadMergeFlags = z.output<typeof loadMergeSchema>;

/** Adds the flags of `thinfer load merge`. */
export function addLoadMergeFlags(command: Command): Command {
  return addCommonFlags(command)
    .addOption(
      repeatable('--fail-if <condition>', 'exit with 1 if it is so of all requests together; repeatable'),
    )
    .addOption(
      repeatable(
        '--out <file>',
        'all requests as one .csv, or their latencies as an HdrHistogram log .hdr; repeatable',
      ),
    )
    .option('--report <file>', 'a page with charts of the whole run, .html');
}
