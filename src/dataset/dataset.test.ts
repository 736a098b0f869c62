import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failedPoint, studyPoint } from '../../test/support/study-data.ts';
import type { Point, PointSettings } from '../profile/index.ts';
import { parseTable } from '../table/index.ts';
import {
  chooseVariant,
  datasetsOfPoints,
  datasetsOfTables,
  gridOfResults,
  gridsOfDatasets,
  type MeasuredCell,
  noFacts,
} from './index.ts';
import { keyOf, placeOfTable } from './place-of-table.ts';

const named = (file: string, text: string) => ({ name: file, file, table: parseTable(text, file) });
const latencies = 'benchmark,topology,intraop_threads,batch_size,latency(min),latency(avg),latency(max)\n';
const rates = 'benchmark,topology,intraop_threads,batch_size,throughput\n';
const rows = { latency: 'm_manual_a,sequential,1,4,9,10,12\n', rate: 'm_manual_a,sequential,1,4,300\n' };

describe('datasets of published tables', () => {
  it('take the throughput file beside a latency file for its column, and say so', () => {
    const [dataset, ...others] = datasetsOfTables([
      named('m/box/try/m_throughput.csv', rates + rows.rate),
      named('m/box/try/m_latency.csv', latencies + rows.latency),
    ]);
    assert.equal(others.length, 0);
    const [cell] = dataset!.cells as MeasuredCell[];
    assert.deepEqual([dataset!.key, dataset!.model, dataset!.machine.name], ['m-box-try', 'm', 'box']);
    assert.deepEqual(
      [cell!.latency.ms, cell!.latency.statistic, cell!.variant.optimization],
      [10, 'average', 'a'],
    );
    assert.deepEqual([Math.round(cell!.itemsPerSecond), cell!.throughputFrom], [300, 'published']);
    assert.deepEqual(cell!.origin, { kind: 'line', file: 'm/box/try/m_latency.csv', line: 2 });
  });

  it('bring files of other names together by their cells, and leave what fits nothing alone', () => {
    const other = named('z.csv', `${rates}m_manual_a,interleave,1,4,300\n`);
    const found = datasetsOfTables([
      named('x.csv', latencies + rows.latency),
      named('y.csv', rates + rows.rate),
      other,
    ]);
    assert.deepEqual(
      found.map(({ provenance, cells }) => [
        provenance.kind === 'published' && provenance.files,
        (cells[0] as MeasuredCell).throughputFrom,
      ]),
      [
        [['x.csv', 'y.csv'], 'published'],
        [['z.csv'], 'published'],
      ],
    );
  });

  it('tell machines of one CPU apart by their topology, and instances by the cores they share', () => {
    const head = `cpu_model,topology_hash,mode,cores,${latencies}`;
    const found = datasetsOfTables([
      named('a.csv', `${head}Xeon,aaaaaaaa,together,4,${rows.latency}Xeon,aaaaaaaa,alone,1,${rows.latency}`),
      named('b.csv', `${head}Xeon,bbbbbbbb,alone,1,${rows.latency}`),
    ]);
    assert.deepEqual(
      found.map(({ machine, cells }) => [machine.name, cells.map(({ variant }) => variant.mode)]),
      [
        ['Xeon, topology aaaaaa', ['together on 4', 'alone']],
        ['Xeon, topology bbbbbb', ['alone']],
      ],
    );
  });

  it('know machine and experiment from a path of Packrat’s form only', () => {
    assert.deepEqual(placeOfTable('/a/bert/cloudlab/ht/bert_latency.csv', 'x', 'bert'), {
      machine: 'cloudlab',
      experiment: 'ht',
    });
    assert.deepEqual(placeOfTable('/home/me/tables/bert.csv', 'mine', 'bert'), {
      machine: '',
      experiment: 'mine',
    });
  });
});

/** A point with other settings than the usual ones. */
function pointWith(point: Point, settings: Partial<PointSettings>): Point {
  return { ...point, settings: { ...point.settings, ...settings } };
}

const placesOf = (...points: Point[]) =>
  points.map((point) => ({ point, machine: {}, versions: { thinfer: '0' } }));

