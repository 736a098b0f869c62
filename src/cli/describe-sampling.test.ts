import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultRule } from '../profile/index.ts';
import { describeSampling } from './describe-sampling.ts';

const fixed = { ...defaultRule, fixed: { warmups: 1, iterations: 10 } };

describe('describeSampling', () => {
  it('names the adaptive rule and the fixed one', () => {
    assert.equal(
      describeSampling([defaultRule, { ...defaultRule }]),
      'until the median is known to ±1 %: at least 3 visits and 9 runs, at most 12 s',
    );
    assert.match(describeSampling([{ ...defaultRule, halfWidth: 0.005 }]), /±0\.5 %/);
    assert.equal(describeSampling([fixed]), 'exactly 1 warm-up run and 10 counted runs');
  });

  it('counts the points of each where they differ', () => {
    assert.match(
      describeSampling([fixed, defaultRule, fixed]),
      /^2 points: exactly 1 warm-up .*; 1 point: until/,
    );
    assert.equal(describeSampling([]), 'nothing was measured');
  });
});
