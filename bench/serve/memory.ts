/**
 * Memory of the server's process, its instances not counted: when it is ready, after REST, and after gRPC on top of it, with a model that
 * returns its input (null engine), 1,000 floats a request, perf_analyzer at 1 and 16 at a time. Each variant of V8's limits is a server of
 * its own, started anew each round; after what was compiled once, so that the compiler is not counted.
 * `node bench/serve/memory.ts [--rounds 3] [--window 2000]`. Needs some 50 s a round and variant.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { median, sortSamples } from '../../src/stats/index.ts';
import { saveResult } from '../support.ts';
import { writeIdentity } from './identity-model.ts';
import { type BenchServer, memoryOf, perfAnalyzer, startThinferServe } from './servers.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, window: { type: 'string', default: '2000' } },
});
const floats = 1000;
const folder = mkdtempSync(join(tmpdir(), 'thinfer-bench-'));
const file = join(folder, 'perf.csv');
/** What `bin/thinfer.js` gives V8, and the same without one of its flags. */
const variants = [
  { name: 'as it is', options: '' },
  { name: 'old space unlimited', options: '--max-old-space-size=8192' },
  { name: 'semi-spaces of 16 MB', options: '--max-semi-space-size=16' },
];
const phases = ['ready', 'after REST', 'after gRPC'] as const;
type Memory = ReturnType<typeof memoryOf>;
const seen = variants.map(({ name, options }) => ({
  name,
  options,
  memory: { ready: [], 'after REST': [], 'after gRPC': [] } as Record<(typeof phases)[number], Memory[]>,
}));

function load(server: BenchServer, protocol: 'http' | 'grpc'): void {
  for (const concurrency of [1, 16])
    perfAnalyzer(server, {
      ...{ model: 'identity', protocol, concurrency, windowMs: Number(values.window), file },
      more: ['--shape', `x:${floats}`],
    });
}

try {
  const words = [
    await writeIdentity(folder),
    '--engine',
    'null',
    '--config',
    '2x1x8',
    '--dim',
    `n=${floats}`,
  ];
  const given = process.env['NODE_OPTIONS'] ?? '';
  const start = async (options: string): Promise<BenchServer> => {
    process.env['NODE_OPTIONS'] = `${given} ${options}`.trim();
    try {
      return await startThinferServe(folder, words);
    } finally {
      process.env['NODE_OPTIONS'] = given;
    }
  };
  await (await start('')).stop();
  for (let round = 0; round < Number(values.rounds); round++)
    for (const { name, options, memory } of round % 2 === 0 ? seen : seen.toReversed()) {
      const server = await start(options);
      try {
        memory.ready.push(memoryOf(server.pid));
        load(server, 'http');
        memory['after REST'].push(memoryOf(server.pid));
        load(server, 'grpc');
        memory['after gRPC'].push(memoryOf(server.pid));
      } finally {
        await server.stop();
      }
      console.log(
        `round ${round + 1} ${name}: ${phases.map((phase) => textOf(memory[phase].at(-1)!)).join(', ')}`,
      );
    }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function textOf({ residentBytes, proportionalBytes }: Memory): string {
  return `${Math.round(residentBytes / 1e6)} MB (proportional ${Math.round(proportionalBytes / 1e6)})`;
}

for (const { name, memory } of seen)
  for (const phase of phases) {
    const at = (key: keyof Memory): number => median(sortSamples(memory[phase].map((one) => one[key])));
    console.log(
      `${name}, ${phase}: median ${textOf({ residentBytes: at('residentBytes'), proportionalBytes: at('proportionalBytes') })}`,
    );
  }
saveResult('serve-memory', { ...values, floats, variants: seen });