describe('datasets of own points', () => {
  const base = studyPoint({ threads: 1, medianMs: 10 });
  const { name, contentHash } = base.settings.model;

  it('are one for each size and machine; precisions of a model belong together', () => {
    const int8 = { precision: 'int8 dynamic', model: { name, contentHash: 'made' } };
    const found = datasetsOfPoints(
      placesOf(base, studyPoint({ threads: 1, sequence: 32, medianMs: 4 }), pointWith(base, int8)),
    );
    assert.deepEqual(
      found.map(({ dims, cells }) => [dims, cells.length]),
      [
        [{ sequence: 128 }, 2],
        [{ sequence: 32 }, 1],
      ],
    );
    const { usual, varying } = chooseVariant(found[0]!);
    assert.deepEqual([usual.mode, [...varying.keys()]], ['alone', ['precision']]);
  });

  it('tell two files of one name and precision apart', () => {
    const found = datasetsOfPoints(
      placesOf(base, pointWith(base, { model: { name, contentHash: 'other' } })),
    );
    assert.equal(new Set(found.map(({ key }) => key)).size, 2);
    assert.deepEqual(
      found.map(({ experiment }) => experiment).sort(),
      [`model ${contentHash.slice(0, 6)}`, 'model other'].sort(),
    );
    assert.ok(found.some(({ key }) => key.includes(contentHash.slice(0, 6).toLowerCase())));
  });

  it('keep failures, disturbances, percentiles and what is known beside', () => {
    const facts = { ...noFacts, flopsPerItem: () => 5, peakGflops: () => new Map([[1, 100]]) };
    const [dataset] = datasetsOfPoints(
      placesOf(
        studyPoint({ threads: 1, medianMs: 10, trusted: false }),
        failedPoint({ threads: 2, medianMs: 9 }),
      ),
      facts,
    );
    const [measured, failed] = dataset!.cells;
    assert.deepEqual(
      [measured!.state, measured!.state === 'measured' && measured!.trusted],
      ['measured', false],
    );
    assert.deepEqual(
      [failed!.state, failed!.state === 'failed' && failed!.failure],
      ['failed', 'out-of-memory'],
    );
    assert.deepEqual([dataset!.flopsPerItem, dataset!.machine.peakGflops?.get(1)], [5, 100]);
    assert.equal((measured as MeasuredCell).latency.percentiles['50'], 10);
  });

  it('have names that file systems take', () => {
    const [one, other] = ['a', 'b'].map((end) => keyOf('model'.repeat(200), end));
    assert.ok(one !== other && one!.length <= 120, one);
  });

  it('list what could not be measured, unless it has been since', () => {
    const skipped = ['threads 2', 'threads 64', 'allocator mimalloc'].map((setting) => ({
      setting,
      reason: 'not possible on this machine',
      cells: 1,
    }));
    const points = [1, 2].map((threads) => studyPoint({ threads, medianMs: 5 }));
    const [dataset] = datasetsOfPoints(placesOf(...points), { ...noFacts, skipped: () => skipped });
    assert.deepEqual(
      dataset!.skipped.map(({ setting }) => setting),
      ['threads 64', 'allocator mimalloc'],
    );
  });

  it('know the peak of the engine that most cells are of', () => {
    const other = pointWith(base, { engine: { name: 'null', version: '1' } });
    const own = [1, 2].map((threads) => studyPoint({ threads, medianMs: 5 }));
    const peakGflops = ({ engine }: PointSettings) => new Map([[1, engine.name === 'null' ? 1e5 : 100]]);
    const [dataset] = datasetsOfPoints(placesOf(other, ...own), { ...noFacts, peakGflops });
    assert.equal(dataset!.machine.peakGflops?.get(1), 100);
  });

  it('give a grid with the most threads of each size', () => {
    const points = [1, 2].flatMap((threads) =>
      [1, 8].map((batch) => studyPoint({ threads, batch, medianMs: batch })),
    );
    const [grid] = gridsOfDatasets(datasetsOfPoints(placesOf(...points)));
    assert.deepEqual(
      grid!.records.map(({ sequenceLength, batch, itemsPerSecond }) => [
        sequenceLength,
        batch,
        itemsPerSecond,
      ]),
      [
        [128, 1, 1000],
        [128, 8, 1000],
      ],
    );
    assert.match(grid!.population, /over the same runs: .* of 2 threads/);
  });
});

describe('grids of published results', () => {
  const measure = (quantity: string, statistic: string | null, value: number) => ({
    quantity,
    statistic,
    value,
    column: '',
  });
  const table = (...measures: ReturnType<typeof measure>[]) => ({
    name: '24-inference-card.csv',
    file: '24-inference-card.csv',
    columns: [],
    rateUnit: 'sent/s',
    notices: [],
    rows: [{ line: 2, dimensions: { model: 'base', sequence: 128, batch: 8, precision: 'fp16' }, measures }],
  });

  it('take each statistic by its percentile, and name what they can’t be over', () => {
    const grid = gridOfResults(
      table(
        measure('throughput', 'average', 963),
        measure('latency', null, 13.6),
        measure('latency', 'p99', 8.8),
        measure('latency', 'max', 5000),
      ),
    );
    assert.equal(grid!.key, 'grid-card');
    assert.deepEqual(grid!.records[0]!.latencyMs, { average: 13.6, '99': 8.8, '100': 5000 });
    assert.match(grid!.population, /In 1 of 1 cells the average is above the 99th percentile/);
  });

  it('are none where there is no latency', () => {
    assert.equal(gridOfResults(table(measure('throughput', null, 963))), null);
  });
});
