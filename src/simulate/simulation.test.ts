import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { mean, sortSamples } from '../stats/index.ts';
import { streamOf } from './arrivals.ts';
import { simulate } from './simulation.ts';
import type { ChangeModel, Controller, SimulatedInstance, Stream } from './types.ts';

const one = (threads = 1, largestBatch = 1, firstCpu = 0): SimulatedInstance => ({
  threads,
  largestBatch,
  cpus: Array.from({ length: threads }, (_, k) => firstCpu + k),
});
const poisson = (requestsPerSecond: number, count: number, seed = 1): Stream =>
  streamOf({ requestsPerSecond, itemsPerRequest: 1, itemLength: 1, burstiness: 1, windowMs: 0 }, count, seed);

describe('simulate', () => {
  it('serves one after the other what comes to one instance', () => {
    const { latencyMs, endMs, busyMs, batches } = simulate(
      { arrivedMs: [0, 1, 30] },
      { instances: [one()], cores: 1, serviceMs: () => 10 },
    );
    assert.deepEqual([...latencyMs], [10, 19, 10]);
    assert.equal(endMs, 40);
    assert.equal(busyMs, 30);
    assert.equal(batches, 3);
  });

  it('has the mean wait of an M/D/1 queue', () => {
    // Pollaczek and Khinchine: ρ·s / (2(1 − ρ)) beside the service time s.
    const { latencyMs } = simulate(poisson(70, 200_000), {
      instances: [one()],
      cores: 1,
      serviceMs: () => 10,
    });
    const expected = 10 + (0.7 * 10) / (2 * 0.3);
    assert.ok(Math.abs(mean(sortSamples(latencyMs)) / expected - 1) < 0.03);
  });

  it('answers each request once, whatever comes', () => {
    const streams = fc.array(fc.record({ gap: fc.nat(20), items: fc.integer({ min: 1, max: 9 }) }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(streams, (requests) => {
        let at = 0;
        const arrivedMs = requests.map(({ gap }) => (at += gap));
        const { latencyMs, busyMs, endMs } = simulate(
          { arrivedMs, items: requests.map(({ items }) => items) },
          {
            instances: [one(2, 4), one(1, 2, 2)],
            cores: 3,
            serviceMs: (threads, items) => 2 + items / threads,
          },
        );
        assert.ok(latencyMs.every((ms) => ms >= 2.5));
        assert.ok(busyMs <= 3 * endMs);
      }),
    );
  });

  it('refuses what can not be done in time', () => {
    const { latencyMs } = simulate(
      { arrivedMs: [0, 0, 0] },
      { instances: [one()], cores: 1, serviceMs: () => 10, deadlineMs: 25 },
    );
    assert.deepEqual([...latencyMs], [10, 20, Number.NaN]);
  });
});

describe('a change of the set', () => {
  /** Two of one thread instead of one of two, decided at a moment. */
  const changeAt = (atMs: number, more: Partial<ChangeModel> = {}): Controller => ({
    everyMs: 10,
    arrived() {},
    cut() {},
    check: (nowMs, instances, _waiting, _standby, loading) =>
      nowMs < atMs || instances.length > 1 || loading
        ? null
        : {
            keep: [],
            batches: [],
            start: [one(1, 1, 0), one(1, 1, 1)],
            how: { loadCpuMs: 50, leastShare: 0.05, patienceMs: 1e9, slowdown: () => 1, leastMs: 0, ...more },
          },
  });

  it('takes the CPU time of loading on idle cores, and loses nothing', () => {
    const arrivedMs = Array.from({ length: 40 }, (_, k) => 10 * k);
    const { changes, latencyMs } = simulate(
      { arrivedMs },
      {
        instances: [one(2)],
        cores: 2,
        serviceMs: (threads) => 10 / threads,
        controller: changeAt(100),
      },
    );
    // Both cores are idle half of the time: 100 ms of CPU take 100 ms.
    assert.equal(changes.length, 1);
    const [{ decidedMs, switchedMs, instances }] = changes as [(typeof changes)[number]];
    assert.ok(decidedMs === 100 && Math.abs(switchedMs - 200) <= 10, `${decidedMs} ${switchedMs}`);
    assert.equal(instances.length, 2);
    assert.ok(latencyMs.subarray(0, 19).every((ms) => ms === 5));
    assert.ok(latencyMs.subarray(22).every((ms) => ms === 10));
  });

  it('lets no two batches run on one core while old instances end theirs', () => {
    const { latencyMs, busyMs, endMs } = simulate(
      { arrivedMs: [0, 1, 2, 3, 4, 5] },
      {
        instances: [one(2)],
        cores: 2,
        serviceMs: (threads) => 100 / threads,
        controller: changeAt(0),
      },
    );
    assert.ok(latencyMs.every((ms) => ms > 0));
    assert.ok(busyMs <= 2 * endMs);
  });

  it('takes its part of busy cores when patience is over', () => {
    const run = (patienceMs: number) =>
      simulate(
        { arrivedMs: Array.from({ length: 400 }, (_, k) => 6 * k) },
        {
          instances: [one(2)],
          cores: 2,
          serviceMs: (threads) => 12 / threads,
          controller: changeAt(100, { patienceMs }),
        },
      );
    // Always busy: two instances of 50 ms at a twentieth of a core each, or at half of one.
    const [patient, hasty] = [run(1e9), run(0)];
    const tookMs = ({ changes: [change] }: typeof patient): number => change!.switchedMs - change!.decidedMs;
    assert.ok(Math.abs(tookMs(patient) - 2000) < 20, `${tookMs(patient)}`);
    assert.ok(Math.abs(tookMs(hasty) - 100) < 20, `${tookMs(hasty)}`);
    const later = run(500);
    assert.ok(tookMs(later) > 500 && tookMs(later) < 620, `${tookMs(later)}`);
  });

  it('makes batches longer and takes its least time where it is told so', () => {
    const { changes, latencyMs } = simulate(
      { arrivedMs: Array.from({ length: 100 }, (_, k) => 20 * k) },
      {
        instances: [one(2)],
        cores: 2,
        serviceMs: () => 10,
        controller: changeAt(100, { slowdown: () => 1.5, leastMs: 500 }),
      },
    );
    assert.ok(changes[0]!.switchedMs - changes[0]!.decidedMs >= 500);
    assert.equal(latencyMs[10], 15);
    assert.equal(latencyMs[60], 10);
  });

  it('lets what is at hand take over while another one is loaded, which stands by then', () => {
    const asked: boolean[] = [];
    const how: ChangeModel = {
      ...{ loadCpuMs: 200, leastShare: 0.05, patienceMs: 1e9, slowdown: () => 1, leastMs: 0 },
    };
    const controller: Controller = {
      everyMs: 50,
      arrived() {},
      cut() {},
      check: (nowMs, instances, _waiting, standby, loading) => {
        asked.push(loading);
        const [{ largestBatch, threads } = one()] = instances;
        if (nowMs === 50) return { keep: [], batches: [], start: [one(1, 1, 0)], how };
        if (nowMs === 100 && largestBatch === 1) return { keep: [0], batches: [4], start: [], how };
        const isThere = threads === 2 && standby.length === 1;
        return isThere ? { keep: [], batches: [], start: [one(1, 1, 0)], how } : null;
      },
    };
    const arrivedMs = Array.from({ length: 60 }, (_, k) => 10 * k);
    const { changes } = simulate(
      { arrivedMs },
      { ...{ instances: [one(2)], cores: 3, serviceMs: () => 1, controller }, standby: 4 },
    );
    // A core and more is idle: 200 ms of CPU time are done at 250.
    assert.deepEqual(
      changes.map(({ decidedMs, switchedMs, instances }) => [decidedMs, switchedMs, instances[0]!.threads]),
      [
        [100, 100, 2],
        [250, 250, 1],
      ],
    );
    assert.deepEqual(asked.slice(0, 6), [false, true, true, true, false, false]);
  });

  it('keeps instances and changes their batches at once', () => {
    const controller: Controller = {
      everyMs: 10,
      arrived() {},
      cut() {},
      check: (nowMs, [{ largestBatch } = one()]) =>
        nowMs >= 50 && largestBatch === 1
          ? {
              keep: [0],
              batches: [4],
              start: [],
              how: { loadCpuMs: 1e9, leastShare: 0, patienceMs: 0, slowdown: () => 9, leastMs: 1e9 },
            }
          : null,
    };
    const { batches, changes } = simulate(
      { arrivedMs: [0, 100, 100, 100, 100] },
      { instances: [one()], cores: 1, serviceMs: () => 10, controller },
    );
    assert.equal(changes.length, 1);
    assert.equal(batches, 2);
  });
});

describe('streamOf', () => {
  it('has the rate, the items and the burstiness that were asked for', () => {
    for (const burstiness of [0, 0.25, 1, 4, 16]) {
      const load = { requestsPerSecond: 100, itemsPerRequest: 2.5, itemLength: 1, burstiness, windowMs: 0 };
      const { arrivedMs, items } = streamOf(load, 100_000, 1);
      assert.ok(Math.abs(arrivedMs.at(-1)! / 1e6 - 1) < 0.05, `${burstiness}: ${arrivedMs.at(-1)}`);
      assert.ok(Math.abs(mean(sortSamples(Float64Array.from(items))) - 2.5) < 0.02);
      const counts = new Float64Array(1000);
      for (const at of arrivedMs) if (at < 1e6) counts[Math.floor(at / 1000)]!++;
      const centre = counts.reduce((sum, n) => sum + n, 0) / counts.length;
      const variance = counts.reduce((sum, n) => sum + (n - centre) ** 2, 0) / counts.length;
      assert.ok(
        Math.abs(variance / centre - burstiness) < 0.1 + 0.25 * burstiness,
        `${burstiness}: ${variance / centre}`,
      );
    }
  });
});
