import { powersUpTo } from '../../profile/grid.ts';

/** A preset as a file would have it, before it is checked. */
export type SweepFile = Readonly<Record<string, unknown>>;

/** A published experiment, scaled to a machine. */
export interface Preset {
  readonly name: string;
  /** What was published, and on what. */
  readonly description: string;
  /** @param cores T of the machine at hand. */
  readonly file: (cores: number) => SweepFile;
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** The published batches reach 1024 on 16 cores: 64 items a core. */
const largestBatch = (cores: number): number => Math.min(1024, 64 * 2 ** Math.ceil(Math.log2(cores)));

/** The experiments of the documents that thinfer's pages follow. */
export const presets: readonly Preset[] = [
  {
    name: 'packrat',
    description:
      'Packrat, BERT and ResNet-50 on 1 to 16 cores: batches 1 to 1024, without and with graph optimizations, both mappings',
    file: (cores) => ({
      models: ['bert-base-uncased', 'resnet50'],
      threads: upTo(cores),
      batches: powersUpTo(largestBatch(cores)),
      optimizations: ['all', 'disabled'],
      mappings: ['sequential', 'interleave'],
      design: 'one-at-a-time',
    }),
  },
  {
    name: 'packrat-granular',
    description: 'Packrat, ResNet-50 on 1 to 16 cores: each batch from 1 to 32, then doubling to 1024',
    file: (cores) => ({
      models: ['resnet50'],
      threads: upTo(cores),
      batches: [...new Set([...upTo(32), ...powersUpTo(largestBatch(cores))])].sort((a, b) => a - b),
    }),
  },
  {
    name: 'packrat-ht',
    description: 'Packrat, BERT with and without hardware threads: 1 to 16 threads, with them to 32',
    file: (cores) => ({
      models: ['bert-base-uncased'],
      threads: upTo(2 * cores),
      batches: powersUpTo(largestBatch(cores)),
      'hardware-threads': ['off', 'on'],
    }),
  },
  {
    name: 'hf-part1',
    description:
      'Hugging Face, BERT-like models on CPU, part 1: core count scaling at lengths 32, 128, 512; hardware threads; 1, 2, 4 … instances at a total batch of 8; utilisation unpinned and pinned',
    file: (cores) => ({
      models: ['bert-base-cased'],
      lengths: [32, 128, 512],
      batches: [1, 4, 8],
      threads: powersUpTo(cores),
      totals: [8],
      'hardware-threads': ['off', 'on'],
      pinned: ['on', 'off'],
      design: 'one-at-a-time',
      utilisation: 'on',
    }),
  },
  {
    name: 'nvidia-inference',
    description:
      'NVIDIA, BERT for TensorFlow, inference: base and large, lengths 128 and 384, batches 1 to 8, two precisions, percentiles to 100 %',
    file: (cores) => ({
      models: ['bert-base-uncased', 'bert-large-uncased'],
      lengths: [128, 384],
      batches: [1, 2, 4, 8],
      threads: [cores],
      precisions: ['original', 'int8-dynamic'],
      'min-runs': 100,
      ceiling: '60s',
    }),
  },
];
