/**
 * What serving itself costs: a model that returns its input, 1,000 floats a request, on thinfer (null engine, two instances) and
 * on a real Triton (its Python backend, two instances), both up at once on the same cores and loaded in turn by Triton's own
 * perf_analyzer. Ratios of each round, with their 95 % interval. `node bench/serve/identity.ts [--rounds 7] [--window 1000]`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { median, pairedRatio, sortSamples } from '../../src/stats/index.ts';
import { saveResult } from '../support.ts';
import { writeIdentity } from './identity-model.ts';
import {
  type BenchServer,
  cpuSeconds,
  type Measured,
  perfAnalyzer,
  startThinferServe,
  startTriton,
} from './servers.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, window: { type: 'string', default: '1000' } },
});
const rounds = Number(values.rounds);
const windowMs = Number(values.window);
const floats = 1000;
const folder = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));

interface Point extends Measured {
  readonly cpuUsPerRequest: number;
}

function measure(server: BenchServer, protocol: 'http' | 'grpc', concurrency: number): Point {
  const file = join(folder, 'perf.csv');
  const [cpuBefore, began] = [cpuSeconds(server.pid), performance.now()];
  const point = perfAnalyzer(server, {
    ...{ model: 'identity', protocol, concurrency, windowMs, file },
    more: ['--shape', `x:${floats}`],
  });
  const seconds = (performance.now() - began) / 1000;
  // perf_analyzer warms up and counts in windows: the rate of the windows stands for all of it.
  return {
    ...point,
    cpuUsPerRequest: ((cpuSeconds(server.pid) - cpuBefore) / (point.perSecond * seconds)) * 1e6,
  };
}

const cases = (['http', 'grpc'] as const).flatMap((protocol) =>
  [1, 4, 16].map((concurrency) => ({ protocol, concurrency, ours: [] as Point[], triton: [] as Point[] })),
);
const servers: BenchServer[] = [];
try {
  const model = await writeIdentity(folder);
  const words = [model, '--engine', 'null', '--config', '2x1x8', '--dim', `n=${floats}`];
  servers.push(await startThinferServe(folder, words));
  servers.push(
    await startTriton(
      resolve(import.meta.dirname, 'triton-models/identity'),
      20_000 + (process.pid % 20_000),
    ),
  );
  const [ours, triton] = servers as [BenchServer, BenchServer];
  // The first round is not counted: V8 compiles what has run often enough.
  for (let round = -1; round < rounds; round++)
    for (const one of cases)
      for (const server of round % 2 === 0 ? [ours, triton] : [triton, ours]) {
        const point = measure(server, one.protocol, one.concurrency);
        if (round >= 0) (server === ours ? one.ours : one.triton).push(point);
        console.log(
          `round ${round + 1} ${one.protocol} ×${one.concurrency} ${server.name}: ${Math.round(point.perSecond)}/s, p50 ${point.p50Us} µs, p99 ${point.p99Us} µs, CPU ${Math.round(point.cpuUsPerRequest)} µs`,
        );
      }
} finally {
  for (const server of servers) await server.stop();
  rmSync(folder, { recursive: true, force: true });
}

const of = (points: readonly Point[], key: keyof Point): number[] => points.map((point) => point[key]);
const table = cases.map(({ protocol, concurrency, ours, triton }) => {
  const ratio = (key: keyof Point) => pairedRatio(of(ours, key), of(triton, key));
  return {
    protocol,
    concurrency,
    // Ours over Triton's.
    requestsPerSecond: ratio('perSecond'),
    p50: ratio('p50Us'),
    p99: ratio('p99Us'),
    cpuPerRequest: ratio('cpuUsPerRequest'),
    medians: {
      thinfer: median(sortSamples(of(ours, 'perSecond'))),
      triton: median(sortSamples(of(triton, 'perSecond'))),
    },
    ours,
    triton,
  };
});
for (const { protocol, concurrency, requestsPerSecond, p50, p99, cpuPerRequest } of table) {
  const show = ({ ratio, interval }: typeof p50): string =>
    `${ratio.toFixed(2)} [${interval.map((end) => end.toFixed(2)).join(', ')}]`;
  console.log(
    `${protocol} ×${concurrency}, thinfer over Triton: requests/s ${show(requestsPerSecond)}, p50 ${show(p50)}, p99 ${show(p99)}, CPU ${show(cpuPerRequest)}`,
  );
}
saveResult('serve-identity', { rounds, windowMs, floats, cases: table });
