import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { MemoryPolicy } from '../machine/index.ts';
import {
  addCommonFlags,
  commonSchema,
  count,
  countList,
  countOrZero,
  dims,
  duration,
  moment,
  path,
  repeatable,
  share,
} from './flags.ts';

/** `default`, `local`, `bind:NODES` or `interleave:NODES`. */
export const memoryPolicy = z.string().transform((text, context): MemoryPolicy => {
  const [mode = '', list = ''] = text.split(':');
  const nodes = list === '' ? [] : list.split(',').map(Number);
  if ((mode === 'default' || mode === 'local') && list === '') return { mode };
  if (
    (mode === 'bind' || mode === 'interleave') &&
    nodes.length > 0 &&
    nodes.every((node) => Number.isInteger(node) && node >= 0)
  )
    return { mode, nodes };
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not default, local, bind:NODES or interleave:NODES`,
  });
  return z.NEVER;
});

/** One of a few words. */
export const oneOf = <const Words extends readonly string[]>(words: Words) =>
  z.string().transform((text, context): Words[number] => {
    if (words.includes(text)) return text;
    context.addIssue({ code: 'custom', message: `"${text}" is none of ${words.join(', ')}` });
    return z.NEVER;
  });

/** Flags that say what is run and where. */
export const settingsSchema = commonSchema.extend({
  cores: count.optional(),
  items: count.optional(),
  dim: dims.default({}),
  engine: z.string().default('onnxruntime'),
  optimization: oneOf(['disabled', 'basic', 'extended', 'all']).default('all'),
  spin: z.boolean().default(false),
  mapping: oneOf(['sequential', 'interleave']).default('sequential'),
  hardwareThreads: z.boolean().default(false),
  memory: memoryPolicy.default({ mode: 'default' }),
  cache: path.optional(),
});
export type SettingsFlags = z.output<typeof settingsSchema>;

/** Flags that say which cells are measured and for how long. */
export const gridSchema = settingsSchema.extend({
  threads: countList.optional(),
  batches: countList.optional(),
  mode: oneOf(['together', 'alone', 'both']).default('both'),
  warmup: countOrZero.optional(),
  iterations: count.optional(),
  interval: share.default(0.01),
  budget: duration.optional(),
  again: z.boolean().default(false),
});
export type GridFlags = z.output<typeof gridSchema>;

/** Flags of `thinfer profile`. */
export const adaptiveSchema = gridSchema.extend({
  adaptive: z.boolean().default(false),
  planItems: countList.optional(),
  planCores: countList.optional(),
  measurements: count.optional(),
  againBefore: moment.optional(),
});
export type AdaptiveFlags = z.output<typeof adaptiveSchema>;

export function addSettingsFlags(command: Command): Command {
  return addCommonFlags(command)
    .option('--cores <n>', 'physical cores to use; default: all usable ones')
    .option(
      '--items <B>',
      'items to be processed together; default: 16, or the batch that a model is fixed at',
    )
    .addOption(repeatable('--dim <name=size>', 'size of a free dimension, e.g. sequence=128; repeatable'))
    .option(
      '--engine <engine>',
      'onnxruntime, or null[:delay=MS,item-delay=MS,flops=N] for tests',
      'onnxruntime',
    )
    .option('--optimization <level>', 'graph optimization: disabled, basic, extended, all', 'all')
    .option('--spin', 'let threads go on spinning after a run')
    .option('--mapping <mapping>', 'sequential fills one socket first, interleave alternates', 'sequential')
    .option(
      '--hardware-threads',
      'use every hardware thread of the cores, each for one thread; --cores still counts cores',
    )
    .option('--memory <policy>', 'memory policy: default, local, bind:NODES, interleave:NODES', 'default')
    .addOption(new Option('--cache <dir>', 'folder of the models that thinfer makes').env('THINFER_CACHE'));
}

export function addGridFlags(command: Command): Command {
  return addSettingsFlags(command)
    .option('--threads <list>', 'thread counts, e.g. 1,2,4; default: powers of two up to the cores')
    .option('--batches <list>', 'batches, e.g. 1,4,16 or 1-8; default: those that can matter for --items')
    .option('--mode <mode>', 'measure cells together (other cores busy), alone, or both', 'both')
    .option('--warmup <n>', 'exactly so many runs before those that count; sets --iterations 10 unless given')
    .option(
      '--iterations <n>',
      'exactly so many counted runs a cell, instead of the stopping rule; sets --warmup 1 unless given',
    )
    .option('--interval <share>', 'stop when the median is known to ± this share', '1%')
    .option('--budget <time>', 'no measuring beyond, e.g. 90s, 5m; the most telling cells come first')
    .option('--again', 'measure anew what is stored already');
}

export function addAdaptiveFlags(command: Command): Command {
  return command
    .option('--adaptive', 'measure only the cells that decide the plans, one after the other')
    .option('--plan-items <list>', 'with --adaptive: items that plans are wanted for; default: --items')
    .option('--plan-cores <list>', 'with --adaptive: cores that plans are wanted for; default: all')
    .option('--measurements <n>', 'with --adaptive: how many cells; default: by the number of plans wanted')
    .option(
      '--again-before <moment>',
      'measure anew what was measured before it, e.g. 2026-05-01T02:00Z; what is stored counts until then',
    );
}
