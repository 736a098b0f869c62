import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchCells, type SideCell } from './index.ts';

describe('matching', () => {
  const at = (columns: Readonly<Record<string, string>>, batch = 1): SideCell => ({
    columns,
    threads: 1,
    batch,
    measurement: { state: 'average', latencyMs: 1, minMs: null, maxMs: null },
    modelHash: 'abc',
    method: '1',
    source: 'a point',
    runs: [],
  });

  it('leaves out what is meant to differ, and takes numbers as numbers', () => {
    const { cells, unmatched } = matchCells(
      [at({ allocator: 'glibc', cores: '2', pinning: 'taskset' })],
      [at({ allocator: 'jemalloc', cores: '2.0' })],
      new Set(['allocator']),
    );
    assert.equal(cells.length, 1);
    assert.ok(cells[0]!.a !== null && cells[0]!.b !== null);
    assert.deepEqual(unmatched, ['pinning']);
  });

  it('says what cells of one side can not be told apart by, and what never agrees', () => {
    const { ambiguous, disjoint } = matchCells(
      [at({ benchmark: 'bert', allocator: 'glibc' }), at({ benchmark: 'bert', allocator: 'jemalloc' })],
      [at({ benchmark: 'resnet', allocator: 'glibc' })],
      new Set(['allocator']),
    );
    assert.deepEqual(ambiguous, [{ side: 'A', column: 'allocator', values: ['glibc', 'jemalloc'] }]);
    assert.deepEqual(disjoint, [{ column: 'benchmark', a: ['bert'], b: ['resnet'] }]);
  });

  it('takes a dimension that some points of a side lack for one of theirs, on the other side too', () => {
    const tiny = at({ benchmark: 'tiny' });
    const bert = ['8', '32'].map((sequence) => at({ benchmark: 'bert', sequence }));
    const { cells, ambiguous, unmatched } = matchCells([tiny, ...bert], [tiny], new Set());
    assert.deepEqual([ambiguous, unmatched], [[], []]);
    assert.deepEqual(
      cells.map(({ columns, b }) => [columns['benchmark'], columns['sequence'], b !== null]),
      [
        ['bert', '8', false],
        ['bert', '32', false],
        ['tiny', '', true],
      ],
    );
    // Tables may lack what they like.
    const ofTable = [tiny, ...bert].map((one) => ({ ...one, modelHash: null }));
    assert.deepEqual(matchCells(ofTable, ofTable.slice(0, 1), new Set()).unmatched, ['sequence']);
  });

  it('says that nothing but the content tells cells apart', () => {
    const two = ['28ed12aaaaaaaaaa', 'f84212aaaaaaaaaa'].map((modelHash) => ({ ...at({}), modelHash }));
    const valuesOf = (cells: readonly SideCell[]) => matchCells([], cells, new Set()).ambiguous;
    assert.deepEqual(valuesOf(two), [
      { side: 'B', column: 'model_hash', values: ['28ed12aaaaaa', 'f84212aaaaaa'] },
    ]);
    assert.deepEqual(valuesOf([at({}), { ...at({}), method: '2' }]), [
      { side: 'B', column: 'method', values: ['1', '2'] },
    ]);
  });

  it('puts cells in the order of columns, batch and threads', () => {
    const cells = [{ ...at({ dims: '128' }, 2), threads: 2 }, at({ dims: '128' }, 2), at({ dims: '32' }, 8)];
    const { cells: matched } = matchCells(cells, [], new Set());
    assert.deepEqual(
      matched.map(({ columns, batch, threads }) => [columns['dims'], batch, threads]),
      [
        ['32', 8, 1],
        ['128', 2, 1],
        ['128', 2, 2],
      ],
    );
  });
});
