import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ThinferError } from '../errors.ts';
import { type GridCell, gridCells, powersUpTo } from './grid.ts';

const names = (cells: readonly GridCell[]): string[] =>
  cells.map(({ threads, batch, mode }) => `${threads}/${batch} ${mode}`);
const question = fc.record({
  cores: fc.integer({ min: 1, max: 64 }),
  items: fc.integer({ min: 1, max: 300 }),
});

describe('powersUpTo', () => {
  it('ends with the number itself', () => {
    assert.deepEqual(powersUpTo(1), [1]);
    assert.deepEqual(powersUpTo(8), [1, 2, 4, 8]);
    assert.deepEqual(powersUpTo(12), [1, 2, 4, 8, 12]);
  });
});

describe('gridCells', () => {
  it('begins with the equal sets that answer the question: thin, between, fat', () => {
    const cells = gridCells({ cores: 4, items: 16, modes: ['together'] });
    assert.deepEqual(names(cells).slice(0, 3), ['1/4 together', '2/8 together', '4/16 together']);
  });

  it('measures one replica on all cores once, as together', () => {
    const cells = gridCells({ cores: 2, items: 2, modes: ['together', 'alone'] });
    assert.deepEqual(names(cells), [
      '1/1 together', '2/2 together', '1/2 together', '2/1 together', '1/1 alone', '1/2 alone',
    ]); // biome-ignore format: cells
    assert.deepEqual(names(gridCells({ cores: 2, items: 1, threads: [2], modes: ['alone'] })), ['2/1 alone']);
  });

  it('takes the threads and batches that are given', () => {
    const cells = gridCells({ cores: 4, items: 16, threads: [3], batches: [5, 1, 5], modes: ['together'] });
    assert.deepEqual(new Set(names(cells)), new Set(['3/1 together', '3/5 together']));
    assert.equal(cells.length, 2);
  });

  it('refuses more threads than cores', () => {
    assert.throws(
      () => gridCells({ cores: 4, items: 1, threads: [2, 5, 8], modes: ['alone'] }),
      (error) =>
        error instanceof ThinferError && error.code === 'machine' && /5, 8 threads/.test(error.message),
    );
  });

  it('has each cell once, together before alone, and the cells of every equal set and baseline', () => {
    fc.assert(
      fc.property(question, ({ cores, items }) => {
        const cells = gridCells({ cores, items, modes: ['together', 'alone'] });
        assert.equal(new Set(names(cells)).size, cells.length);
        const firstAlone = cells.findIndex(({ mode }) => mode === 'alone');
        assert.ok(firstAlone < 0 || cells.slice(firstAlone).every(({ mode }) => mode === 'alone'));
        const together = new Set(names(cells.filter(({ mode }) => mode === 'together')));
        for (const threads of powersUpTo(cores)) {
          const instances = Math.min(items, Math.floor(cores / threads));
          assert.ok(
            together.has(`${threads}/${Math.ceil(items / instances)} together`),
            `${threads} threads`,
          );
        }
      }),
    );
  });
});
