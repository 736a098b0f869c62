/** Records of a made-up project: a machine, points in visits, as a database or a bundle holds them. */
import { createHash } from 'node:crypto';
import { type PointSettings, pointHash } from '../../src/profile/index.ts';
import { type Random, seededRandom } from '../../src/stats/index.ts';
import { RecordMerger, type StoredRecord } from '../../src/store/index.ts';

type RecordOf<Kind extends StoredRecord['kind']> = Extract<StoredRecord, { kind: Kind }>;

/** What makes a project. */
export interface ProjectRecipe {
  /** Settings that all points have instead of the usual ones. */
  readonly settings?: Partial<PointSettings>;
  readonly kernel?: string;
  readonly threads?: readonly number[];
  readonly batches?: readonly number[];
  readonly visits?: number;
  readonly runs?: number;
  /** Latency over that of the usual law. */
  readonly factor?: (threads: number, batch: number) => number;
  readonly seed?: number;
  /** ISO 8601, UTC; begin of the first visit. */
  readonly startedAt?: string;
  /** Cells that fail. */
  readonly fails?: (threads: number, batch: number) => boolean;
}

const usual: PointSettings = {
  method: 1,
  model: { name: 'made-up', contentHash: 'e99f5c49e99f5c49e99f5c49e99f5c49' },
  engine: { name: 'null', version: '1' },
  precision: 'as in the file',
  optimization: 'all',
  spinAfterRun: false,
  threads: 1,
  batch: 1,
  dims: {},
  mode: 'alone',
  cores: 1,
  mapping: 'sequential',
  hardwareThreads: false,
  memoryPolicy: { mode: 'default' },
  cpuModel: 'A CPU',
  topology: '47d07d42',
};

const rule = {
  fixed: null,
  halfWidth: 0.01,
  minVisits: 3,
  minRuns: 9,
  visitMs: 250,
  minRunsPerVisit: 3,
  ceilingMs: 12_000,
};

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** The machine of a recipe. */
export function machineRecord({ kernel = '6.1.0' }: ProjectRecipe = {}): RecordOf<'machine'> {
  const machine = {
    cpuModel: 'A CPU',
    architecture: 'x86_64',
    kernel,
    physicalCores: 4,
    hugePages: 'madvise',
  };
  const hash = createHash('sha256').update(JSON.stringify(machine)).digest('hex').slice(0, 32);
  return { kind: 'machine', hash, seenAt: '2026-01-01T00:00:00.000Z', machine };
}

/** All records of a recipe, each after what it refers to. */
export function* projectRecords(recipe: ProjectRecipe = {}): Generator<StoredRecord> {
  const { threads = [1, 2], batches = [1, 2, 4], seed = 1, fails = () => false } = recipe;
  const machine = machineRecord(recipe);
  yield machine;
  const random = seededRandom(seed);
  let cell = 0;
  for (const t of threads)
    for (const batch of batches) {
      const settings = { ...usual, ...recipe.settings, threads: t, batch, cores: t };
      const startMs = Date.parse(recipe.startedAt ?? '2026-01-01T10:00:00.000Z') + 60_000 * cell++;
      const hasFailed = fails(t, batch);
      yield pointRecord(settings, machine.hash, startMs, hasFailed);
      if (!hasFailed) yield* visitRecords(recipe, { threads: t, batch, startMs, random });
    }
}

function pointRecord(
  settings: PointSettings,
  machine: string,
  startMs: number,
  hasFailed: boolean,
): RecordOf<'point'> {
  return {
    kind: 'point',
    hash: pointHash(settings),
    state: hasFailed ? 'failed' : 'measured',
    settings,
    machine,
    versions: { thinfer: '0.1.0', node: '24.0.0', null: '1' },
    failure: hasFailed ? 'out-of-memory' : null,
    message: hasFailed ? 'the kernel ended it' : null,
    rule: hasFailed ? null : rule,
    changedAt: new Date(startMs + 30_000).toISOString(),
  };
}

function* visitRecords(
  { visits = 3, runs = 5, factor = () => 1 }: ProjectRecipe,
  at: { readonly threads: number; readonly batch: number; readonly startMs: number; readonly random: Random },
): Generator<RecordOf<'visit'>> {
  const centreNs = (1e7 * at.batch * factor(at.threads, at.batch)) / at.threads;
  for (let visit = 0; visit < visits; visit++) {
    const visitNs = centreNs * Math.exp(0.003 * normal(at.random));
    const durationNs = Array.from({ length: runs }, () =>
      Math.round(visitNs * Math.exp(0.002 * normal(at.random))),
    );
    yield {
      kind: 'visit',
      startedAt: new Date(at.startMs + visit * 1000).toISOString(),
      warmups: 2,
      wallMs: 250.5,
      disturbances: [],
      frequencyMhz: visit === 0 ? 2400.25 : null,
      memory: { rssBytes: 1e8, pssBytes: null, largestBatch: at.batch },
      readBack: { cpus: ['0'], computingThreads: [at.threads], memoryPolicy: ['default'], differences: [] },
      replicas: [{ beginNs: durationNs.map((_, run) => run * Math.round(centreNs)), durationNs }],
    };
  }
}

/** Results that a machine made, numbered from 1. */
export function resultRecords(
  machine: string,
  results: readonly (Pick<RecordOf<'result'>, 'of' | 'subject' | 'json'> & { readonly madeAt?: string })[],
): RecordOf<'result'>[] {
  return results.map((result, index) => ({
    kind: 'result',
    number: index + 1,
    of: result.of,
    subject: result.subject,
    machine,
    madeAt: result.madeAt ?? '2026-01-01T11:00:00.000Z',
    json: result.json,
    samples: [],
  }));
}

/** Puts records into a project folder. */
export function fillProject(
  folder: string,
  records: Iterable<StoredRecord>,
): ReturnType<RecordMerger['commit']> {
  using merger = RecordMerger.open(folder);
  for (const record of records) merger.add(record);
  return merger.commit();
}
