import type { Cell } from '../../src/plan/index.ts';
import { type Random, seededRandom } from '../../src/stats/index.ts';

const between = (random: Random, low: number, high: number): number => low + random() * (high - low);
const chance = (random: Random, share: number): boolean => random() < share;

/**
 * A latency table of an imagined model on an imagined machine: fixed costs, work that scales by Amdahl's law with a
 * cost per further thread, larger batches that scale better, and by chance a sawtooth over the threads, work that is
 * split by whole items, a memory plateau, a slow second socket, and roughness. The same seed gives the same table.
 */
export function generatedTable(seed: number, threads: readonly number[], batches: readonly number[]): Cell[] {
  const random = seededRandom(seed);
  const perItemMs = Math.exp(between(random, Math.log(0.5), Math.log(200)));
  const fixedItems = between(random, 0, 6);
  const serial = Math.exp(between(random, Math.log(0.005), Math.log(0.3)));
  const perThread = Math.exp(between(random, Math.log(0.0005), Math.log(0.03)));
  const batchHelps = between(random, 0, 0.8);
  const sawtooth = chance(random, 0.5)
    ? {
        factor: between(random, 1.02, 2),
        from: between(random, 0, 4),
        to: between(random, 3, 8),
        every: chance(random, 0.7) ? 2 : 4,
      }
    : null;
  const wholeItems = chance(random, 0.3) ? between(random, 0.05, 0.6) : 0;
  const plateau = chance(random, 0.4)
    ? { batch: 2 ** between(random, 3, 10), factor: between(random, 1.05, 1.5) }
    : null;
  const socket = chance(random, 0.3)
    ? { threads: Math.ceil(Math.max(...threads) / 2), factor: between(random, 1.05, 1.6) }
    : null;
  const roughness = Math.exp(between(random, Math.log(0.002), Math.log(0.05)));
  return threads.flatMap((t) =>
    batches.map((b) => {
      const shareSerial = serial / b ** batchHelps;
      let ms =
        perItemMs *
        (b + fixedItems) *
        (shareSerial + (1 - shareSerial) / t + perThread * (t - 1) * b ** -batchHelps);
      ms *= 1 + wholeItems * ((Math.ceil(b / t) * t) / b - 1);
      const octave = Math.log2(b);
      if (
        sawtooth !== null &&
        t > 1 &&
        t % sawtooth.every !== 0 &&
        octave >= sawtooth.from &&
        octave <= sawtooth.to
      )
        ms *= sawtooth.factor;
      if (plateau !== null && b >= plateau.batch) ms *= plateau.factor;
      if (socket !== null && t > socket.threads) ms *= socket.factor;
      ms *= Math.exp(roughness * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
      return { threads: t, batch: b, latencyMs: ms, fitted: false };
    }),
  );
}
