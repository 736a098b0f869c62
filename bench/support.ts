import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readMachine } from '../src/machine/index.ts';
import { median, type PairedRatio, pairedRatio, sortSamples } from '../src/stats/index.ts';

/** Compares two actions: rounds of `runs` each, in alternating order, the ratio of each round's medians. */
export async function compare(
  a: () => Promise<number>,
  b: () => Promise<number>,
  { rounds, runs, warmups }: { readonly rounds: number; readonly runs: number; readonly warmups: number },
): Promise<PairedRatio & { readonly medianA: number; readonly medianB: number }> {
  const centres: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const action = side === 0 ? a : b;
      for (let i = 0; i < warmups; i++) await action();
      const times: number[] = [];
      for (let i = 0; i < runs; i++) times.push(await action());
      centres[side]!.push(median(sortSamples(times)));
    }
  }
  return {
    ...pairedRatio(centres[0], centres[1]),
    medianA: median(sortSamples(centres[0])),
    medianB: median(sortSamples(centres[1])),
  };
}

/** Milliseconds an action takes. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const begin = process.hrtime.bigint();
  await action();
  return Number(process.hrtime.bigint() - begin) / 1e6;
}

/** A result with the time and the machine it was made on. */
export function resultOf(result: object): object {
  const { cpuModel, physicalCores, virtualisation, kernel } = readMachine();
  return {
    madeAt: new Date().toISOString(),
    machine: { cpuModel, physicalCores, virtualisation, kernel, node: process.versions.node },
    ...result,
  };
}

/** Writes a result with the machine it was made on to `bench/results/NAME.json`. */
export function saveResult(name: string, result: object): void {
  const folder = resolve(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(resolve(folder, `${name}.json`), `${JSON.stringify(resultOf(result), null, 2)}\n`);
}
