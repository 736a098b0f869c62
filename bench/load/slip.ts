/**
 * How late `thinfer load` sends beside its scheduler with nothing to send: the same moments, woken by the same means, in blocks in alternating order
 * beside one null-engine server on another core. The difference of the 99th percentiles should be 0.2 ms at the most; what wakes the empty loop late (the kernel, the
 * machine, its neighbours) is in both. Also the CPU time of both a request.
 * `node bench/load/slip.ts [--arrivals constant,poisson] [--rate 1000] [--seconds 30] [--blocks 6] [--out FILE]`: 14 minutes.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { median, quantile, sortSamples } from '../../src/stats/index.ts';
import { startThinferServe } from '../serve/servers.ts';
import { writeResult } from '../support.ts';
import { type LoadDocument, loadWords, medianDifference, requestsIn, startGenerator } from './generator.ts';

const { values } = parseArgs({
  options: {
    arrivals: { type: 'string', default: 'constant,poisson' },
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '30' },
    blocks: { type: 'string', default: '6' },
    out: { type: 'string', default: resolve(import.meta.dirname, '../results/load-slip.json') },
  },
});
const { arrivals: shapes, out, ...asked } = values;
/** The server has one core, and what generates load another. */
const [serverCpu, generatorCpu] = [0, 1];
const limitMs = 0.2;
const spanMs = Number(values.seconds) * 1000;
const shares = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9999, 1];

/** What one side did in one block. */
interface Block {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  readonly 'p99.9': number;
  /** [share, ms] of the slips. */
  readonly quantiles: readonly (readonly [number, number])[];
  /** That its process used in the counted part. */
  readonly cores: number;
  readonly cpuUsPerRequest: number;
}

function blockOf(slipMs: readonly number[], cores: number): Block {
  const sorted = sortSamples(slipMs);
  const at = (share: number): number => quantile(sorted, share);
  return {
    ...{ requests: sorted.length, p50: at(0.5), p99: at(0.99), 'p99.9': at(0.999) },
    quantiles: shares.map((share) => [share, at(share)] as const),
    ...{ cores, cpuUsPerRequest: (cores * spanMs * 1000) / sorted.length },
  };
}

async function empty(arrivals: string): Promise<Block> {
  const file = resolve(import.meta.dirname, 'empty-loop.ts');
  const generator = startGenerator([file, arrivals, values.rate, values.seconds], generatorCpu);
  const { countedFrom, slipMs } = JSON.parse(await generator.said) as {
    readonly countedFrom: number;
    readonly slipMs: readonly number[];
  };
  return blockOf(slipMs, generator.coresUsed(countedFrom, countedFrom + spanMs));
}

async function load(arrivals: string, url: string, folder: string): Promise<Block> {
  const file = join(folder, 'load.csv');
  const words = ['--arrivals', arrivals, '--rate', values.rate, '--duration', `${values.seconds}s`];
  const generator = startGenerator(loadWords(url, 'tiny', file, ...words, '--warmup', '2s'), generatorCpu);
  const { startedAt, outcomes, sent } = JSON.parse(await generator.said) as LoadDocument;
  if (outcomes['ok'] !== sent) throw new Error(`not all were answered: ${JSON.stringify(outcomes)}`);
  const countedFrom = Date.parse(startedAt) + 2000;
  return blockOf(
    requestsIn(file).map(({ dueMs, sentMs }) => sentMs - dueMs),
    generator.coresUsed(countedFrom, countedFrom + spanMs),
  );
}

const centre = (blocks: readonly Block[], key: 'p50' | 'p99' | 'p99.9' | 'cores' | 'cpuUsPerRequest') =>
  median(sortSamples(blocks.map((block) => block[key])));

const line = (name: string, blocks: readonly Block[]): string =>
  `${name}: slip p50 ${centre(blocks, 'p50').toFixed(3)}, p99 ${centre(blocks, 'p99').toFixed(3)}, p99.9 ${centre(blocks, 'p99.9').toFixed(3)} ms; ${centre(blocks, 'cpuUsPerRequest').toFixed(0)} µs of CPU a request, ${(100 * centre(blocks, 'cores')).toFixed(1)} % of a core`;

const folder = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));
const server = await startThinferServe(folder, ['tiny', '--engine', 'null'], serverCpu);
try {
  const results = [];
  for (const arrivals of shapes.split(',')) {
    const sides = { load: [] as Block[], empty: [] as Block[] };
    for (let block = 0; block < Number(values.blocks); block++)
      for (const side of block % 2 === 0 ? (['load', 'empty'] as const) : (['empty', 'load'] as const)) {
        const one =
          side === 'empty' ? await empty(arrivals) : await load(arrivals, `http://${server.http}`, folder);
        sides[side].push(one);
        console.log(line(`${arrivals}, block ${block + 1}, ${side}`, [one]));
      }
    const p99More = medianDifference(sides.load.map((one, at) => one.p99 - sides.empty[at]!.p99));
    console.log(line(`${arrivals}, load`, sides.load));
    console.log(line(`${arrivals}, empty`, sides.empty));
    console.log(
      `${arrivals}: p99 ${p99More.median.toFixed(3)} ms [${p99More.interval.map((end) => end.toFixed(3)).join(', ')}] more than the empty loop; ${limitMs} ms are aimed at`,
    );
    results.push({ arrivals, p99MoreMs: p99More, withinLimit: p99More.interval[1] <= limitMs, ...sides });
  }
  writeResult(out, { ...asked, limitMs, results });
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
