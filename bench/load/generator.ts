import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { quantile, seededRandom, sortSamples } from '../../src/stats/index.ts';
import { keptTo, ownCpuSeconds } from '../serve/servers.ts';

const bin = resolve(import.meta.dirname, '../../bin/thinfer.js');

/** The moments of a counted request, in ms from the end of the warm-up. */
export interface Request {
  readonly dueMs: number;
  readonly sentMs: number;
  readonly endMs: number;
  /** As docs/loading.md names them. */
  readonly outcome: string;
}

/** What `thinfer load --json` says, as far as it is used here. */
export interface LoadDocument {
  readonly startedAt: string;
  readonly sent: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly generator: { readonly keptUp: boolean; readonly busyShare: number };
}

/** A process that generates load, or would. */
export interface Generator {
  /** What it printed. */
  readonly said: Promise<string>;
  /** Cores that it used from one moment to another, by the wall clock in ms. */
  readonly coresUsed: (fromMs: number, toMs: number) => number;
}

const cpuEveryMs = 200;

/**
 * Runs a program of Node and watches its CPU time; it ends with this process. `said` throws where it fails.
 *
 * @param keptCpu The CPU that it is kept to. Default: none.
 */
export function startGenerator(words: readonly string[], keptCpu: number | null = null): Generator {
  const child = spawn(...keptTo(keptCpu, words), { stdio: ['ignore', 'pipe', 'inherit'] });
  const end = (): void => void child.kill();
  process.once('exit', end);
  const cpu: { readonly atMs: number; readonly seconds: number }[] = [];
  const sampling = setInterval(() => {
    cpu.push({ atMs: Date.now(), seconds: ownCpuSeconds(child.pid!) });
  }, cpuEveryMs);
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
  const said = new Promise<string>((settle, reject) =>
    child.once('close', (status) => {
      clearInterval(sampling);
      process.off('exit', end);
      if (status === 0) settle(text);
      else reject(new Error(`${words.join(' ')} ended with ${status}: ${text}`));
    }),
  );
  const coresUsed = (fromMs: number, toMs: number): number => {
    const within = cpu.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
    const [first, last] = [within[0]!, within.at(-1)!];
    return (1000 * (last.seconds - first.seconds)) / (last.atMs - first.atMs);
  };
  return { said, coresUsed };
}

/** The words of `thinfer load` on a model, whose requests go to `file`. */
export const loadWords = (
  url: string,
  model: string,
  file: string,
  ...words: readonly string[]
): string[] => [...[bin, 'load', url, '--model', model, ...words, '--out', file, '--json', '--quiet']];

/** Every counted request of a file that `thinfer load --out FILE.csv` wrote, in the order of sending. */
export function requestsIn(file: string): Request[] {
  const [head, ...rows] = readFileSync(file, 'utf8').trim().split('\n');
  const columns = head!.split(',');
  const [due, sent, end, outcome] = ['due_ms', 'sent_ms', 'end_ms', 'outcome'].map((name) =>
    columns.indexOf(name),
  ) as [number, number, number, number];
  return rows.map((row) => {
    const cells = row.split(',');
    const [dueMs, sentMs, endMs] = [due, sent, end].map((at) => Number(cells[at])) as [
      number,
      number,
      number,
    ];
    return { dueMs, sentMs, endMs, outcome: cells[outcome]! };
  });
}

/** The 95 % interval of the median of pairs' differences, with pairs drawn again. */
export function medianDifference(differences: readonly number[]): {
  readonly median: number;
  readonly interval: readonly [number, number];
} {
  const random = seededRandom(1);
  const centre = (numbers: readonly number[]): number => quantile(sortSamples(numbers), 0.5);
  const drawn = sortSamples(
    Array.from({ length: 2000 }, () =>
      centre(differences.map(() => differences[Math.floor(random() * differences.length)]!)),
    ),
  );
  return { median: centre(differences), interval: [quantile(drawn, 0.025), quantile(drawn, 0.975)] };
}
