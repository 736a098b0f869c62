import { Command } from 'commander';
import { z } from 'zod';
import { dimLists } from './dim-lists.ts';
import { count, countList, countOrZero, duration, path, share } from './flags.ts';
import { addSettingsFlags, settingsSchema } from './measuring-flags.ts';

/** Flags of every study. */
export const studySchema = settingsSchema.omit({ items: true }).extend({
  dim: dimLists.default({}),
  lengths: countList.optional(),
  warmup: countOrZero.optional(),
  iterations: count.optional(),
  interval: share.default(0.01),
  budget: duration.optional(),
  again: z.boolean().default(false),
  out: path.optional(),
});
export type StudyFlags = z.output<typeof studySchema>;

export const coresStudySchema = studySchema.extend({
  coreCounts: countList.optional(),
  batches: countList.optional(),
});
export type CoresStudyFlags = z.output<typeof coresStudySchema>;

export const instancesStudySchema = studySchema.extend({
  instances: countList.optional(),
  items: countList.optional(),
  batchPerInstance: countList.optional(),
});
export type InstancesStudyFlags = z.output<typeof instancesStudySchema>;

/** The flags of settings as other commands have them, without `--items`, and those of every study. */
function addStudyFlags(command: Command, hardwareThreads: string): Command {
  const texts: Readonly<Record<string, string>> = {
    '--dim': 'sizes of a free dimension, e.g. sequence=128 or sequence=32,128,512; repeatable',
    '--hardware-threads': hardwareThreads,
  };
  for (const option of addSettingsFlags(new Command()).options) {
    const long = option.long ?? '';
    if (long === '--items' || command.options.some((known) => known.long === long)) continue;
    option.description = texts[long] ?? option.description;
    command.addOption(option);
  }
  return command
    .option('--warmup <n>', 'exactly so many runs before those that count; sets --iterations 10 unless given')
    .option(
      '--iterations <n>',
      'exactly so many counted runs a cell, instead of the stopping rule; sets --warmup 1 unless given',
    )
    .option('--interval <share>', 'stop when the median is known to ± this share', '1%')
    .option('--budget <time>', 'no measuring beyond, e.g. 90s, 5m')
    .option('--again', 'measure anew what is stored already')
    .option('--out <file>', 'the page; default: in reports/ of the project folder, named after the study');
}

const lengthsHelp = 'sequence lengths, e.g. 32,128,512: --dim for the dimension that is the length';

/** Adds the flags of `study cores`. */
export function addCoresStudyFlags(command: Command): Command {
  return addStudyFlags(
    command
      .option('--core-counts <list>', 'e.g. 1,2,4 or 1-8; default: powers of two up to the cores')
      .option('--lengths <list>', lengthsHelp)
      .option('--batches <list>', 'default: 1, or the batch that a model is fixed at'),
    'a second curve with a thread on every hardware thread of the same cores',
  );
}

/** Adds the flags of `study instances`. */
export function addInstancesStudyFlags(command: Command): Command {
  return addStudyFlags(
    command
      .option('--instances <list>', 'e.g. 1,2,4; default: powers of two up to the cores')
      .option('--items <list>', 'items of all instances together; default: 16')
      .option('--batch-per-instance <list>', 'items of each instance, instead of --items')
      .option('--lengths <list>', lengthsHelp),
    'use every hardware thread of the cores, each for one thread; --cores still counts cores',
  );
}
