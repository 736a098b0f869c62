import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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

/** Writes a result with the time and the machine it was made on. */
export function writeResult(file: string, result: object): void {
  const { cpuModel, physicalCores, virtualisation, kernel } = readMachine();
  const document = {
    madeAt: new Date().toISOString(),
    machine: { cpuModel, physicalCores, virtualisation, kernel, node: process.versions.node },
    ...result,
  };
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
}

/** Writes it to `bench/results/NAME.json`. */
export function saveResult(name: string, result: object): void {
  const folder = resolve(import.meta.dirname, 'results');
  mkdirSync(folder, { recursive: true });
  writeResult(resolve(folder, `${name}.json`), result);
}

/** The JSON that a command prints, run as a user runs it with a project folder of its own. Throws what it says where it fails. */
export function thinfer<T>(project: string, ...words: readonly string[]): T {
  const root = resolve(import.meta.dirname, '..');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'bin/thinfer.js'), ...words, '--json', '--project', project],
    { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  if (status !== 0) throw new Error(`thinfer ${words.join(' ')}: ${stderr}`);
  return JSON.parse(stdout) as T;
}

/** Every time of a configuration in a project's last trial, disturbed ones included, a list for each round, in ms. */
export function roundsOf(project: string, configuration: string): number[][] {
  using database = new DatabaseSync(join(project, 'thinfer.db'), { readOnly: true });
  return database
    .prepare(
      'SELECT samples FROM trial_sample WHERE configuration = ? AND result = (SELECT max(result) FROM trial_sample) ORDER BY round',
    )
    .all(configuration)
    .map(({ samples }) => {
      const durations = new BigInt64Array((samples as Uint8Array).slice().buffer);
      return Array.from(durations, (ns) => Math.round(Number(ns) / 1e3) / 1e3);
    });
}
