import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { defaultReportFile } from '../src/cli/default-report-file.ts';
import type { Question } from '../src/cli/measure.ts';
import { sixteenCoreData } from './support/report-data.ts';

const { machine, model } = sixteenCoreData();
const question: Question = {
  model: { ...model, name: 'bert' },
  items: 32,
  cores: 4,
  dims: {},
  engine: {
    engine: 'onnxruntime',
    modelFile: '/bert.onnx',
    optimization: 'all',
    spinAfterRun: false,
    signature: { inputs: [], outputs: [] },
  },
  placement: {
    machine,
    cores: 4,
    mapping: 'sequential',
    hardwareThreads: false,
    memoryPolicy: { mode: 'default' },
  },
};
const nameOf = (change: Partial<Question>): string =>
  basename(defaultReportFile('.thinfer', { ...question, ...change }));

describe('the default name of a page', () => {
  it('says model, items and cores', () => {
    assert.equal(defaultReportFile('.thinfer', question), '.thinfer/reports/bert-32-items-4-cores.html');
    assert.equal(nameOf({ items: 1, cores: 1 }), 'bert-1-item-1-core.html');
  });

  it('says dimensions, and what is not as by default', () => {
    const { engine, placement } = question;
    const cases: [Partial<Question>, string][] = [
      [{ dims: { sequence: 128, 'past length/2': 7 } }, '4-cores-sequence-128-past-length-2-7'],
      [{ engine: { ...engine, engine: 'null:delay=2,flops=9' } }, '4-cores-null-delay-2-flops-9'],
      [{ engine: { ...engine, optimization: 'basic' } }, '4-cores-optimization-basic'],
      [{ engine: { ...engine, spinAfterRun: true } }, '4-cores-spin'],
      [{ placement: { ...placement, mapping: 'interleave' } }, '4-cores-mapping-interleave'],
      [{ placement: { ...placement, hardwareThreads: true } }, '4-hardware-threads'],
      [{ placement: { ...placement, memoryPolicy: { mode: 'local' } } }, '4-cores-memory-local'],
      [
        { placement: { ...placement, memoryPolicy: { mode: 'bind', nodes: [0, 1] } } },
        '4-cores-memory-bind-0-1',
      ],
    ];
    for (const [change, words] of cases) assert.equal(nameOf(change), `bert-32-items-${words}.html`);
  });

  it('is a hash where a file could not bear it, another one for another question', () => {
    const long = { model: { ...model, name: '模'.repeat(60) }, dims: { ['n'.repeat(60)]: 3 } };
    const [one, other] = [nameOf(long), nameOf({ ...long, items: 33 })];
    assert.match(one, /^模{40}-[0-9a-f]{32}-\d+\.html$/);
    assert.notEqual(one, other);
  });
});
