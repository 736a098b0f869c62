import type { Where } from '../table/index.ts';

/** Names that columns have elsewhere in thinfer → those of tables. */
const aliases: Readonly<Record<string, string>> = {
  model: 'benchmark',
  mapping: 'topology',
  engine: 'source',
  hardware_threads: 'ht',
  intraop_threads: 'threads',
  batch_size: 'batch',
  inter_op_threads: 'interop_threads',
  memory: 'memory_policy',
  spin_after_run: 'spinning',
  spin_during_run: 'spinning',
};

/** The column that a name stands for: `inter-op-threads` is `interop_threads`. */
export function columnOf(name: string): string {
  const plain = name.replaceAll('-', '_');
  return aliases[plain] ?? plain;
}

const onOff = (value: string): string =>
  /^true$/i.test(value) ? 'on' : /^false$/i.test(value) ? 'off' : value;

/** How values are worded: as in the files of sweeps, whatever points and tables call them. */
const wordings: Readonly<Record<string, (value: string) => string>> = {
  precision: (value) =>
    value === 'as in the file' || value === 'fp32' ? 'original' : value.replaceAll(' ', '-'),
  ht: onOff,
  pinned: onOff,
  allocator: (value) => (value === 'default' ? 'glibc' : value),
};

/** Columns of a cell under the names and in the words of sweeps. */
export function wordedColumns(columns: Readonly<Record<string, string>>): Record<string, string> {
  const { spin_after_run: after, spin_during_run: during, ...rest } = columns;
  const worded = Object.entries(rest).map(([column, value]) => [column, wordings[column]?.(value) ?? value]);
  const spins = after !== undefined && onOff(after) === 'on';
  return {
    ...Object.fromEntries(worded),
    ...(after === undefined
      ? {}
      : { spinning: during !== undefined && onOff(during) === 'off' ? 'off' : spins ? 'on' : 'in-runs' }),
  };
}

/** What was asked for, the same way. */
export function wordedWhere(where: Where): Where {
  return Object.fromEntries(
    Object.entries(where).map(([name, value]) => {
      const column = columnOf(name);
      return [column, wordings[column]?.(value) ?? value];
    }),
  );
}
