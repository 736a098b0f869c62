import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorOf } from './compare-outputs.ts';

describe('errorOf', () => {
  it('tells equal vectors, and those that point elsewhere', () => {
    assert.deepEqual(errorOf('y', [3, 4], [3, 4]), {
      output: 'y',
      cosine: 1,
      maxAbsError: 0,
      relativeError: 0,
    });
    const turned = errorOf('y', [3, 4], [4, -3]);
    assert.equal(turned.cosine, 0);
    assert.equal(turned.maxAbsError, 7);
    assert.equal(turned.relativeError, Math.SQRT2);
  });

  it('has no ratio where there is nothing to divide by', () => {
    const { cosine, relativeError, maxAbsError } = errorOf('y', [0, 0], [1, 0]);
    assert.deepEqual([cosine, relativeError, maxAbsError], [null, null, 1]);
  });

  it('refuses what is no number', () => {
    assert.throws(() => errorOf('y', [1, 2], [1, Number.NaN]), /output "y".* no numbers/);
    assert.throws(() => errorOf('y', [1, 2], [1, Number.POSITIVE_INFINITY]), /no numbers/);
  });
});
