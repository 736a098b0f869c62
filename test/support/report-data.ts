/**
 * Made-up report data for tests: SYNTHETIC, drawn from a formula, measured nowhere. The words "synthetic" and "made up"
 * stand in the model's and the machine's name, hence on every page and chart made of it.
 */
import type { Cpu, Machine } from '../../src/machine/types.ts';
import type { Group, Plan } from '../../src/plan/types.ts';
import type { Point, PointMode, Verdict } from '../../src/profile/types.ts';
import type { ReportData } from '../../src/report/types.ts';
import type { SpeedUp, TrialConfiguration } from '../../src/trial/types.ts';

const time = '2026-01-02T03:04:05.000Z';

/** What the formula draws points from. */
interface Shape {
  readonly model: string;
  readonly cores: number;
  readonly threads: readonly number[];
  readonly batches: readonly number[];
  /** Milliseconds per item on one thread. */
  readonly itemMs: number;
  /** Share of a batch's work that does not parallelize, for batch 1. */
  readonly serial: number;
  readonly modes: readonly PointMode[];
  readonly isDisturbed: (threads: number, batch: number) => boolean;
  readonly isFailed: (threads: number, batch: number) => boolean;
}

const good: Verdict = { trusted: true, disturbances: [], visits: 3, visitsLeftOut: 0 };
const bad: Verdict = {
  trusted: false,
  disturbances: [
    {
      kind: 'steal',
      value: 0.08,
      threshold: 0.01,
      unit: 'share',
      text: 'the hypervisor took 8 % of the time (allowed: 1 %)',
    },
  ],
  visits: 4,
  visitsLeftOut: 1,
};

/** Amdahl's law over a batch, a fixed cost, and a bump per place that stays the same in every run. */
function latencyMs(shape: Shape, threads: number, batch: number, mode: PointMode): number {
  const serial = shape.serial / (1 + 0.35 * Math.log2(batch));
  const work = shape.itemMs * (0.15 + 0.85 * batch ** 0.985);
  const contention = mode === 'together' ? 1.06 + 0.02 * Math.log2(shape.cores / threads) : 1;
  const bump = 1 + 0.02 * Math.sin(threads * 12.9 + batch * 78.2);
  return work * (serial + (1 - serial) / threads) * contention * bump + 0.25 * Math.log2(threads);
}

function pointOf(shape: Shape, threads: number, batch: number, mode: PointMode): Point {
  const settings = {
    method: 1,
    model: { name: shape.model, contentHash: 'a'.repeat(64) },
    engine: { name: 'onnxruntime', version: '0.0.0-synthetic' },
    precision: 'fp32',
    optimization: 'all',
    spinAfterRun: false,
    threads,
    batch,
    dims: {},
    mode,
    cores: mode === 'alone' ? threads : shape.cores,
    mapping: 'sequential',
    hardwareThreads: false,
    memoryPolicy: { mode: 'local' },
    cpuModel: 'Synthetic CPU (made up)',
    topology: 'b'.repeat(16),
  } as const;
  const hash = `${mode}-${threads}-${batch}`.padEnd(32, '0');
  if (shape.isFailed(threads, batch)) {
    const message = `an instance with ${threads} threads at batch ${batch} needed more than 8.00 GiB (synthetic)`;
    return { state: 'failed', hash, settings, failure: 'out-of-memory', message, measuredAt: time };
  }
  const isDisturbed = shape.isDisturbed(threads, batch);
  const medianMs = latencyMs(shape, threads, batch, mode) * (isDisturbed ? 1.12 : 1);
  const spread = isDisturbed ? 0.06 : 0.007;
  const replicas = mode === 'alone' ? 1 : Math.floor(shape.cores / threads);
  const rssBytes = Math.round(180e6 + batch * 22e6 + threads * 1e6);
  return {
    state: 'measured',
    hash,
    settings,
    replicas,
    stats: {
      count: 40 * replicas,
      medianMs,
      interval: [medianMs * (1 - spread), medianMs * (1 + spread * 1.3)],
      meanMs: medianMs * 1.01,
      minMs: medianMs * 0.97,
      maxMs: medianMs * 1.3,
      p90Ms: medianMs * 1.05,
      p99Ms: medianMs * 1.2,
      slowestMs: medianMs * (1 + 0.01 * Math.log2(replicas)),
    },
    verdict: isDisturbed ? bad : good,
    memory: { rssBytes, pssBytes: Math.round(rssBytes * 0.8), largestBatch: batch },
    readBack: {
      cpus: Array.from({ length: replicas }, (_, index) =>
        threads === 1 ? `${index}` : `${index * threads}-${(index + 1) * threads - 1}`,
      ),
      computingThreads: Array<number>(replicas).fill(threads),
      memoryPolicy: Array<string>(replicas).fill('local'),
      differences: [],
    },
    measuredAt: time,
  };
}

