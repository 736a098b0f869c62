import type { z } from 'zod';
import { duration, share } from './flags.ts';
import { memoryPolicy } from './measuring-flags.ts';
import { parseNumberList } from './number-list.ts';

/** A value of a sweep's file or flag, read; or what is wrong with it. */
export type Reading = { readonly value: unknown } | { readonly problem: string };

/** One key of a sweep. */
export interface SweepKey {
  /** Shown in `--help`. */
  readonly help: string;
  /** `<list>` in `--help`. */
  readonly placeholder: string;
  /** Whether a model of the file may have its own. */
  readonly perModel: boolean;
  readonly read: (value: unknown) => Reading;
}

const words = (value: unknown): string[] | null => {
  const list =
    typeof value === 'string' ? value.split(/\s+|,(?!\d)/) : Array.isArray(value) ? value : [value];
  const texts = list.map((one) => (typeof one === 'boolean' ? (one ? 'on' : 'off') : String(one).trim()));
  return list.some((one) => typeof one === 'object') ? null : texts.filter((text) => text !== '');
};

/** A list of which no value may stand twice. */
function list(value: unknown, one: (text: string) => Reading): Reading {
  const texts = words(value);
  if (texts === null) return { problem: 'it is not a list of values' };
  if (texts.length === 0) return { problem: 'the list is empty' };
  const twice = texts.find((text, index) => texts.indexOf(text) !== index);
  if (twice !== undefined) return { problem: `${twice} stands in it twice` };
  const read = texts.map(one);
  const problems = read.flatMap((each) => ('problem' in each ? each.problem : []));
  if (problems.length > 0) return { problem: problems.join('; ') };
  const meant = read.map((each) => JSON.stringify('value' in each ? each.value : null));
  const second = meant.findIndex((one, index) => meant.indexOf(one) !== index);
  if (second >= 0)
    return { problem: `${texts[meant.indexOf(meant[second]!)]} and ${texts[second]} mean the same` };
  return { value: read.map((each) => ('value' in each ? each.value : null)) };
}

const oneOf =
  (...known: readonly string[]) =>
  (text: string): Reading =>
    known.includes(text) ? { value: text } : { problem: `"${text}" is none of ${known.join(', ')}` };

const onOff = (text: string): Reading =>
  text === 'on' || text === 'off' ? { value: text === 'on' } : { problem: `"${text}" is neither on nor off` };

function numbers(value: unknown): Reading {
  const parts = Array.isArray(value) ? value : [value];
  if (parts.length === 0 || value === '') return { problem: 'the list is empty' };
  const whole = parts.filter((part) => typeof part === 'number');
  const twice = whole.find((part, index) => whole.indexOf(part) !== index);
  if (twice !== undefined) return { problem: `${twice} stands in it twice` };
  const parsed = parseNumberList(parts.map(String).join(','));
  if (parsed === null || parsed.some((number) => number < 1))
    return {
      problem: `"${parts.join(',')}" is not a list of whole numbers from 1, such as [1, 2, 4], 1-4 or 8,16,…,1024`,
    };
  return { value: parsed };
}

/** As flags read it. */
const as =
  (schema: z.ZodType) =>
  (value: unknown): Reading => {
    const read = schema.safeParse(String(value));
    return read.success
      ? { value: read.data }
      : { problem: read.error.issues.map(({ message }) => message).join('; ') };
  };

const count =
  (least: number) =>
  (value: unknown): Reading =>
    Number.isSafeInteger(Number(value)) && Number(value) >= least && String(value).trim() !== ''
      ? { value: Number(value) }
      : { problem: `"${value}" is not a whole number from ${least}` };

const text = (value: unknown): Reading =>
  typeof value === 'string' && value.trim() !== ''
    ? { value: value.trim() }
    : { problem: 'it is not a name' };

function switchOf(value: unknown): Reading {
  return onOff(typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value));
}

/** `{ sequence: [32, 128] }`, or `sequence=32,128` as a flag. */
function dims(value: unknown): Reading {
  const entries: [string, unknown][] =
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value)
      : [value].flat().map((one) => String(one).split('=') as [string, unknown]);
  const read = entries.map(([name, sizes]) => [name, numbers(sizes ?? '')] as const);
  const problems = read.flatMap(([name, sizes]) => ('problem' in sizes ? `${name}: ${sizes.problem}` : []));
  if (problems.length > 0) return { problem: problems.join('; ') };
  return {
    value: Object.fromEntries(read.map(([name, sizes]) => [name, 'value' in sizes ? sizes.value : []])),
  };
}

