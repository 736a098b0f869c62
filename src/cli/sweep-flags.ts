import { type Command, Option } from 'commander';
import { z } from 'zod';
import { presets } from '../study/index.ts';
import { addCommonFlags, commonSchema, parseFlags, path, repeatable } from './flags.ts';
import { sweepKeys } from './sweep-keys.ts';

const ownSchema = commonSchema.extend({
  preset: z.string().optional(),
  dryRun: z.boolean().default(false),
  again: z.boolean().default(false),
  againDisturbed: z.boolean().default(false),
  cache: path.optional(),
  site: z.union([path, z.boolean()]).optional(),
});

/** Flags of `thinfer study`. */
export interface SweepFlags extends z.output<typeof ownSchema> {
  /** Keys of the sweep that were given as flags, as files write them. */
  readonly values: Readonly<Record<string, unknown>>;
}

const camel = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
const keyNames = [...Object.keys(sweepKeys), 'models'];

/** Tells the sweep's keys from the other flags. */
export function parseSweepFlags(rawFlags: unknown): SweepFlags {
  const raw = rawFlags as Readonly<Record<string, unknown>>;
  const values = Object.fromEntries(
    keyNames.flatMap((name) => (raw[camel(name)] === undefined ? [] : [[name, raw[camel(name)]]])),
  );
  return { ...parseFlags(ownSchema, raw), values };
}

/** Adds the flags of `thinfer study FILE.yaml`. */
export function addSweepFlags(command: Command): Command {
  addCommonFlags(command)
    .addOption(
      new Option(
        '--preset <name>',
        `a published experiment, scaled to this machine: ${presets.map(({ name }) => name).join(', ')}`,
      ),
    )
    .option('--models <list>', 'names of the zoo, or paths of ONNX files');
  for (const [name, { help, placeholder }] of Object.entries(sweepKeys)) {
    const flag = `--${name} <${placeholder}>`;
    if (name === 'dims') command.addOption(repeatable(flag, help));
    else command.option(flag, help);
  }
  return command
    .option('--dry-run', 'only check: cells, time, what this machine cannot do')
    .option('--site <dir>', 'folder of the pages of its models; default: site/ in the project folder')
    .option('--no-site', 'draw no pages')
    .option('--again', 'measure anew what is stored already')
    .option('--again-disturbed', 'measure anew the stored cells that something disturbed')
    .addOption(new Option('--cache <dir>', 'folder of the models that thinfer makes').env('THINFER_CACHE'));
}
