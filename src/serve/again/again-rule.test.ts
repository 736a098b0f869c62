import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AgainLook, AgainRule } from './again-rule.ts';

const everyMs = 500;

/** Two cores, looked at twice a second, with a given share of them busy. */
class Watched {
  readonly rule = new AgainRule({ cores: 2, calmMs: 60_000 });
  private nowMs = 0;
  private busyCoreMs = 0;

  for(seconds: number, busy: number, seen: Partial<AgainLook> = {}): this {
    for (let left = seconds * 1000; left > 0; left -= everyMs) {
      this.nowMs += everyMs;
      this.busyCoreMs += busy * 2 * everyMs;
      const usual = { isQuietHour: true, waits: false, changes: false };
      this.rule.note({ nowMs: this.nowMs, busyCoreMs: this.busyCoreMs, ...usual, ...seen });
    }
    return this;
  }
}

test('it begins after a minute of little load', () => {
  const watched = new Watched().for(60, 0.08);
  assert.equal(watched.rule.mayBegin, false);
  assert.equal(watched.for(1, 0.08).rule.mayBegin, true);
  assert.equal(new Watched().for(120, 0.12).rule.mayBegin, false);
});

test('it does not begin outside quiet hours, while something waits, or during a change', () => {
  for (const seen of [{ isQuietHour: false }, { waits: true }, { changes: true }])
    assert.equal(new Watched().for(70, 0.05).for(0.5, 0.05, seen).rule.mayBegin, false, JSON.stringify(seen));
});

test('a burst is not over before a minute has passed', () => {
  const watched = new Watched().for(70, 0.02).for(15, 1);
  assert.equal(watched.for(40, 0).rule.mayBegin, false);
  assert.equal(watched.for(20, 0).rule.mayBegin, true);
});

test('it goes on under the load it began with, and ends within seconds of a rise', () => {
  const watched = new Watched().for(70, 0.1).for(30, 0.2);
  assert.equal(watched.rule.breakOff, null);
  assert.match(watched.for(3, 0.9).rule.breakOff!, /batches keep \d+ % of the cores busy/);
});

test('it ends when requests wait at two looks, a change begins, or the hours are over', () => {
  const watched = new Watched().for(70, 0.05).for(0.5, 0.05, { waits: true });
  assert.equal(watched.rule.breakOff, null);
  assert.equal(watched.for(0.5, 0.05, { waits: true }).rule.breakOff, 'requests wait');
  assert.match(watched.for(0.5, 0.05, { changes: true }).rule.breakOff!, /being changed/);
  assert.match(watched.for(0.5, 0.05, { isQuietHour: false }).rule.breakOff!, /hours are over/);
});

test('after it was broken off another calm minute has to come', () => {
  const watched = new Watched().for(70, 0.05);
  watched.rule.restart();
  assert.equal(watched.for(60, 0.05).rule.mayBegin, false);
  assert.equal(watched.for(1, 0.05).rule.mayBegin, true);
});

test('a model that is unloaded is no load', () => {
  const watched = new Watched().for(70, 0.05);
  watched.rule.note({ nowMs: 70_500, busyCoreMs: 0, isQuietHour: true, waits: false, changes: false });
  assert.equal(watched.rule.breakOff, null);
});
