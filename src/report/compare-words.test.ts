import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ComparedCell } from '../compare/index.ts';
import { compareHeatChart } from './compare-heat-chart.ts';
import { formatExactShare, quotientFormat, ratioWords } from './compare-words.ts';
import { renderChart } from './render-chart.ts';

const slower: ComparedCell = {
  columns: {},
  threads: 1,
  batch: 1,
  a: 10,
  b: 12,
  visitsA: 3,
  visitsB: 3,
  ratio: 1.2,
  interval: [1.1, 1.3],
  verdict: 'slower',
  obstacle: null,
  because: null,
  regression: true,
  within: false,
};

describe('numbers of a comparison', () => {
  it('never contradict a verdict by rounding', () => {
    const format = quotientFormat(0.05);
    assert.deepEqual([0.944, 1, 1.12, 12.34].map(format), ['0.944', '1.000', '1.120', '12.3']);
    assert.deepEqual([0.9998, 0.9995, 0.99997, 1.00003].map(format), [
      '0.9998',
      '0.9995',
      '0.99997',
      '1.00003',
    ]);
    // Beyond the threshold, and within it.
    assert.deepEqual([1.0503, 1.0498, 0.9524].map(format), ['1.0503', '1.0498', '0.9524']);
    assert.deepEqual([ratioWords(1.00003), ratioWords(0.958)], ['0.003 % slower', '4.2 % faster']);
    assert.deepEqual([0.05, 0.125, 0.0025, 0.999].map(formatExactShare), [
      '5.0 %',
      '12.5 %',
      '0.25 %',
      '99.9 %',
    ]);
  });

  it('stand in the cells of the map, where a difference of less than half a percent was shown', () => {
    const drawn = (ratio: number, width: number): string =>
      renderChart(compareHeatChart([{ ...slower, ratio }], width));
    assert.match(drawn(1.0004, 528), />1\.0004</);
    assert.match(drawn(0.9962, 528), />0\.996</);
    assert.match(drawn(1.0004, 92), />&gt;1</);
    assert.match(drawn(1.2, 92), />1\.20</);
  });
});
