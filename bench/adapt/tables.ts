import { join, resolve } from 'node:path';

const data = resolve(import.meta.dirname, '../../test/data/packrat');

const table = (file: string, where: string): readonly string[] => [
  ...['--table', join(data, file)],
  ...['--where', where],
];

/** Published 16-core tables, as the words that name one on the command line. */
export const tables = [
  {
    model: 'BERT',
    words: table(
      'bert/cloudlab/large-batches/bert_latency.csv',
      'benchmark=bert_manual_script,topology=sequential',
    ),
  },
  {
    model: 'ResNet-50',
    words: table(
      'resnet/cloudlab/large-batches/resnet_latency.csv',
      'benchmark=resnet_manual_script,topology=sequential',
    ),
  },
];