function pointsOf(shape: Shape): Point[] {
  return shape.modes.flatMap((mode) =>
    shape.batches.flatMap((batch) => shape.threads.map((threads) => pointOf(shape, threads, batch, mode))),
  );
}

/** A machine of equal sockets, a node each; `usable` are the first hardware threads of the cores. */
function machineOf(sockets: number, coresPerSocket: number, threadsPerCore: number): Machine {
  const physicalCores = sockets * coresPerSocket;
  const cpus = Array.from({ length: physicalCores * threadsPerCore }, (_, id): Cpu => {
    const core = id % physicalCores;
    const socket = Math.floor(core / coresPerSocket);
    const siblings = Array.from(
      { length: threadsPerCore },
      (_sibling, thread) => core + thread * physicalCores,
    );
    return { id, core, siblings, socket, node: socket, kind: 'performance', allowed: true };
  });
  const memoryBytes = 8 * 2 ** 30 * sockets;
  return {
    cpuModel: 'Synthetic CPU (made up)',
    architecture: 'x86_64',
    kernel: '6.0.0-synthetic',
    virtualisation: 'none',
    clockMhz: { current: 2500, lowest: 800, highest: 3500 },
    sockets,
    numaNodes: Array.from({ length: sockets }, (_, id) => ({
      id,
      cpus: cpus.filter(({ node }) => node === id).map((cpu) => cpu.id),
      memoryBytes: memoryBytes / sockets,
    })),
    physicalCores,
    hardwareThreads: cpus.length,
    cpus,
    offlineCpus: [],
    usable: Array.from({ length: physicalCores }, (_, id) => id),
    usableBecause: [
      'One hardware thread of each physical core: hardware threads were not asked for.',
      'The affinity mask and the cpuset allow all of them; there is no CPU quota.',
    ],
    quotaCores: null,
    isa: ['avx2', 'avx512f', 'avx512_vnni'],
    memoryBytes,
    memoryLimitBytes: null,
    memoryAvailableBytes: memoryBytes * 0.8,
    governors: ['performance'],
    turbo: true,
    caches: [
      { level: 1, type: 'data', bytes: 32 * 1024, count: physicalCores },
      { level: 1, type: 'instruction', bytes: 32 * 1024, count: physicalCores },
      { level: 2, type: 'unified', bytes: 1024 * 1024, count: physicalCores },
      { level: 3, type: 'unified', bytes: 32 * 1024 * 1024, count: sockets },
    ],
    allocators: [{ name: 'glibc', path: null }],
    hugePages: 'madvise',
    disturbances: bad.disturbances,
    rootWouldAdd: ['Reading the clock while it runs needs the msr module (synthetic).'],
  };
}

function dataOf(shape: Shape, machine: Machine): ReportData {
  return {
    versions: { thinfer: '0.0.0-synthetic', node: 'v24.0.0', onnxruntime: '0.0.0-synthetic' },
    madeAt: time,
    machine,
    model: {
      name: shape.model,
      file: '/synthetic/model.onnx',
      contentHash: 'a'.repeat(64),
      opset: 17,
      parameters: 25_557_032,
      bytes: 102_400_000,
      inputs: [{ name: 'data', type: 'float32', shape: ['N', 3, 224, 224] }],
      outputs: [{ name: 'output', type: 'float32', shape: ['N', 1000] }],
      batchDim: 'N',
      fixedBatch: 1,
      freeDims: [],
      defaultDims: {},
      ranges: {},
    },
    costPerItem: { flops: 8.18e9, bytes: 210e6, unknown: [], byOperator: {} },
    settings: {
      engine: 'onnxruntime 0.0.0-synthetic',
      precision: 'fp32',
      optimization: 'all',
      'spinning after a run': 'no',
      mapping: 'sequential',
      'memory policy': 'local',
      'sampling of a cell': 'until the median is known to ±1 %: at least 3 visits and 9 runs, at most 12 s',
    },
    cores: shape.cores,
    points: pointsOf(shape),
    plan: null,
    trial: null,
    command: 'thinfer profile synthetic',
  };
}

