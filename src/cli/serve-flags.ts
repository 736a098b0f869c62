import { type Command, Option } from 'commander';
import { flagOf, type SettingPath, settings, variableOf } from '../serve/config/settings.ts';
import { addSettingsFlags } from './measuring-flags.ts';

const paths = Object.keys(settings) as SettingPath[];

/** Adds the flags of `serve`: one for each setting of the server, and those that say which plan is meant. */
export function addServeFlags(command: Command): Command {
  addSettingsFlags(command)
    .option('--config <groups>', 'serve this instead of the plan: INSTANCESxTHREADSxBATCH, + between groups')
    .option(
      '--lengths <ranges>',
      'plan instances for ranges of sequence length: upper ends with the share of requests in each, e.g. 32:0.6,128:0.3,384:0.1',
    )
    .option('--config-file <file>', 'settings and models as YAML (docs/serving.md)')
    .option('--adapt', 'let the set of instances follow the load, by the profile (docs/adapting.md)')
    .option('--print-config', 'print all settings as a file, and do nothing else');
  for (const path of paths) {
    const { placeholder, help, fallback } = settings[path];
    const flag = placeholder === null ? `${flagOf(path)} [on]` : `${flagOf(path)} <${placeholder}>`;
    const shown = placeholder === 'time' ? `${fallback}ms` : fallback;
    command.addOption(
      new Option(flag, `${help} (default: ${shown === '' ? 'none' : shown}, ${variableOf(path)})`),
    );
  }
  return command;
}

/** What commander gave for the server's settings, by path. */
export function settingFlags(flags: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = paths.flatMap((path) => {
    const name = flagOf(path)
      .slice(2)
      .replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    return flags[name] === undefined ? [] : [[path, flags[name]] as const];
  });
  const short = flags['adapt'] === true ? [['adapt.enabled', true] as const] : [];
  return Object.fromEntries([...short, ...given]);
}
