/**
 * The scheduler of `thinfer load` with nothing to send: how late it wakes for each moment. `node bench/load/empty-loop.ts POISSON|CONSTANT RATE SECONDS`
 * prints, as JSON, when counting began by the wall clock and every slip in ms. It is run by `slip.ts`.
 */
import { makeSchedule } from '../../src/load/arrivals/arrivals.ts';
import { runOpenLoop } from '../../src/load/open-loop.ts';
import { lowerHelpers } from '../../src/machine/index.ts';

const [kind, rate, seconds] = process.argv.slice(2) as ['poisson' | 'constant', string, string];
lowerHelpers();
/** That of `thinfer load`. */
const warmupMs = 2000;

const schedule = makeSchedule({ kind, rate: Number(rate) }, 1, {
  ...{ warmupMs, durationMs: Number(seconds) * 1000, requests: Number.POSITIVE_INFINITY },
});
const slipMs = new Float64Array(schedule.dueMs.length);
let epochMs = 0;
let countedFrom = 0;
let count = 0;
const now = (): number => performance.now() - epochMs;
const send = (dueMs: number | null): void => {
  slipMs[count++] = now() - dueMs!;
};
const begin = (): number => {
  countedFrom = Date.now() + warmupMs;
  epochMs = performance.now();
  return epochMs;
};
await runOpenLoop(schedule, { now, send }, begin, new AbortController().signal);
console.log(JSON.stringify({ countedFrom, slipMs: [...slipMs.subarray(schedule.firstCounted)] }));
