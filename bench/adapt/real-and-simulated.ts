import { writeFileSync } from 'node:fs';
import { arrivalsOf } from '../../src/load/index.ts';
import { mean, quantile, sortSamples } from '../../src/stats/index.ts';
import { type LoadDocument, loadWords, requestsIn, startGenerator } from '../load/generator.ts';
import type { ThinferServer } from '../serve/servers.ts';
import { thinfer } from '../support.ts';

/** What is compared, in ms. */
export const figures = ['mean', 'p50', 'p90', 'p99'] as const;

export type Latency = Readonly<Record<(typeof figures)[number], number>>;

/** One load, played to a server and to the simulation. */
export interface PlayedLoad {
  readonly server: ThinferServer;
  /** The project whose profile the simulation takes. */
  readonly project: string;
  readonly model: string;
  readonly set: string;
  /** The trace of requests, and where those of the real run go. */
  readonly trace: string;
  readonly out: string;
  /** Requests that come before are not counted, in s. */
  readonly warmupS: number;
  readonly engine: readonly string[];
  readonly dims: readonly string[];
}

/** Writes a trace of independent arrivals. The same seed at another rate has the same gaps, stretched. */
export function writeArrivals(
  file: string,
  { rate, seconds, seed }: { readonly rate: number; readonly seconds: number; readonly seed: number },
): void {
  const arrivedMs = arrivalsOf(
    { kind: 'poisson', rate },
    { seed, durationMs: 1000 * seconds, most: Number.POSITIVE_INFINITY },
  );
  const lines = ['time_ms', ...Array.from(arrivedMs, (ms) => ms.toFixed(3))];
  writeFileSync(file, `${lines.join('\n')}\n`);
}

/** What a real server did with the load. */
export interface RealRun {
  readonly latencyMs: Latency;
  readonly requests: number;
  /** Requests that had another outcome than `ok`; their latencies are not in it. */
  readonly notOk: number;
  readonly keptUp: boolean;
}

/** The trace's own beginning is the warm-up: that of `thinfer load` plays it twice, the simulation does not. */
export async function playReal({ server, model, dims, trace, out, warmupS }: PlayedLoad): Promise<RealRun> {
  const words = ['--model-file', model, ...dims, '--trace', trace, '--warmup', '0', '--timeout', '120s'];
  const generator = startGenerator(loadWords(`http://${server.http}`, model, out, ...words));
  const { outcomes, sent, generator: own } = JSON.parse(await generator.said) as LoadDocument;
  const counted = requestsIn(out).filter(({ dueMs, outcome }) => dueMs >= 1000 * warmupS && outcome === 'ok');
  const latencies = counted.map(({ dueMs, endMs }) => endMs - dueMs);
  const sorted = sortSamples(latencies);
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => quantile(sorted, share)) as [
    number,
    number,
    number,
  ];
  return {
    latencyMs: { mean: mean(latencies), p50, p90, p99 },
    requests: counted.length,
    notOk: sent - outcomes['ok']!,
    keptUp: own.keptUp,
  };
}

/** What `thinfer simulate` says of it. */
export function playSimulated({ project, model, set, engine, dims, trace, warmupS }: PlayedLoad): Latency {
  const { policies } = thinfer<{ policies: readonly { readonly latencyMs: Latency }[] }>(
    project,
    ...['simulate', model, ...engine, ...dims],
    ...['--trace', trace, '--warmup', `${warmupS}s`, '--policy', set],
  );
  const { mean, p50, p90, p99 } = policies[0]!.latencyMs;
  return { mean, p50, p90, p99 };
}