const values = (help: string, one: (text: string) => Reading): SweepKey => ({
  help,
  placeholder: 'list',
  perModel: true,
  read: (value) => list(value, one),
});
const sizes = (help: string): SweepKey => ({ help, placeholder: 'list', perModel: true, read: numbers });
const single = (help: string, placeholder: string, read: SweepKey['read']): SweepKey => ({
  help,
  placeholder,
  perModel: false,
  read,
});

/** Precisions that can be asked for. */
export const precisionNames = [
  'original',
  'int8-dynamic',
  'int8-calibrated',
  'int4-weights',
  'bf16',
  'fp16',
] as const;

/** Every key of a sweep but `models`, as files write it; as a flag it has two dashes before it. */
export const sweepKeys = {
  lengths: sizes('sequence lengths, e.g. 32,128,512'),
  dims: { help: 'sizes of a free dimension: NAME=LIST', placeholder: 'sizes', perModel: true, read: dims },
  batches: sizes('e.g. 1,2,4,…,64 or 1-32; default: 1,2,4,8,16'),
  threads: sizes('intra-op threads of an instance; default: powers of two up to the cores'),
  modes: values(
    'alone (the other cores idle, the default), together (they run replicas)',
    oneOf('alone', 'together'),
  ),
  totals: sizes('items that 1, 2, 4 … instances on all cores share'),
  'inter-op-threads': sizes('threads that run operators side by side; default: 1'),
  precisions: values(`of ${precisionNames.join(', ')}; default: original`, (one) =>
    oneOf(...precisionNames)(one === 'fp32' ? 'original' : one),
  ),
  optimizations: values(
    'graph optimization, of disabled, basic, extended, all; default: all',
    oneOf('disabled', 'basic', 'extended', 'all'),
  ),
  mappings: values('sequential, interleave; default: sequential', oneOf('sequential', 'interleave')),
  'hardware-threads': values('off, on; default: off', onOff),
  pinned: values('on, off; default: on', onOff),
  memory: values('default, local, bind:NODES, interleave:NODES; default: default', (one) =>
    as(memoryPolicy)(one),
  ),
  allocators: values('glibc, tcmalloc, jemalloc, mimalloc; default: glibc', (one) => ({ value: one })),
  'huge-pages': values('system (as it is), off, malloc; default: system', oneOf('system', 'off', 'malloc')),
  spinning: values('in-runs, on, off; default: in-runs', oneOf('in-runs', 'on', 'off')),
  name: single('what the study is called', 'name', text),
  design: single(
    'factorial: every combination of settings; one-at-a-time: each against the first values',
    'design',
    (value) => oneOf('factorial', 'one-at-a-time')(String(value)),
  ),
  cores: single('physical cores to use; default: all usable ones', 'n', count(1)),
  engine: single('onnxruntime, or null[:delay=MS,item-delay=MS,flops=N] for tests', 'engine', text),
  interval: single(
    'a cell is done when its median is known to ± this share; default: 1%',
    'share',
    as(share),
  ),
  warmup: single('exactly so many runs before those that count', 'n', count(0)),
  iterations: single('exactly so many counted runs a cell, instead of the stopping rule', 'n', count(1)),
  'min-runs': single('counted runs of a cell at the least; default: 9', 'n', count(1)),
  ceiling: single('a cell is not measured longer; default: 12s', 'time', as(duration)),
  budget: single('no measuring beyond, e.g. 30m', 'time', as(duration)),
  utilisation: single(
    'record how busy each core is over a run, unpinned and pinned: on, off',
    'on|off',
    switchOf,
  ),
  peak: single("measure the machine's peak, for shares of it: on (default), off", 'on|off', switchOf),
  setup: single(
    'install the Python tools that make other precisions, where they are missing: on, off',
    'on|off',
    switchOf,
  ),
} as const satisfies Record<string, SweepKey>;

/** Name of a key. */
export type SweepKeyName = keyof typeof sweepKeys;
