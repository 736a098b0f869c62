import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Preprocess } from '../preprocess/index.ts';
import type { OutputTensor } from '../types.ts';
import { answerText, predictionsText } from './write-answer.ts';

const output = (name: string, shape: readonly number[], values: readonly number[]): OutputTensor => ({
  name,
  type: 'float32',
  shape,
  data: [new Uint8Array(Float32Array.from(values).buffer)],
});
const work = {
  resize: 8,
  cropHeight: 8,
  cropWidth: 8,
  normalise: null,
  layout: 'NCHW',
  channels: 'RGB',
  type: 'uint8',
} as const;
const images = (labels: readonly string[] | null, scores: 'logits' | 'probabilities' = 'probabilities'): Preprocess => ({
  kind: 'image', input: 'x', work, scores, labels,
}); // biome-ignore format: a table

test('the five likeliest classes, the likeliest first, also where numbers name them', () => {
  const scores = output('y', [1, 6], [0.125, 0.5, 0, 0.25, 0.0625, 0.0625]);
  const text = answerText([scores], { preprocess: images(null), single: true });
  assert.equal(text, '{"1": 0.5, "3": 0.25, "0": 0.125, "4": 0.0625, "5": 0.0625}');
  const named = images(['a', 'cat', 'c', 'dog', 'e', 'a']);
  assert.equal(
    answerText([scores], { preprocess: named, single: false }),
    '[{"cat": 0.5, "dog": 0.25, "a": 0.125, "e": 0.0625}]',
  );
});

test('logits become probabilities, however large they are', () => {
  const text = answerText([output('y', [1, 2], [5000, 5000])], {
    preprocess: images(null, 'logits'),
    single: true,
  });
  assert.deepEqual(JSON.parse(text), { 0: 0.5, 1: 0.5 });
  const broken = answerText([output('y', [1, 2], [Number.NaN, 1])], {
    preprocess: images(null, 'logits'),
    single: true,
  });
  assert.deepEqual(JSON.parse(broken), { 0: null, 1: null });
});

test('other outputs are arrays in arrays, several an object of them', () => {
  const a = output('a', [2, 1, 2], [1, 2, 3, 4]);
  const b = output('b', [2], [5, 6]);
  const form = { preprocess: null, single: false };
  assert.equal(answerText([a], form), '[[[1, 2]], [[3, 4]]]');
  assert.deepEqual(JSON.parse(answerText([a, b], form)), { a: [[[1, 2]], [[3, 4]]], b: [5, 6] });
  assert.deepEqual(JSON.parse(answerText([output('a', [1, 2], [1, 2])], { ...form, single: true })), [1, 2]);
  assert.deepEqual(JSON.parse(predictionsText([a, b], null)), {
    predictions: [
      { a: [[1, 2]], b: 5 },
      { a: [[3, 4]], b: 6 },
    ],
  });
  assert.throws(() => predictionsText([a, output('b', [3], [1, 2, 3])], null), /fall into items/);
  assert.equal(answerText([output('s', [], [7])], form), '{"s": 7}');
});
