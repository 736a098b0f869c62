import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CounterSnapshot } from './counters.ts';
import { diffCounters } from './diff-counters.ts';
import { judgeCounters } from './judge-counters.ts';
import type { ThreadCounters } from './thread-counters.ts';

const ms = 1_000_000;

function thread(cpuMs: number, more: Partial<ThreadCounters> = {}): ThreadCounters {
  return { stamp: `${cpuMs}`, cpuNs: cpuMs * ms, waitNs: 0, involuntarySwitches: 0, migrations: 0, ...more };
}

/** Two CPUs, one measured thread, the calling process on CPU 0. */
function snapshot(atMs: number, more: Partial<CounterSnapshot> = {}): CounterSnapshot {
  return {
    atNs: BigInt(atMs * ms),
    cpus: [0, 1],
    times: new Map([0, 1].map((cpu) => [cpu, { busyNs: 0, stealNs: 0 }])),
    taskNs: new Map([
      [0, 0],
      [1, 0],
    ]),
    threads: new Map([[7, thread(0)]]),
    ownThreads: new Map([[1, thread(0)]]),
    ownCpu: 0,
    throttled: { periods: 0, ns: 0 },
    pressureNs: 0,
    frequencyMhz: null,
    ...more,
  };
}

const kindsAfter = (atMs: number, more: Partial<CounterSnapshot>): string[] =>
  judgeCounters(diffCounters(snapshot(0), snapshot(atMs, more))).map((disturbance) => disturbance.kind);
const times = (busyMs: number, stealMs: number): CounterSnapshot['times'] =>
  new Map([0, 1].map((cpu) => [cpu, { busyNs: busyMs * ms, stealNs: stealMs * ms }]));
const taskTimes = (first: number, second: number): CounterSnapshot['taskNs'] =>
  new Map([
    [0, first * ms],
    [1, second * ms],
  ]);

describe('foreign work', () => {
  test('is what neither the measured nor the calling process did', () => {
    const after = snapshot(1000, {
      taskNs: taskTimes(900, 500),
      threads: new Map([[7, thread(900)]]),
      ownThreads: new Map([[1, thread(300)]]),
    });
    const delta = diffCounters(snapshot(0), after);
    assert.equal(delta.foreignShare, 0.1);
    assert.deepEqual(delta.busyByCpu, { 0: 0.9, 1: 0.5 });
    assert.deepEqual(
      judgeCounters(delta).map(({ kind, value, threshold, unit }) => ({ kind, value, threshold, unit })),
      [{ kind: 'foreign-load', value: 10, threshold: 3, unit: '%' }],
    );
  });

  test('the calling process does not count where it ran on other CPUs', () => {
    const after = snapshot(1000, {
      taskNs: taskTimes(100, 0),
      ownThreads: new Map([[1, thread(100)]]),
      ownCpu: 5,
    });
    assert.equal(diffCounters(snapshot(0, { ownCpu: 5 }), after).foreignShare, 0.05);
  });

  test('a thread begun between the snapshots is counted from zero', () => {
    const threads = new Map([
      [7, thread(100)],
      [8, thread(400)],
    ]);
    assert.deepEqual(kindsAfter(1000, { taskNs: taskTimes(100, 400), threads }), []);
  });

  test('ticks tell where the finer counter sees a part only', () => {
    const delta = diffCounters(
      snapshot(0),
      snapshot(1000, { taskNs: taskTimes(0, 0), times: times(500, 0) }),
    );
    assert.ok(Math.abs(delta.foreignShare - 0.43) < 1e-9, `${delta.foreignShare}`);
  });

  test('with ticks alone a short window is judged leniently, a long one strictly', () => {
    const coarse = { taskNs: new Map(), times: times(10, 0) };
    const short = diffCounters(snapshot(0, { taskNs: new Map() }), snapshot(50, coarse));
    assert.deepEqual(judgeCounters(short), []);
    const long = { taskNs: new Map(), times: times(50, 0) };
    const delta = diffCounters(snapshot(0, { taskNs: new Map() }), snapshot(1000, long));
    assert.deepEqual(
      judgeCounters(delta).map(({ kind }) => kind),
      ['foreign-load'],
    );
  });
});

describe('other disturbances', () => {
  test('a quiet window has none', () => assert.deepEqual(kindsAfter(1000, {}), []));

  test('steal, as far as the ticks can tell', () => {
    assert.deepEqual(kindsAfter(1000, { times: times(0, 30) }), ['steal']);
    assert.deepEqual(kindsAfter(50, { times: times(0, 10) }), []);
  });

  test('any throttling', () => {
    assert.deepEqual(kindsAfter(1000, { throttled: { periods: 1, ns: 0 } }), ['throttled']);
    assert.deepEqual(kindsAfter(1000, { throttled: null }), []);
  });

  test('waiting of the measured threads', () => {
    assert.deepEqual(kindsAfter(1000, { threads: new Map([[7, thread(0, { waitNs: 200 * ms })]]) }), [
      'pressure',
    ]);
  });

  test('pressure alone is not judged, since our own threads make it', () => {
    assert.deepEqual(kindsAfter(1000, { pressureNs: 900 * ms }), []);
    assert.equal(diffCounters(snapshot(0), snapshot(1000, { pressureNs: 900 * ms })).pressureShare, 0.9);
  });

  test('switches and migrations, unless so few that they are chance', () => {
    const after = (involuntarySwitches: number, migrations: number) => ({
      threads: new Map([[7, thread(0, { involuntarySwitches, migrations })]]),
    });
    assert.deepEqual(kindsAfter(1000, after(700, 200)), ['involuntary-switches', 'migrations']);
    assert.deepEqual(kindsAfter(10, after(9, 9)), []);
    assert.deepEqual(kindsAfter(1000, after(100, 10)), []);
  });
});
