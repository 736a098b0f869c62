import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalQuantile, RandomStream } from './random.ts';

test('the same seed and name give the same stream, others give others', () => {
  const draw = (seed: number, name: string): number[] => {
    const stream = new RandomStream(seed, name);
    return Array.from({ length: 8 }, () => stream.nextInt32());
  };
  assert.deepEqual(draw(1, 'a'), draw(1, 'a'));
  assert.notDeepEqual(draw(1, 'a'), draw(2, 'a'));
  assert.notDeepEqual(draw(1, 'a'), draw(1, 'b'));
});

test('quantiles of the normal distribution equal published ones', () => {
  const table = [
    [0.5, 0],
    [0.975, 1.959963984540054],
    [0.025, -1.959963984540054],
    [0.999, 3.090232306167813],
    [0.0001, -3.719016485455709],
  ] as const;
  for (const [probability, value] of table)
    assert.ok(Math.abs(normalQuantile(probability) - value) < 1e-8, `${probability}`);
});

test('normal values have the moments asked for', () => {
  const values = new Float32Array(1_000_001);
  new RandomStream(7).fillNormal(values, 2, 3);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  // Five standard errors.
  assert.ok(Math.abs(mean - 2) < 0.015, `mean ${mean}`);
  assert.ok(Math.abs(variance - 9) < 0.065, `variance ${variance}`);
});

test('uniform values and integers keep their range', () => {
  const stream = new RandomStream(3);
  const values = new Float32Array(10_000);
  stream.fillUniform(values, 0.5, 1.5);
  assert.ok(values.every((value) => value >= 0.5 && value <= 1.5));
  const integers = Array.from({ length: 10_000 }, () => stream.nextInteger(-2, 3));
  assert.deepEqual(
    [...new Set(integers)].sort((a, b) => a - b),
    [-2, -1, 0, 1, 2],
  );
});
