import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type Cell,
  type Group,
  instancesOf,
  LoadPlanner,
  loadCandidates,
  serviceTimeOf,
} from '../plan/index.ts';
import { type SimulationResult, type Stream, simulate } from '../simulate/index.ts';
import { quantile, seededRandom, sortSamples } from '../stats/index.ts';
import { changeCost } from './change-cost.ts';
import { controllerOf } from './controller.ts';
import { lowest } from './lowest.ts';
import { changeModel, firstSet, followLoad, followQueue } from './make-strategy.ts';
import { planChange } from './plan-change.ts';
import type { Proposal } from './types.ts';

const cores = 4;
/** A model of which a tenth does not scale: fat is fastest for one item, thin answers the most. */
const cells: Cell[] = [1, 2, 4].flatMap((threads) =>
  [1, 2, 4, 8].map((batch) => ({
    ...{ threads, batch, fitted: false },
    latencyMs: 2 + batch * (4 + 36 / threads),
  })),
);
const set = (...groups: readonly [number, number, number][]): Group[] =>
  groups.map(([instances, threads, batch]) => ({ instances, threads, batch }));
const load = (requestsPerSecond: number) => ({
  ...{ requestsPerSecond, itemsPerRequest: 1, itemLength: 1, burstiness: 1, windowMs: 100_000 },
});
/** Poisson arrivals of rates, each for so many seconds. */
function stream(rates: readonly (readonly [perSecond: number, seconds: number])[], seed = 1): Stream {
  const random = seededRandom(seed);
  const arrivedMs: number[] = [];
  let beginMs = 0;
  for (const [perSecond, seconds] of rates) {
    const endMs = beginMs + 1000 * seconds;
    for (let at = beginMs; perSecond > 0; ) {
      at += (-Math.log(1 - random()) * 1000) / perSecond;
      if (at >= endMs) break;
      arrivedMs.push(at);
    }
    beginMs = endMs;
  }
  return { arrivedMs };
}
const how = changeModel(1000);

/** A stream served by a set that follows the load. */
function follow(
  requests: Stream,
  begin: readonly Group[],
  strategy = followLoad({ cells, cores, loadCpuMs: () => 1000, standbyRoom: () => 0 }),
  standby = 0,
) {
  const proposals: (Proposal & { readonly nowMs: number })[] = [];
  const result = simulate(requests, {
    ...{ instances: instancesOf(begin), cores, serviceMs: serviceTimeOf(cells), standby },
    controller: controllerOf(strategy, 1000, how, (proposal, nowMs) =>
      proposals.push({ ...proposal, nowMs }),
    ),
  });
  return { ...result, proposals };
}

describe('loadCandidates', () => {
  it('fills the cores, what is left over too, with each known batch', () => {
    const sets = loadCandidates(cells, { cores: 3, largestBatch: 2 });
    assert.deepEqual(sets, [
      set([1, 2, 1], [1, 1, 1]),
      set([1, 2, 2], [1, 1, 2]),
      set([3, 1, 1]),
      set([3, 1, 2]),
    ]);
  });
});

describe('LoadPlanner', () => {
  const planner = new LoadPlanner({
    candidates: loadCandidates(cells, { cores }),
    cores,
    serviceMs: serviceTimeOf(cells),
  });

  it('takes the fat set for single requests and a thin one for many', () => {
    const best = (rate: number) => lowest(planner.candidates, planner.under(load(rate)), 1)[0]!.groups;
    assert.equal(best(1)[0]!.instances, 1);
    assert.equal(best(85)[0]!.instances, 4);
    // What is not known may be as much as that.
    assert.equal(firstSet({ cells, cores })[0]!.instances, 4);
  });

  it('knows what waiting costs, and whether a set keeps up', () => {
    const fat = set([1, 4, 1]);
    // 15 ms an item: 66 a second.
    const [half, full] = [planner.predict(fat, load(33)), planner.predict(fat, load(80))];
    assert.ok(half.keepsUp && !full.keepsUp);
    assert.ok(full.p99Ms > 10 * half.p99Ms);
    assert.ok(Math.abs(half.busyShare - 0.5) < 0.05);
    const idle = planner.predict(fat, { ...load(0) });
    assert.ok(Math.abs(idle.p99Ms - 15) < 1e-9 && idle.keepsUp);
  });

  it('gives the same for loads that hardly differ, and for the same load again', () => {
    assert.equal(planner.predict(set([1, 4, 1]), load(30)), planner.predict(set([1, 4, 1]), load(30.2)));
  });
});

describe('planChange', () => {
  it('touches only what differs', () => {
    const living = [
      { index: 3, threads: 2, cpus: [0, 1] },
      { index: 5, threads: 1, cpus: [2] },
      { index: 6, threads: 1, cpus: [3] },
    ];
    const wanted = [
      { threads: 2, largestBatch: 8, cpus: [0, 1] },
      { threads: 2, largestBatch: 4, cpus: [2, 3] },
    ];
    assert.deepEqual(planChange(living, wanted), {
      keep: [{ index: 3, largestBatch: 8 }],
      start: [wanted[1]],
      retire: [5, 6],
    });
  });
});