function planOf(groups: readonly Group[], latency: number, items: number): Plan {
  const cores = groups.reduce((sum, { instances, threads }) => sum + instances * threads, 0);
  const predictedMs = latency * 1.01;
  return {
    groups,
    cores,
    latencyMs: latency,
    predictedMs,
    itemsPerSecond: (items / predictedMs) * 1000,
    fitted: false,
    cells: 'together',
    predictionInterval: [predictedMs * 0.98, predictedMs * 1.02],
  };
}

interface TrialRow {
  readonly names: readonly string[];
  readonly groups: readonly Group[];
  readonly predictedMs: number | null;
  readonly medianMs: number;
  /** Busy share of the usable CPUs, mean; the others idle. */
  readonly busy: number;
  readonly pinned?: boolean;
  readonly trusted?: boolean;
}

function configurationOf(
  row: TrialRow,
  machine: Machine,
  items: number,
  defaultMs: number,
): TrialConfiguration {
  const pinned = row.pinned ?? true;
  const busy = machine.cpus.map(({ id }) => {
    const share = pinned ? (machine.usable.includes(id) ? row.busy : 0.01) : row.busy;
    return [String(id), Math.min(1, share * (1 + 0.06 * Math.sin(id * 7.7)))];
  });
  return {
    name: row.names.join(' = '),
    names: row.names,
    groups: row.groups,
    pinned,
    predictedMs: row.predictedMs,
    prediction: predictionOf(row),
    medianMs: row.medianMs,
    interval: [row.medianMs * 0.99, row.medianMs * 1.013],
    itemsPerSecond: (items / row.medianMs) * 1000,
    count: 30,
    rounds: 30,
    standing: row.names.includes('plan') ? 'leader' : 'slower',
    verdict: row.trusted === false ? bad : good,
    overDefault: speedUpOf(defaultMs, row.medianMs, 0.03),
    startSkew: 0.0012,
    busy: Object.fromEntries(busy),
    rssBytes: 700e6,
  };
}

function predictionOf({ predictedMs, medianMs }: TrialRow): TrialConfiguration['prediction'] {
  if (predictedMs === null) return null;
  const ratio = medianMs / predictedMs;
  const stated = [predictedMs * 0.98, predictedMs * 1.02] as const;
  const within = stated[0] <= medianMs && medianMs <= stated[1];
  return { ratio, interval: [ratio * 0.99, ratio * 1.013], stated, within };
}

function speedUpOf(medianMs: number, winnerMs: number, half = 0.012): SpeedUp {
  const ratio = medianMs / winnerMs;
  return { ratio, interval: [ratio * (1 - half), ratio * (1 + half)] };
}

/** (i) Two cores, a ResNet-like model, disturbed points, the plan equal to thin and faster than fat by 12 %. */
export function twoCoreData(): ReportData {
  const shape: Shape = {
    model: 'ResNet-50 (synthetic)',
    cores: 2,
    threads: [1, 2],
    batches: [1, 2, 4, 8, 16],
    itemMs: 36,
    serial: 0.16,
    modes: ['alone', 'together'],
    isDisturbed: (threads, batch) => (threads === 2 && batch === 4) || (threads === 1 && batch === 16),
    isFailed: () => false,
  };
  const machine = machineOf(1, 2, 1);
  const thin = [{ instances: 2, threads: 1, batch: 8 }];
  const fat = [{ instances: 1, threads: 2, batch: 16 }];
  const rows: TrialRow[] = [
    { names: ['plan', 'thin'], groups: thin, predictedMs: 262, medianMs: 268, busy: 0.97 },
    { names: ['fat'], groups: fat, predictedMs: 296, medianMs: 301, busy: 0.88 },
    {
      names: ['default'],
      groups: [{ instances: 1, threads: 0, batch: 16 }],
      predictedMs: null,
      medianMs: 309,
      busy: 0.86,
      pinned: false,
      trusted: false,
    },
  ];
  return {
    ...dataOf(shape, machine),
    plan: {
      goal: 'latency',
      cores: 2,
      items: 16,
      best: planOf(thin, 260, 16),
      alternatives: [],
      baselines: { fat: planOf(fat, 293, 16), thin: planOf(thin, 260, 16) },
      speedup: { fat: 1.13, thin: 1, default: null },
      table: { cells: 10, measured: 10, fitted: 0 },
    },
    trial: {
      items: 16,
      cores: 2,
      rounds: 30,
      endedBy: 'parted',
      configurations: rows.map((row) => configurationOf(row, machine, 16, 309)),
      failures: [],
      winner: 'plan = thin',
      speedup: {
        plan: speedUpOf(268, 268, 0),
        fat: speedUpOf(301, 268),
        thin: null,
        default: speedUpOf(309, 268, 0.03),
      },
      verdict: 'The plan is faster than fat and default; both intervals leave 1 out (synthetic).',
    },
    command: 'thinfer tune resnet50 --items 16',
  };
}

