import type { Cell } from '../../src/plan/index.ts';
import { type Random, seededRandom } from '../../src/stats/index.ts';

const between = (random: Random, low: number, high: number): number => low + random() * (high - low);
const logBetween = (random: Random, low: number, high: number): number =>
  Math.exp(between(random, Math.log(low), Math.log(high)));
const chance = (random: Random, share: number): boolean => random() < share;
const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** What makes cells slower than the smooth part of a table says: a factor for each cell. */
type Effect = (threads: number, batch: number) => number;
type MakeEffect = (random: Random, mostThreads: number) => Effect;

/** Each with the share of tables that have it. */
const effects: readonly (readonly [number, MakeEffect])[] = [
  [0.5, sawtooth],
  [0.3, wholeItems],
  [0.3, plateau],
  [0.3, cacheStep],
  [0.3, secondSocket],
  [0.3, otherKernel],
  [0.3, fewTasks],
  [0.3, slowCounts],
];

/**
 * A latency table of an imagined model on an imagined machine: fixed costs, work that scales by Amdahl's law with a
 * cost per further thread, larger batches that scale better, by chance each of the effects below, roughness, and now
 * and then a cell that was disturbed. The same seed gives the same table.
 */
export function generatedTable(seed: number, threads: readonly number[], batches: readonly number[]): Cell[] {
  const random = seededRandom(seed);
  const perItemMs = logBetween(random, 0.5, 200);
  const fixedItems = between(random, 0, 6);
  const serial = logBetween(random, 0.005, 0.3);
  const perThread = logBetween(random, 0.0005, 0.03);
  const batchHelps = between(random, 0, 0.8);
  const roughness = logBetween(random, 0.002, 0.05);
  const disturbed = chance(random, 0.3) ? 0.03 : 0;
  const most = Math.max(...threads);
  const present = effects.flatMap(([share, make]) => {
    const effect = make(random, most);
    return chance(random, share) ? [effect] : [];
  });
  return threads.flatMap((t) =>
    batches.map((b) => {
      const shareSerial = serial / b ** batchHelps;
      const overhead = perThread * (t - 1) * b ** -batchHelps;
      const smooth = perItemMs * (b + fixedItems) * (shareSerial + (1 - shareSerial) / t + overhead);
      const slowed = present.reduce((ms, effect) => ms * effect(t, b), smooth);
      const outlier = chance(random, disturbed) ? between(random, 1.05, 1.4) : 1;
      const latencyMs = slowed * outlier * Math.exp(roughness * normal(random));
      return { threads: t, batch: b, latencyMs, fitted: false };
    }),
  );
}

/** Thread counts that are no multiple of 2 or 4 are slower within a range of batches. */
function sawtooth(random: Random): Effect {
  const factor = between(random, 1.02, 2);
  const [from, length] = [between(random, 0, 5), between(random, 2, 8)];
  const every = chance(random, 0.7) ? 2 : 4;
  return (t, b) => {
    const octave = Math.log2(b);
    return t > 1 && t % every !== 0 && octave >= from && octave <= from + length ? factor : 1;
  };
}

/** Whole items are given to threads: the one with most of them is waited for. */
function wholeItems(random: Random): Effect {
  const share = between(random, 0.05, 0.6);
  return (t, b) => 1 + share * ((Math.ceil(b / t) * t) / b - 1);
}

/** From some batch on memory is slower. */
function plateau(random: Random): Effect {
  const [from, factor] = [2 ** between(random, 3, 10), between(random, 1.05, 1.5)];
  return (_, b) => (b >= from ? factor : 1);
}

/** What a thread works on leaves its cache, in about two octaves. */
function cacheStep(random: Random): Effect {
  const [at, rise] = [between(random, 0, 7), between(random, 0.05, 0.5)];
  return (t, b) => 1 + rise / (1 + Math.exp(-3 * (Math.log2(b / t) - at)));
}

/** More threads than one socket has. */
function secondSocket(random: Random, mostThreads: number): Effect {
  const factor = between(random, 1.05, 1.6);
  return (t) => (t > mostThreads / 2 ? factor : 1);
}

/** A library takes another kernel within a range of batches, for better or worse. */
function otherKernel(random: Random): Effect {
  const [from, length] = [between(random, 0, 9), between(random, 1, 3)];
  const factor = between(random, 0.75, 1.3);
  return (_, b) => (Math.log2(b) >= from && Math.log2(b) < from + length ? factor : 1);
}

/** Small batches have no work for many threads. */
function fewTasks(random: Random): Effect {
  const [tasks, grow] = [between(random, 2, 8), between(random, 0.2, 1)];
  return (t, b) => Math.max(1, t / (tasks * b ** grow)) ** 0.7;
}

/** A few thread counts are slower at every batch. */
function slowCounts(random: Random, mostThreads: number): Effect {
  const factors = Array.from({ length: mostThreads + 1 }, () =>
    chance(random, 0.2) ? between(random, 1.03, 1.25) : 1,
  );
  return (t) => factors[t] ?? 1;
}