describe('changeCost', () => {
  it('is the CPU time of what is started over the idle cores, and nothing for batches alone', () => {
    const cost = changeCost(set([1, 4, 8]), set([4, 1, 8]), {
      cores,
      busyShare: 0.5,
      keepsUp: true,
      loadCpuMs: 1000,
      standby: [],
    });
    assert.equal(cost.durationMs, 2000);
    assert.ok(cost.slowdown > 1);
    const none = changeCost(set([4, 1, 8]), set([4, 1, 2]), {
      cores,
      busyShare: 0.5,
      keepsUp: true,
      loadCpuMs: 1000,
      standby: [],
    });
    assert.deepEqual(none, { durationMs: 0, slowdown: 1 });
  });
});

describe('followLoad', () => {
  it('follows a step within seconds, and is as good as the best set from there on', () => {
    const requests = stream([
      [15, 120],
      [85, 60],
      [15, 120],
    ]);
    const adapted = follow(requests, set([1, 4, 1]));
    const up = adapted.changes.find(({ instances }) => instances[0]!.threads === 1)!;
    assert.ok(up.decidedMs > 120_000 && up.decidedMs < 128_000, `${up.decidedMs}`);
    assert.ok(up.switchedMs < 132_000, `${up.switchedMs}`);
    // From there on as good as the set that is best for it alone.
    const { arrivedMs } = requests;
    const [from, to] = [140_000, 180_000].map((ms) => Array.from(arrivedMs).findIndex((at) => at >= ms));
    const p99Of = ({ latencyMs }: SimulationResult): number =>
      quantile(sortSamples(latencyMs.subarray(from, to)), 0.99);
    const best = loadCandidates(cells, { cores }).map((groups) => {
      const instances = instancesOf(groups);
      return p99Of(simulate(requests, { instances, cores, serviceMs: serviceTimeOf(cells) }));
    });
    assert.ok(p99Of(adapted) < 1.5 * Math.min(...best), `${p99Of(adapted)} ${Math.min(...best)}`);
    assert.ok(adapted.latencyMs.every((ms) => ms > 0));
  });

  it('does not flap under steady load, whatever the seed', () => {
    for (let seed = 1; seed <= 3; seed++) {
      const { changes } = follow(stream([[40, 400]], seed), set([1, 4, 1]));
      assert.ok(changes.length <= 2, `seed ${seed}: ${changes.length} changes`);
    }
  });

  it('learns that following does not pay where bursts are over before a change is', () => {
    const bursts = Array.from({ length: 60 }, () => [[90, 1] as const, [5, 9] as const]).flat();
    const { changes, proposals } = follow(stream(bursts), set([1, 4, 1]));
    assert.ok(changes.length <= 8, `${changes.length} changes`);
    // Of ten minutes: the set that bears the bursts is in force, and stays.
    const { groups, nowMs } = proposals.at(-1)!;
    assert.ok(groups[0]!.threads === 1 && nowMs < 120_000, `${nowMs}`);
  });

  it('keeps the set that alone would have been better, and says so', () => {
    const steps = Array.from({ length: 6 }, () => [[15, 20] as const, [85, 10] as const]).flat();
    const { proposals } = follow(stream([...steps, [15, 60]]), set([1, 4, 1]));
    assert.match(
      proposals.map(({ reason }) => reason).join('\n'),
      /over the last .* min ⟨4,1,\d⟩ alone would have had p99 \+ mean of .* ms, following the load .* ms/,
    );
  });

  it('loads the set for much more load while there is time, where memory holds it, and takes it at once', () => {
    const strategy = followLoad({ cells, cores, loadCpuMs: () => 1000, standbyRoom: () => 8 });
    const rates = stream([
      [15, 60],
      [85, 60],
    ]);
    const { changes, proposals } = follow(rates, set([1, 4, 1]), strategy, 8);
    assert.ok(proposals.every(({ prepares }) => !prepares));
    const up = changes.find(({ instances }) => instances.length === 4)!;
    assert.ok(up.decidedMs > 60_000 && up.decidedMs <= 66_000, `${up.decidedMs}`);
    assert.equal(up.switchedMs, up.decidedMs);
  });

  it('says why', () => {
    const { proposals } = follow(stream([[80, 30]]), set([1, 4, 1]));
    assert.match(
      proposals[0]!.reason,
      /^for [\d.]+ s [\d.]+ requests\/s.*⟨\d,\d,\d⟩ is expected to have a p99 of .* ms, the set in force .* ms$/,
    );
    assert.ok(proposals[0]!.predicted!.afterP99Ms < proposals[0]!.predicted!.beforeP99Ms);
  });

  it('bears a clock that stands still, and no requests at all', () => {
    const strategy = followLoad({ cells, cores, loadCpuMs: () => 1000, standbyRoom: () => 0 });
    const groups = set([1, 4, 1]);
    for (let k = 0; k < 50; k++)
      assert.equal(strategy.check({ nowMs: 0, groups, waiting: 0, standby: [], loading: false }), null);
    for (let k = 0; k < 600; k++)
      assert.equal(
        strategy.check({ nowMs: 1000 * k, groups, waiting: 0, standby: [], loading: false }),
        null,
      );
  });
});

describe('followQueue', () => {
  it('goes by the depth of the queue', () => {
    const strategy = followQueue({ cells, cores });
    const begin = set([1, 4, 1]);
    strategy.cut(4);
    const proposal = strategy.check({ nowMs: 1000, groups: begin, waiting: 0, standby: [], loading: false });
    assert.deepEqual(proposal?.groups, set([4, 1, 1]));
    assert.equal(
      strategy.check({ nowMs: 2000, groups: proposal!.groups, waiting: 0, standby: [], loading: false }),
      null,
    );
  });
});
