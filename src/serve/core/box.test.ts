import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { boxOf } from './box.ts';

describe('a box within a tensor', () => {
  it('is one row where only its first dimension is smaller', () => {
    assert.deepEqual(boxOf([8, 3, 2], [5, 3, 2]), { rowLength: 30, rowsAt: [0] });
    assert.deepEqual(boxOf([4], [4]), { rowLength: 4, rowsAt: [0] });
    assert.deepEqual(boxOf([2, 4, 3], [2, 2, 3]), { rowLength: 6, rowsAt: [0, 12] });
  });

  it('holds the elements with its indexes, in order', () => {
    const sizes = fc.array(
      fc
        .integer({ min: 1, max: 4 })
        .chain((whole) => fc.tuple(fc.constant(whole), fc.integer({ min: 1, max: whole }))),
      { minLength: 1, maxLength: 4 },
    );
    fc.assert(
      fc.property(sizes, (pairs) => {
        const shape = pairs.map(([whole]) => whole);
        const part = pairs.map(([, own]) => own);
        const { rowLength, rowsAt } = boxOf(shape, part);
        const found = rowsAt.flatMap((at) => Array.from({ length: rowLength }, (_, index) => at + index));
        let wanted: { readonly at: number; readonly within: boolean }[] = [{ at: 0, within: true }];
        for (const [whole, own] of pairs)
          wanted = wanted.flatMap(({ at, within }) =>
            Array.from({ length: whole }, (_, index) => ({
              at: at * whole + index,
              within: within && index < own,
            })),
          );
        assert.deepEqual(
          found,
          wanted.filter(({ within }) => within).map(({ at }) => at),
        );
      }),
    );
  });
});
