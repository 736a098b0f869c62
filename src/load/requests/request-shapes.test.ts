import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RandomStream } from '../../model/index.ts';
import { parseSizes } from './parse-sizes.ts';
import { shapesOf } from './request-shapes.ts';

describe('parseSizes', () => {
  it('reads a number, a list with its repetitions, and a range', () => {
    assert.deepEqual(parseSizes('128'), [128]);
    assert.deepEqual(parseSizes('1, 1,8'), [1, 1, 8]);
    assert.deepEqual(parseSizes('1-4'), [1, 2, 3, 4]);
    assert.deepEqual(parseSizes('7-7'), [7]);
  });

  it('takes 32 evenly spaced sizes of a longer range, with both ends', () => {
    const sizes = parseSizes('16-512')!;
    assert.equal(new Set(sizes).size, 32);
    assert.deepEqual([sizes[0], sizes.at(-1)], [16, 512]);
    const gaps = sizes.slice(1).map((size, at) => size - sizes[at]!);
    assert.ok(Math.max(...gaps) - Math.min(...gaps) <= 1, `${gaps}`);
  });

  it('refuses anything else', () => {
    const tooMany = Array.from({ length: 101 }, () => '1').join(',');
    for (const text of ['', '0', '-1', '1.5', '4-2', '0-3', '1-2-3', '1,x', '2000000', '1,', tooMany])
      assert.equal(parseSizes(text), null, text);
  });
});

describe('shapesOf', () => {
  const { shapes, next } = shapesOf({ items: [1, 8], dims: { sequence: [32, 64, 64, 64] } });

  it('has every choice once', () => {
    assert.deepEqual(shapes, [
      { items: 1, dims: { sequence: 32 } },
      { items: 1, dims: { sequence: 64 } },
      { items: 8, dims: { sequence: 32 } },
      { items: 8, dims: { sequence: 64 } },
    ]);
  });

  it('draws by weight, the same for the same seed', () => {
    const drawn = (seed: number): number[] => {
      const random = new RandomStream(seed, 'test');
      return Array.from({ length: 4000 }, () => next(random));
    };
    const counts = shapes.map((_, shape) => drawn(1).filter((one) => one === shape).length);
    // Eighths and three eighths of 4000, with a standard deviation of at most 31.
    for (const [at, expected] of [500, 1500, 500, 1500].entries())
      assert.ok(Math.abs(counts[at]! - expected) < 160, `${counts}`);
    assert.deepEqual(drawn(1), drawn(1));
    assert.notDeepEqual(drawn(1), drawn(2));
  });

  it('refuses more shapes than inputs are made for', () => {
    const many = Array.from({ length: 100 }, (_, at) => at + 1);
    assert.throws(() => shapesOf({ items: many, dims: { a: many, b: [1, 2] } }), /20000 different shapes/);
  });
});
