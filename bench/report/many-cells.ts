/**
 * A database of 10,000 measured cells: how long it takes to read them and make their statistics, to plan a site's pages and to write one, and
 * how much memory that takes.
 *
 *     node bench/report/many-cells.ts [CELLS]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { readSiteSources } from '../../src/cli/site-sources.ts';
import { readMachine } from '../../src/machine/index.ts';
import { type PointSettings, pointHash } from '../../src/profile/index.ts';
import { figuresOf, planSite } from '../../src/report/site/index.ts';
import { seededRandom } from '../../src/stats/index.ts';
import { databaseFileOf, Store } from '../../src/store/index.ts';
import { encodeRuns } from '../../src/store/samples-blob.ts';

const cells = Number(process.argv[2] ?? 10_000);
const visitsPerCell = 4;
const runsPerVisit = 10;
const project = mkdtempSync(join(tmpdir(), 'thinfer-many-cells-'));

/** Threads × batches × allocators × levels × hardware threads × models, as many as are asked for. */
function* settingsOf(): Generator<PointSettings> {
  const machine = { cpuModel: 'a made-up CPU', topology: 'none' };
  for (let model = 0; ; model++)
    for (const allocator of ['jemalloc', 'tcmalloc', undefined])
      for (const optimization of ['all', 'extended', 'basic', 'disabled'])
        for (const hardwareThreads of [false, true])
          for (let threads = 1; threads <= 16; threads++)
            for (const batch of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024])
              yield {
                method: 1,
                model: { name: `model-${model}`, contentHash: `${model}` },
                engine: { name: 'onnxruntime', version: '1' },
                precision: 'as in the file',
                optimization,
                spinAfterRun: false,
                ...(allocator === undefined ? {} : { allocator }),
                threads,
                batch,
                dims: { sequence: 128 },
                mode: 'alone',
                cores: threads,
                mapping: 'sequential',
                hardwareThreads,
                memoryPolicy: { mode: 'default' },
                ...machine,
              };
}

function fill(): void {
  Store.open(project, readMachine(), { thinfer: '0' }).close();
  const database = new DatabaseSync(databaseFileOf(project));
  const random = seededRandom(1);
  const machine = database.prepare('SELECT hash FROM machine').get()!['hash']!;
  const point = database.prepare("INSERT INTO point (hash, settings, machine, versions, state, rule, changed_at) VALUES (?, ?, ?, '{}', 'measured', NULL, '2026-01-01T00:00:00.000Z')"); // biome-ignore format: one statement
  const visit = database.prepare("INSERT INTO visit (point, started_at, warmups, wall_ms, disturbances, frequency_mhz, memory, read_back) VALUES (?, '2026-01-01T00:00:00.000Z', 1, 300, '[]', 3000, ?, ?)"); // biome-ignore format: one statement
  const replica = database.prepare('INSERT INTO replica VALUES (?, 0, ?)');
  const memory = JSON.stringify({ rssBytes: 1e8, pssBytes: 9e7, largestBatch: 16 });
  const readBack = JSON.stringify({
    cpus: ['0'],
    computingThreads: [1],
    memoryPolicy: ['default'],
    differences: [],
  });
  database.exec('BEGIN');
  const all = settingsOf();
  for (let index = 0; index < cells; index++) {
    const settings = all.next().value as PointSettings;
    const { lastInsertRowid } = point.run(pointHash(settings), JSON.stringify(settings), machine);
    const ms = (settings.batch / settings.threads) * 2 + 3;
    for (let number = 0; number < visitsPerCell; number++) {
      const { lastInsertRowid: own } = visit.run(lastInsertRowid, memory, readBack);
      const durationNs = BigUint64Array.from({ length: runsPerVisit }, () =>
        BigInt(Math.round(ms * 1e6 * (1 + 0.02 * random()))),
      );
      const beginNs = durationNs.map((_, run) => BigInt(run) * 10_000_000n);
      replica.run(own, encodeRuns({ beginNs, durationNs }));
    }
  }
  database.exec('COMMIT');
  database.close();
}

/** Wall time and CPU time since a moment. */
function watch(): () => string {
  const began = performance.now();
  const cpu = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return `${((performance.now() - began) / 1000).toFixed(2)} s, CPU ${((user + system) / 1e6).toFixed(2)} s`;
  };
}

try {
  fill();
  const both = watch();
  const reading = watch();
  const sources = readSiteSources([], project);
  console.log(`${cells} cells read, statistics made: ${reading()}`);
  const planning = watch();
  const pages = planSite({ ...sources, price: null, only: ['map'] });
  const [page] = pages;
  const html = page!.render({ versions: {}, madeAt: '2026-01-01T00:00:00.000Z' });
  console.log(
    `a page of a map (${figuresOf(page!.sections).length} chart, ${html.length} characters): ${planning()}`,
  );
  console.log(`both: ${both()}`);
  const whole = watch();
  const [full] = planSite({ ...sources, price: null, only: null });
  const text = full!.render({ versions: {}, madeAt: '2026-01-01T00:00:00.000Z' });
  console.log(
    `a whole page (${figuresOf(full!.sections).length} charts, ${text.length} characters): ${whole()}`,
  );
  const one = watch();
  const [own] = planSite({ ...readSiteSources(['model-0'], project), price: null, only: ['map', 'latency'] });
  const few = own!.render({ versions: {}, madeAt: '2026-01-01T00:00:00.000Z' });
  console.log(
    `one model read, its page of ${figuresOf(own!.sections).length} charts (${few.length} characters): ${one()}`,
  );
  console.log(`most memory: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
} finally {
  rmSync(project, { recursive: true, force: true });
}
