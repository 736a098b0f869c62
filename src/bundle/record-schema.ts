import { z } from 'zod';
import { machineSchema } from './machine-schema.ts';

const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, 'is no time such as 2026-01-31T12:00:00.000Z');
const hash = z.string().regex(/^[0-9a-f]{16,64}$/, 'is no hash');
const whole = z.int().min(0);
const positive = z.number().positive();
const mostRuns = 10_000_000;
const nanoseconds = z.array(whole).max(mostRuns);
/** How long something took: what takes no time has no rate. */
const durations = z.array(z.int().min(1)).max(mostRuns);

/** What a point's statistics and comparisons rely on; what a newer thinfer adds is kept. */
const settings = z.looseObject({
  method: whole,
  model: z.looseObject({ name: z.string().min(1), contentHash: z.string().min(1) }),
  engine: z.looseObject({ name: z.string().min(1), version: z.string().min(1) }),
  precision: z.string(),
  optimization: z.string(),
  spinAfterRun: z.boolean(),
  threads: z.int().min(1),
  batch: z.int().min(1),
  dims: z.record(z.string(), whole),
  mode: z.enum(['alone', 'together']),
  cores: z.int().min(1),
  mapping: z.string(),
  hardwareThreads: z.boolean(),
  memoryPolicy: z.looseObject({ mode: z.string() }),
  cpuModel: z.string(),
  topology: z.string(),
});

const rule = z.looseObject({
  fixed: z.nullable(z.looseObject({ warmups: whole, iterations: whole })),
  halfWidth: z.number(),
  minVisits: whole,
  minRuns: whole,
  visitMs: z.number(),
  minRunsPerVisit: whole,
  ceilingMs: z.number(),
});

const disturbance = z.looseObject({
  kind: z.string(),
  value: z.number(),
  threshold: z.number(),
  unit: z.string(),
  text: z.string(),
});

const memory = z.looseObject({
  rssBytes: z.number(),
  pssBytes: z.nullable(z.number()),
  largestBatch: z.number(),
});

const readBack = z.looseObject({
  cpus: z.array(z.string()),
  computingThreads: z.array(z.number()),
  memoryPolicy: z.array(z.string()),
  differences: z.array(z.string()),
});

const replica = z
  .strictObject({ beginNs: nanoseconds, durationNs: durations })
  .refine(({ beginNs, durationNs }) => beginNs.length === durationNs.length && beginNs.length > 0, {
    message: 'has not as many begins as durations, or none',
  });

const row = z.looseObject({
  line: whole,
  description: z.record(z.string(), z.string()),
  instances: z.nullable(z.number()),
  instanceId: z.number(),
  threads: z.int().min(1),
  batch: z.int().min(1),
  latencyMs: positive,
  minMs: z.nullable(positive),
  maxMs: z.nullable(positive),
});

const latencies = z.looseObject({
  kind: z.undefined().optional(),
  name: z.string().min(1),
  columns: z.array(z.string()),
  rows: z.array(row).min(1),
  repaired: whole,
  dropped: whole,
  skipped: whole,
  notices: z.array(z.string()),
});

const number = z.strictObject({ value: z.number(), half: z.number().min(0) });
const column = z.looseObject({
  name: z.string(),
  position: z.int().min(1),
  role: z.enum(['dimension', 'measure', 'seed', 'unknown']),
  quantity: z.string(),
  scale: z.number(),
  parts: z.array(z.looseObject({ precision: z.nullable(z.string()), label: z.string() })),
});
const results = z.looseObject({
  kind: z.literal('results'),
  name: z.string().min(1),
  columns: z.array(column),
  rows: z.array(
    z.strictObject({
      line: whole,
      cells: z.array(z.strictObject({ text: z.string(), numbers: z.array(z.nullable(number)) })),
    }),
  ),
  facts: z.looseObject({}),
  separators: whole,
  notices: z.array(z.string()),
});

const table = z.union([results, latencies]);

/** A line of a bundle behind the first. */
export const recordSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('machine'),
    hash,
    seenAt: time,
    machine: machineSchema,
  }),
  z.strictObject({
    kind: z.literal('point'),
    hash,
    state: z.enum(['open', 'measured', 'failed', 'superseded']),
    settings,
    machine: hash,
    versions: z.record(z.string(), z.string()),
    failure: z.nullable(z.string()),
    message: z.nullable(z.string()),
    rule: z.nullable(rule),
    changedAt: time,
  }),
  z.strictObject({
    kind: z.literal('visit'),
    startedAt: time,
    warmups: whole,
    wallMs: z.number().min(0),
    disturbances: z.array(disturbance),
    frequencyMhz: z.nullable(z.number()),
    memory,
    readBack,
    replicas: z
      .array(replica)
      .min(1)
      .refine((replicas) => new Set(replicas.map(({ durationNs }) => durationNs.length)).size === 1, {
        message: 'have different numbers of runs',
      }),
  }),
  z.strictObject({
    kind: z.literal('result'),
    number: z.int().min(1),
    of: z.string().min(1),
    subject: z.string().min(1),
    machine: hash,
    madeAt: time,
    json: z.unknown(),
    samples: z.array(z.strictObject({ configuration: z.string(), round: whole, durationNs: durations })),
  }),
  z.strictObject({
    kind: z.literal('plan'),
    subject: z.string().min(1),
    result: z.int().min(1),
    json: z.looseObject({}),
  }),
  z.strictObject({
    kind: z.literal('contention'),
    machine: z.string().min(1),
    series: z.string().min(1),
    changedAt: time,
    json: z.looseObject({}),
  }),
  z.strictObject({
    kind: z.literal('table'),
    name: z.string().min(1).max(100),
    hash,
    file: z.string().max(4096),
    importedAt: time,
    table,
  }),
]);
