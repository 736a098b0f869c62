import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { judgeThreshold, parseThreshold, type Threshold } from './thresholds.ts';

const parsed = (text: string): Threshold => {
  const threshold = parseThreshold(text);
  assert.ok(typeof threshold !== 'string', String(threshold));
  return threshold;
};

describe('parseThreshold', () => {
  it('reads times, rates, counts and shares', () => {
    assert.deepEqual(parsed('p99>50ms'), {
      text: 'p99>50ms',
      metric: 'p99',
      comparison: '>',
      bound: 50,
      ofSent: false,
    });
    assert.equal(parsed('p99.9 >= 1.5 s').bound, 1500);
    assert.equal(parsed('p50<=200us').bound, 0.2);
    assert.equal(parsed('goodput<100').bound, 100);
    assert.equal(parsed('errors>0').ofSent, false);
    const share = parsed('refused>1%');
    assert.deepEqual([share.bound, share.ofSent], [0.01, true]);
  });

  it('refuses everything else, and says why', () => {
    const wrong = ['', 'p99', 'p99>', '>5', 'p99=5ms', 'p99==5ms', 'p98>5ms', 'p99>5', 'p99>5m', 'p99>-5ms', 'p99>5msx', 'p99>1e3ms', 'errors>1ms', 'goodput<5%', 'rate<5ms', 'p99>5ms errors>0', '__proto__>1', 'constructor>1', 'P99>5ms', 'p99>NaNms']; // biome-ignore format: a table
    for (const text of wrong) assert.equal(typeof parseThreshold(text), 'string', text);
    assert.match(String(parseThreshold('p99>5')), /needs its unit/);
    assert.match(String(parseThreshold('p98>5ms')), /there are p50, p90/);
  });

  it('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseThreshold(text)));
  });
});

describe('judgeThreshold', () => {
  const judge = (text: string, value: number | null, sent = 200): boolean =>
    judgeThreshold(parsed(text), () => value, sent).failed;

  it('fails where the condition is met', () => {
    assert.deepEqual(
      [judge('p99>50ms', 50), judge('p99>50ms', 50.1), judge('p99>=50ms', 50)],
      [false, true, true],
    );
    assert.deepEqual([judge('goodput<100', 99), judge('goodput<100', 100)], [true, false]);
    assert.deepEqual([judge('refused>1%', 2), judge('refused>1%', 3)], [false, true]);
  });

  it('fails where the value is not known', () => {
    assert.ok(judge('p99>50ms', null));
    assert.ok(judge('refused>1%', 0, 0));
  });
});
