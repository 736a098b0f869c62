import type { SettingName, Variant } from './types.ts';

/** The describing columns of a series, by name. */
export type Columns = Readonly<Record<string, string>>;

/** Packrat's `bert_manual_script` is the model and how it was optimized; thinfer's own export has a column for the latter. */
export function benchmarkOf(columns: Columns): { model: string; optimization: string } {
  const benchmark = columns['benchmark'] ?? 'model';
  if (columns['optimization'] !== undefined)
    return { model: benchmark, optimization: columns['optimization'] };
  const [, model, optimization] = /^(.+?)_(?:manual|hub)_(\w+)$/.exec(benchmark) ?? [];
  return { model: model ?? benchmark, optimization: optimization ?? '' };
}

const columnOf: Partial<Readonly<Record<SettingName, string>>> = {
  precision: 'precision',
  mapping: 'topology',
  memoryPolicy: 'memory_policy',
  allocator: 'allocator',
  interOpThreads: 'interop_threads',
  pinning: 'pinning',
};

const onOff = (value: string | undefined): string =>
  value === undefined ? '' : /^(true|on|1|yes)$/i.test(value) ? 'on' : 'off';

/** thinfer's own export has the cores that instances share in a column of their own. */
function modeOf({ mode = '', cores = '' }: Columns): string {
  return mode === 'together' && cores !== '' ? `together on ${cores}` : mode;
}

/** The settings of a series; empty where no column tells them. */
export function variantOf(columns: Columns): Variant {
  const read = (name: SettingName): string => columns[columnOf[name] ?? ''] ?? '';
  return {
    engine: [columns['source'], columns['engine_version']].filter(Boolean).join(' '),
    precision: read('precision'),
    optimization: benchmarkOf(columns).optimization,
    mapping: read('mapping'),
    hardwareThreads: onOff(columns['ht']),
    memoryPolicy: read('memoryPolicy'),
    allocator: read('allocator'),
    hugePages: '',
    spinning: onOff(columns['spin_after_run']),
    interOpThreads: read('interOpThreads'),
    pinning: read('pinning'),
    mode: modeOf(columns),
  };
}
