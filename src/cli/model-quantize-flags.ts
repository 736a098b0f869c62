import type { Command } from 'commander';
import { addCommonFlags, repeatable } from './flags.ts';

/** Adds the flags of `thinfer model quantize`, as `commands/model-quantize.ts` checks them. */
export function addModelQuantizeFlags(command: Command): Command {
  return addCommonFlags(command)
    .option('--precision <list>', 'of int8-dynamic, int8-calibrated, int4-weights; default: all three')
    .option('--setup', 'make the Python environment of the tools where it is missing: 310 MB, by pip')
    .addOption(
      repeatable('--dim <name=size>', 'size of a free dimension, for calibration and comparison; repeatable'),
    )
    .option('--batch <n>', 'items whose outputs are compared; default: 1')
    .option('--samples <n>', 'generated inputs that calibration sees; default: 16')
    .option('--block-size <n>', '4-bit weights that share a scale: 16, 32, 64, 128, 256; default: 32')
    .option('--reduce-range', 'int8 weights in 7 bits, for CPUs without VNNI or dot products')
    .option(
      '--optimization <level>',
      'graph optimization that the proof is for: disabled, basic, extended, all',
      'all',
    );
}