/** (ii) Sixteen cores with hardware threads on two sockets, eleven batches; no difference from thin. */
export function sixteenCoreData(): ReportData {
  const shape: Shape = {
    model: 'BERT-base (synthetic)',
    cores: 16,
    threads: [1, 2, 4, 8, 16],
    batches: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    itemMs: 128,
    serial: 0.12,
    modes: ['alone', 'together'],
    isDisturbed: (threads, batch) => threads === 8 && (batch === 2 || batch === 64),
    isFailed: (threads, batch) => batch === 1024 && threads < 4,
  };
  const machine = machineOf(2, 8, 2);
  const best = [{ instances: 4, threads: 4, batch: 16 }];
  const thin = [{ instances: 16, threads: 1, batch: 4 }];
  const fat = [{ instances: 1, threads: 16, batch: 64 }];
  const second = [
    { instances: 1, threads: 8, batch: 32 },
    { instances: 2, threads: 4, batch: 16 },
  ];
  const rows: TrialRow[] = [
    {
      names: ['default'],
      groups: [{ instances: 1, threads: 0, batch: 64 }],
      predictedMs: null,
      medianMs: 1010,
      busy: 0.55,
      pinned: false,
    },
    { names: ['plan'], groups: best, predictedMs: 548, medianMs: 561, busy: 0.96 },
    { names: ['plan 2'], groups: second, predictedMs: 566, medianMs: 590, busy: 0.94 },
    { names: ['thin'], groups: thin, predictedMs: 560, medianMs: 565, busy: 0.98 },
    { names: ['fat'], groups: fat, predictedMs: 790, medianMs: 812, busy: 0.72 },
  ];
  return {
    ...dataOf(shape, machine),
    plan: {
      goal: 'latency',
      cores: 16,
      items: 64,
      best: planOf(best, 545, 64),
      alternatives: [planOf(second, 562, 64)],
      baselines: { fat: planOf(fat, 785, 64), thin: planOf(thin, 556, 64) },
      speedup: { fat: 1.44, thin: 1.02, default: null },
      table: { cells: 55, measured: 53, fitted: 0 },
    },
    trial: {
      items: 64,
      cores: 16,
      rounds: 30,
      endedBy: 'parted',
      configurations: rows.map((row) => configurationOf(row, machine, 64, 1010)),
      failures: [],
      winner: 'plan',
      speedup: {
        plan: speedUpOf(561, 561, 0),
        fat: speedUpOf(812, 561),
        thin: speedUpOf(565, 561),
        default: speedUpOf(1010, 561, 0.04),
      },
      verdict: 'The plan is faster than fat and default; no significant difference from thin (synthetic).',
    },
    command: 'thinfer tune bert-base --items 64 --sequence 128',
  };
}

/** (iii) A profile only, `alone`, with cells that ran out of memory and a name that tries to break out of the page. */
export function profileOnlyData(): ReportData {
  const shape: Shape = {
    model: '</title><script>alert("synthetic")</script> & "model"',
    cores: 4,
    threads: [1, 2, 3, 4],
    batches: [1, 4, 16, 64],
    itemMs: 5.3,
    serial: 0.6,
    modes: ['alone'],
    isDisturbed: () => false,
    isFailed: (_threads, batch) => batch === 64,
  };
  return dataOf(shape, machineOf(1, 4, 2));
}

/** A single point, the least a page can be asked to show. */
export function onePointData(): ReportData {
  const data = profileOnlyData();
  return { ...data, model: { ...data.model, name: 'tiny (synthetic)' }, points: data.points.slice(0, 1) };
}

/** A plan that was not tried yet. */
export function planOnlyData(): ReportData {
  return { ...twoCoreData(), trial: null, command: 'thinfer plan resnet50 --items 16' };
}
