import { readFileSync } from 'node:fs';
import { ThinferError } from '../../errors.ts';
import { formatGroups, formatLengths } from '../../plan/index.ts';
import { type ModelEntry, modelEntry } from './model-entry.ts';
import { flagOf, type SettingPath, type Settings, settings, variableOf } from './settings.ts';

/** Everything the server is told. */
export interface ServeConfig {
  readonly settings: Settings;
  readonly models: readonly ModelEntry[];
}

/** Where settings come from; later ones win: file, environment, flags. */
export interface ConfigSources {
  /** Path of a YAML file; undefined: none. */
  readonly file: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
  /** By path; those not given are left out. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** Models of the command line; they take the place of the file's. */
  readonly models: readonly unknown[];
}

interface Given {
  readonly value: unknown;
  /** For messages: `serve.yaml: http.port`, `--http-port`. */
  readonly where: string;
}

const paths = Object.keys(settings) as SettingPath[];

/** Reads and checks everything. Throws `usage` with all problems at once, each with where it stands. */
export async function readConfig({ file, environment, flags, models }: ConfigSources): Promise<ServeConfig> {
  const problems: string[] = [];
  const given = new Map<string, Given>();
  const document = file === undefined ? {} : await readFile(file, problems);
  const { models: listed, ...rest } = document as { readonly models?: unknown };
  for (const [path, value] of flatten(rest)) given.set(path, { value, where: `${file}: ${path}` });
  for (const path of paths) {
    const value = environment[variableOf(path)];
    if (value !== undefined) given.set(path, { value, where: variableOf(path) });
  }
  for (const [path, value] of Object.entries(flags)) given.set(path, { value, where: flagOf(path) });
  for (const [path, { where }] of given) if (!(path in settings)) problems.push(unknown(path, where));
  const entries: Given[] =
    models.length > 0
      ? models.map((value, index) => ({ value, where: `model ${index + 1}` }))
      : listOf(listed, file, problems).map((value, index) => ({ value, where: `${file}: models[${index}]` }));
  const config: ServeConfig = {
    settings: checkSettings(given, problems),
    models: entries.flatMap(({ value, where }) => checkModel(value, where, problems)),
  };
  problems.push(...contradictions(config, entries.length));
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), {
      remedy: 'see thinfer serve --help, and docs/serving.md',
    });
  return config;
}

/** The configuration in force, as a file that gives it again. */
export async function printConfig({ settings: values, models }: ServeConfig): Promise<string> {
  const nested: Record<string, unknown> = {};
  for (const path of paths) {
    const [group, name] = path.split('.');
    if (name === undefined) nested[group!] = values[path];
    else nested[group!] = { ...(nested[group!] as object | undefined), [name]: printed(path, values[path]) };
  }
  const listed = models.map(({ config, lengths, ...entry }) => ({
    ...entry,
    ...(config === undefined ? {} : { config: formatGroups(config) }),
    ...(lengths === undefined ? {} : { lengths: formatLengths(lengths) }),
  }));
  const { stringify } = await import('yaml');
  return stringify({ ...nested, models: listed });
}

/** Times are kept in ms, and a bare number is seconds. */
function printed(path: SettingPath, value: unknown): unknown {
  return settings[path].placeholder === 'time' ? `${value}ms` : value;
}

/** YAML is loaded where there is a file: most servers have none. */
async function readFile(file: string, problems: string[]): Promise<object> {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ThinferError('not-found', `${file}: ${(error as Error).message}`);
  }
  const { parseDocument } = await import('yaml');
  const document = parseDocument(source, { maxAliasCount: 100 } as object);
  problems.push(...document.errors.map((error) => `${file}: ${error.message.split('\n')[0]}`));
  const value: unknown = document.errors.length > 0 ? {} : document.toJS({ maxAliasCount: 100 });
  if (value === null || value === undefined) return {};
  if (typeof value === 'object' && !Array.isArray(value)) return value;
  problems.push(`${file}: it is not a list of settings`);
  return {};
}

function* flatten(value: object, prefix = ''): Iterable<[string, unknown]> {
  for (const [key, one] of Object.entries(value))
    if (typeof one === 'object' && one !== null && !Array.isArray(one) && prefix === '')
      yield* flatten(one, `${key}.`);
    else yield [`${prefix}${key}`, one];
}

function listOf(listed: unknown, file: string | undefined, problems: string[]): readonly unknown[] {
  if (listed === undefined) return [];
  if (Array.isArray(listed)) return listed;
  problems.push(`${file}: models is not a list`);
  return [];
}

function checkSettings(given: ReadonlyMap<string, Given>, problems: string[]): Settings {
  return Object.fromEntries(
    paths.map((path) => {
      const { parse, fallback } = settings[path];
      const one = given.get(path);
      if (one === undefined) return [path, fallback];
      try {
        return [path, parse(one.value)];
      } catch (error) {
        problems.push(`${one.where}: ${(error as Error).message}`);
        return [path, fallback];
      }
    }),
  ) as Settings;
}

function checkModel(value: unknown, where: string, problems: string[]): ModelEntry[] {
  const parsed = modelEntry.safeParse(typeof value === 'string' ? { model: value } : value);
  if (parsed.success) return [parsed.data];
  problems.push(
    ...parsed.error.issues.map(
      ({ path, message }) => `${where}${path.length > 0 ? `.${path.join('.')}` : ''}: ${message}`,
    ),
  );
  return [];
}

function contradictions({ settings: values }: ServeConfig, entries: number): string[] {
  const ports = (['http.port', 'grpc.port', 'management.port'] as const).filter(
    (path) => values[path] !== 0 && (path !== 'grpc.port' || values['grpc.enabled']),
  );
  return [
    ...(entries === 0 ? ['no model is given: name one, or list them under models in the file'] : []),
    ...ports.flatMap((path, index) =>
      ports
        .slice(0, index)
        .flatMap((other) =>
          values[path] === values[other] ? [`${path} and ${other} are both ${values[path]}`] : [],
        ),
    ),
    ...((values['tls.cert'] === '') === (values['tls.key'] === '')
      ? []
      : ['tls.cert and tls.key belong together']),
  ];
}

function unknown(path: string, where: string): string {
  const near = paths.find((known) => known.split('.').at(-1) === path.split('.').at(-1));
  return `${where}: there is no such setting${near === undefined ? '' : `; did you mean ${near}?`}`;
}
