import { readFileSync } from 'node:fs';
import { ThinferError } from '../errors.ts';
import type { MemoryPolicy } from '../machine/index.ts';
import type { SettingLists, Sweep, SweepEntry, SweepFile } from '../study/index.ts';
import { nearestName } from '../table/index.ts';
import { type SweepKeyName, sweepKeys } from './sweep-keys.ts';

/** What a sweep asks for, and how. */
export interface ReadSweep {
  readonly sweep: Sweep;
  readonly cores: number | undefined;
  readonly engine: string;
  readonly interval: number;
  readonly warmup: number | undefined;
  readonly iterations: number | undefined;
  readonly minRuns: number | undefined;
  readonly ceilingMs: number | undefined;
  readonly budgetMs: number | null;
  readonly setup: boolean;
}

/** Where a sweep's keys come from; later ones win. */
export interface SweepSource {
  /** For messages: a file's name, `preset packrat`, `--`. */
  readonly where: string;
  readonly values: SweepFile;
}

/** Reads a YAML file. Throws `not-found`, or `usage` where it is no list of keys. */
export async function readSweepFile(file: string): Promise<SweepSource> {
  let source: string;
  try {
    source = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ThinferError('not-found', `${file}: ${(error as Error).message}`, {
      remedy: 'name a YAML file (docs/studies.md), or a preset: thinfer study --preset packrat',
    });
  }
  const { parseDocument } = await import('yaml');
  const document = parseDocument(source);
  const problems = document.errors.map(({ message }) => `${file}: ${message.split('\n')[0]}`);
  const value: unknown = problems.length > 0 ? {} : document.toJS({ maxAliasCount: 100 });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    problems.push(`${file}: it is not a list of keys such as models and batches`);
  if (problems.length > 0) throw new ThinferError('usage', problems.join('\n'), { remedy: seeDocs });
  return { where: `${file}: `, values: value as SweepFile };
}

const seeDocs = 'docs/studies.md lists every key; `thinfer study --help` is the short list';

/** Checks all keys of all sources. Throws `usage` with every problem, where it stands. */
export function readSweep(sources: readonly SweepSource[]): ReadSweep {
  const problems: string[] = [];
  const known = [...Object.keys(sweepKeys), 'models'];
  const values = new Map<string, unknown>();
  let listed: { readonly where: string; readonly value: unknown } | undefined;
  for (const { where, values: given } of sources) {
    contradictions(where, given, problems);
    for (const [key, value] of Object.entries(given)) {
      if (key === 'models') listed = { where, value };
      else if (key in sweepKeys) readKey(key as SweepKeyName, value, where, values, problems);
      else problems.push(unknownKey(where, key, known));
    }
  }
  const shared = lists(values);
  const entries = listed === undefined ? [] : readModels(listed.value, listed.where, shared, problems);
  if (listed === undefined) problems.push('models: no model is given');
  const get = <T>(key: SweepKeyName): T | undefined => values.get(key) as T | undefined;
  if (problems.length > 0) throw new ThinferError('usage', problems.join('\n'), { remedy: seeDocs });
  return {
    sweep: {
      name: get('name') ?? null,
      entries,
      design: get('design') ?? 'factorial',
      utilisation: get('utilisation') ?? false,
      peak: get('peak') ?? true,
    },
    cores: get('cores'),
    engine: get('engine') ?? 'onnxruntime',
    interval: get('interval') ?? 0.01,
    warmup: get('warmup'),
    iterations: get('iterations'),
    minRuns: get('min-runs'),
    ceilingMs: get('ceiling'),
    budgetMs: get('budget') ?? null,
    setup: get('setup') ?? false,
  };
}

/** What one source can't mean; what another source says is overridden. */
function contradictions(where: string, given: SweepFile, problems: string[]): void {
  const fixed = ['warmup', 'iterations'].filter((key) => key in given);
  const sampled = ['interval', 'min-runs', 'ceiling'].filter((key) => key in given);
  if (fixed.length > 0 && sampled.length > 0)
    problems.push(
      `${where}${fixed[0]}: it contradicts ${sampled[0]}: either exactly so many runs are counted, or as many as the stopping rule needs`,
    );
}

