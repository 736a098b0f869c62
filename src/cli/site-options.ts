import type { Command } from 'commander';

/** Adds the flags of `thinfer report` that are about a site. */
export function addSiteFlags(command: Command): Command {
  return command
    .option('--site <dir>', 'write a static site to this folder (docs/publishing.md), instead of a page')
    .option(
      '--price-per-hour <price>',
      'with --site: what the machine costs an hour, or PRICE/CORES for so many cores; gives the price of a million items',
    )
    .option('--only <sections>', 'with --site: only these sections, such as latency,numa,cost');
}

/** The flags that stand on the command line, as they are written there. */
export function givenFlags(command: Command): string[] {
  return command.options
    .filter((option) => command.getOptionValueSource(option.attributeName()) === 'cli')
    .map(({ long, short }) => long ?? short ?? '');
}
