import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wakeUpFinding } from './wake-up.ts';

describe('wakeUpFinding', () => {
  it('names the largest factor of the short sets', () => {
    const rows = [
      { predictedMs: 0.02, medianMs: 0.068 },
      { predictedMs: 0.1, medianMs: 0.15 },
      { predictedMs: 20, medianMs: 200 },
      { predictedMs: null, medianMs: 9 },
    ];
    assert.match(wakeUpFinding(rows)!, /^Took up to 3\.40 times as long .* sets of less than 1 ms/);
  });

  it('is silent where sets are long, or as fast as predicted', () => {
    assert.equal(wakeUpFinding([{ predictedMs: 1, medianMs: 9 }]), null);
    assert.equal(wakeUpFinding([{ predictedMs: 0.8, medianMs: 0.99 }]), null);
    assert.equal(wakeUpFinding([]), null);
  });
});