function readKey(
  key: SweepKeyName,
  value: unknown,
  where: string,
  values: Map<string, unknown>,
  problems: string[],
): void {
  const read = sweepKeys[key].read(value);
  if ('problem' in read) problems.push(`${where}${key}: ${read.problem}`);
  else values.set(key, read.value);
}

function unknownKey(where: string, key: string, known: readonly string[]): string {
  const nearest = nearestName(key, known);
  return `${where}${key}: no such key${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
}

type Lists = Pick<SweepEntry, 'lengths' | 'dims' | 'batches' | 'threads' | 'modes' | 'totals' | 'settings'>;

function lists(values: ReadonlyMap<string, unknown>): Lists {
  const get = <T>(key: SweepKeyName, fallback: T): T => (values.get(key) as T | undefined) ?? fallback;
  return {
    lengths: get('lengths', null),
    dims: get('dims', {}),
    batches: get('batches', null),
    threads: get('threads', null),
    modes: get('modes', ['alone'] as const),
    totals: get('totals', []),
    settings: {
      precision: get('precisions', ['original']),
      optimization: get('optimizations', ['all']),
      interOpThreads: get('inter-op-threads', [1]),
      mapping: get('mappings', ['sequential']),
      hardwareThreads: get('hardware-threads', [false]),
      pinned: get('pinned', [true]),
      memory: get<readonly MemoryPolicy[]>('memory', [{ mode: 'default' }]),
      allocator: get('allocators', ['glibc']),
      hugePages: get('huge-pages', ['system']),
      spinning: get('spinning', ['in-runs']),
    } satisfies SettingLists,
  };
}

/** Names, or maps of a `model` with lists of its own. */
function readModels(value: unknown, where: string, shared: Lists, problems: string[]): SweepEntry[] {
  const listed = typeof value === 'string' ? value.split(',') : value;
  if (!Array.isArray(listed) || listed.length === 0) {
    problems.push(
      `${where}models: ${Array.isArray(listed) ? 'the list is empty' : 'it is not a list of models'}`,
    );
    return [];
  }
  const names = listed.flatMap((one) => (typeof one === 'string' ? one.trim() : []));
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) problems.push(`${where}models: ${twice} stands in it twice`);
  return listed.flatMap((one, index) => {
    if (typeof one === 'string' && one.trim() !== '')
      return [{ model: one.trim(), ownLengths: false, ...shared }];
    const place = `${where}models[${index}].`;
    if (typeof one !== 'object' || one === null || typeof one.model !== 'string') {
      problems.push(`${place}model: no model is named`);
      return [];
    }
    const own = new Map<string, unknown>();
    const perModel = Object.entries(sweepKeys).flatMap(([key, { perModel: may }]) => (may ? key : []));
    for (const [key, given] of Object.entries(one as object)) {
      if (key === 'model') continue;
      if (perModel.includes(key)) readKey(key as SweepKeyName, given, place, own, problems);
      else problems.push(unknownKey(place, key, ['model', ...perModel]));
    }
    return [mergeLists(one.model, shared, own)];
  });
}

function mergeLists(model: string, shared: Lists, own: ReadonlyMap<string, unknown>): SweepEntry {
  const mine = lists(own);
  const pick = <K extends keyof Lists>(name: K, key: SweepKeyName): Lists[K] =>
    (own.has(key) ? mine : shared)[name];
  const setting = <K extends keyof SettingLists>(name: K, key: SweepKeyName): SettingLists[K] =>
    (own.has(key) ? mine : shared).settings[name];
  return {
    model,
    ownLengths: own.has('lengths'),
    lengths: pick('lengths', 'lengths'),
    dims: pick('dims', 'dims'),
    batches: pick('batches', 'batches'),
    threads: pick('threads', 'threads'),
    modes: pick('modes', 'modes'),
    totals: pick('totals', 'totals'),
    settings: {
      precision: setting('precision', 'precisions'),
      optimization: setting('optimization', 'optimizations'),
      interOpThreads: setting('interOpThreads', 'inter-op-threads'),
      mapping: setting('mapping', 'mappings'),
      hardwareThreads: setting('hardwareThreads', 'hardware-threads'),
      pinned: setting('pinned', 'pinned'),
      memory: setting('memory', 'memory'),
      allocator: setting('allocator', 'allocators'),
      hugePages: setting('hugePages', 'huge-pages'),
      spinning: setting('spinning', 'spinning'),
    },
  };
}
