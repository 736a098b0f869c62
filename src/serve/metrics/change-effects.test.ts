import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SetChange } from '../types.ts';
import { ChangeEffects, effectMs, type LatencySnapshot } from './change-effects.ts';
import { LogHistogram } from './log-histogram.ts';

/** A second each, in which requests take what `latencyMs` says; looked at after each. */
class Clock {
  readonly changes: SetChange[] = [];
  private readonly effects = new ChangeEffects();
  private readonly histogram = new LogHistogram();
  private readonly history: LatencySnapshot[] = [];
  nowMs = 1_000_000;

  second(latencyMs: number, requests = 100): void {
    for (let at = 0; at < requests; at++) this.histogram.record(latencyMs * 1e6);
    this.nowMs += 1000;
    this.history.push({
      takenMs: this.nowMs,
      latency: this.histogram.buckets.slice(),
      sumNs: this.histogram.sumNs,
    });
    if (this.history.length > effectMs / 1000 + 2) this.history.shift();
    this.effects.tick(this.changes, this.history);
  }

  seconds(count: number, latencyMs: number, requests = 100): void {
    for (let at = 0; at < count; at++) this.second(latencyMs, requests);
  }

  begin(): SetChange {
    const change = { beganMs: this.nowMs, state: 'loading', effect: null } as SetChange;
    this.changes.push(change);
    return change;
  }
}

const near = (seen: number | undefined, expected: number): void =>
  assert.ok(seen !== undefined && Math.abs(seen / expected - 1) < 0.07, `${seen} beside ${expected}`);

describe('ChangeEffects', () => {
  it('tells what requests saw before a change, during it and after it', () => {
    const clock = new Clock();
    clock.seconds(40, 100);
    const change = clock.begin();
    clock.seconds(5, 200);
    assert.equal(change.effect!.after, null);
    near(change.effect!.during!.meanMs, 200);
    change.state = 'done';
    clock.seconds(1, 200);
    clock.seconds(40, 20);
    const { before, during, after } = change.effect!;
    assert.deepEqual([before!.seconds, before!.requests], [30, 3000]);
    assert.deepEqual([during!.seconds, during!.requests], [6, 600]);
    assert.deepEqual([after!.seconds, after!.requests], [30, 3000]);
    for (const [seen, ms] of [[before, 100], [during, 200], [after, 20]] as const) {
      near(seen!.meanMs, ms);
      near(seen!.p99Ms, ms);
    } // biome-ignore format: a table
  });

  it('ends what comes after a change where the next one begins, and begins what was before there', () => {
    const clock = new Clock();
    clock.seconds(40, 100);
    const first = clock.begin();
    first.state = 'done';
    clock.second(50);
    clock.seconds(10, 20);
    const second = clock.begin();
    second.state = 'failed';
    clock.second(50);
    clock.seconds(10, 40);
    near(first.effect!.after!.meanMs, 20);
    assert.equal(first.effect!.after!.seconds, 10);
    near(second.effect!.before!.meanMs, 20);
    assert.equal(second.effect!.before!.seconds, 10);
    near(second.effect!.after!.meanMs, 40);
  });

  it('says nothing where nothing was answered', () => {
    const clock = new Clock();
    clock.second(1);
    const change = clock.begin();
    clock.seconds(3, 1, 0);
    change.state = 'done';
    clock.seconds(40, 1, 0);
    assert.deepEqual(change.effect, { before: null, during: null, after: null });
  });
});
