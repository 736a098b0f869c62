import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { drawInterval } from './draw-interval.ts';
import {
  describeGroups,
  formatBytes,
  formatCpuList,
  formatGroups,
  formatInterval,
  formatMs,
  formatNumber,
  formatRatio,
  formatSi,
  formatTime,
  formatTuples,
  joinWords,
} from './format.ts';
import { escapeHtml, html } from './html.ts';
import { logScale } from './log-scale.ts';
import { spread } from './spread.ts';

describe('format', () => {
  it('numbers have three digits and never an exponent', () => {
    const expected: [number, string][] = [
      [0, '0'],
      [0.000012345, '0.0000123'],
      [0.085, '0.0850'],
      [9.999, '10.0'],
      [12.345, '12.3'],
      [99.96, '100'],
      [1234.5, '1,235'],
      [Number.NaN, '–'],
    ];
    for (const [value, text] of expected) assert.equal(formatNumber(value), text);
  });

  it('units and ratios', () => {
    assert.equal(formatMs(12.345), '12.3 ms');
    assert.equal(formatMs(12_345), '12.3 s');
    assert.equal(formatRatio(1.1234), '1.12');
    assert.equal(formatRatio(1.0012), '1.001');
    assert.equal(formatRatio(1), '1.00');
    assert.equal(formatRatio(12.34), '12.3');
    assert.equal(formatInterval([1.09, 1.151], formatRatio), '1.09–1.15');
    assert.equal(formatBytes(1.5 * 2 ** 30), '1.50 GiB');
    assert.equal(formatBytes(0), '0 bytes');
    assert.equal(formatSi(8.18e9), '8.18 G');
  });

  it('configurations', () => {
    const groups = [
      { instances: 1, threads: 8, batch: 16 },
      { instances: 4, threads: 2, batch: 1 },
    ];
    assert.equal(formatGroups(groups), '1×8×16 + 4×2×1');
    assert.equal(formatTuples(groups), '⟨1,8,16⟩ + ⟨4,2,1⟩');
    assert.equal(
      describeGroups(groups),
      '1 instance × 8 threads × 16 items + 4 instances × 2 threads × 1 item',
    );
    assert.equal(formatGroups([{ instances: 1, threads: 0, batch: 4 }]), '1×auto×4');
  });

  it('lists and times', () => {
    assert.equal(joinWords(['a', 'b', 'c']), 'a, b and c');
    assert.equal(joinWords([]), '');
    assert.equal(formatCpuList([3, 0, 1, 8]), '0-1,3,8');
    assert.equal(formatTime('2026-01-02T03:04:05.000Z'), '2026-01-02 03:04 UTC');
  });
});

describe('html', () => {
  it('escapes text, joins lists, leaves out nothing-values', () => {
    assert.equal(html`<p>${'<&>"\''}</p>`.text, '<p>&lt;&amp;&gt;&quot;&#39;</p>');
    assert.equal(html`${[html`<b>1</b>`, 2, null, false, undefined]}`.text, '<b>1</b>2');
    assert.equal(escapeHtml('a\u0000b\u0085'), 'a\uFFFDb\uFFFD');
  });
});

describe('spread', () => {
  it('moves labels apart, keeps their order, stays in range', () => {
    assert.deepEqual(spread([10, 40], 13, [0, 100]), [10, 40]);
    assert.deepEqual(spread([50, 50], 10, [0, 100]), [55, 45]);
    assert.deepEqual(spread([1, 2, 3], 10, [0, 100]), [0, 10, 20]);
    assert.deepEqual(spread([99, 98], 10, [0, 100]), [100, 90]);
    assert.deepEqual(spread([], 10, [0, 100]), []);
  });
});

describe('drawInterval', () => {
  it('cuts what lies far beyond the value', () => {
    assert.deepEqual(drawInterval([9, 12], 10), { ends: [9, 12], isCut: [false, false] });
    assert.deepEqual(drawInterval([0, Number.POSITIVE_INFINITY], 9), { ends: [3, 27], isCut: [true, true] });
  });
});

describe('logScale', () => {
  it('has two labels or more, whatever the range', () => {
    for (const least of [0.0011, 1.1, 7.3, 9990])
      for (const ratio of [1, 1.01, 1.5, 2, 10, 1e3, 1e6, 1e12]) {
        const { low, high, ticks } = logScale([least, least * ratio]);
        assert.ok(low < Math.log2(least) && high > Math.log2(least * ratio));
        assert.ok(ticks.every((tick) => tick >= low && tick <= high));
        assert.ok(ticks.length >= 2 && ticks.length <= 14, `${least} × ${ratio}: ${ticks.length} labels`);
      }
  });
});
