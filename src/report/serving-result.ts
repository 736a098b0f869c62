import { z } from 'zod';

/** Text of a file that is shown on a page: one line, not long. */
const text = z
  .string()
  .min(1)
  .max(500)
  .regex(/^[^\p{Cc}]*$/u, 'must be one line without control characters');
const whole = z.int().min(0);
const amount = z.number().min(0).max(1e15);
const positive = z.number().gt(0).max(1e15);

/** How many times as fast, of pairs measured in turn; an end that nothing bounds is `Number.MAX_SAFE_INTEGER`. */
const ratio = z
  .strictObject({
    ratio: positive,
    interval: z.tuple([z.number().min(0), z.number().min(0).max(Number.MAX_SAFE_INTEGER)]),
    pairs: whole.min(1),
  })
  .refine(
    ({ ratio: centre, interval: [low, high] }) => low <= centre && centre <= high,
    'the ratio is outside its interval',
  );

const group = z.strictObject({ instances: whole.min(1), threads: whole, batch: whole.min(1) });

/** A server with a configuration, as it was started for a model. */
const set = z.strictObject({
  name: text.describe('what results refer to'),
  server: text,
  configuration: text,
  isPlan: z.boolean(),
  groups: z.array(group).min(1).max(64),
  engine: text,
  processes: whole.min(1),
  pssBytes: positive.nullable(),
});

const result = z
  .strictObject({
    set: text,
    itemsPerSecond: amount,
    p50Ms: positive,
    p99Ms: positive,
    answers: whole.min(1),
    failed: whole,
    generatorKeptUp: z.boolean(),
    rounds: z
      .array(
        z.strictObject({ itemsPerSecond: amount, p50Ms: positive, foreignShare: z.number().min(0).max(1) }),
      )
      .min(1)
      .max(1000),
    overPeer: ratio.nullable(),
    overBaseline: ratio.nullable(),
  })
  .refine(({ p50Ms, p99Ms }) => p50Ms <= p99Ms, 'p50Ms is above p99Ms');

const load = z.discriminatedUnion('loop', [
  z.strictObject({
    loop: z.literal('closed'),
    concurrency: whole.min(1),
    results: z.array(result).min(1).max(64),
  }),
  z.strictObject({ loop: z.literal('open'), rate: positive, results: z.array(result).min(1).max(64) }),
]);

const model = z
  .strictObject({
    name: text,
    contentHash: z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal'),
    dims: z.record(text, whole.min(1)),
    items: whole.min(1),
    baseline: text,
    loadAverage: z.strictObject({ before: amount, after: amount }),
    checkedAnswers: whole,
    sets: z.array(set).min(1).max(64),
    loads: z.array(load).min(1).max(64),
  })
  .superRefine(({ sets, loads, baseline }, context) => {
    const names = sets.map(({ name }) => name);
    const issue = (path: (string | number)[], message: string): void =>
      context.addIssue({ code: 'custom', path, message });
    if (new Set(names).size < names.length) issue(['sets'], 'two have the same name');
    if (!names.includes(baseline)) issue(['baseline'], `"${baseline}" is none of the sets`);
    for (const [at, { results }] of loads.entries()) {
      const used = results.map((one) => one.set);
      if (new Set(used).size < used.length) issue(['loads', at], 'a set stands there twice');
      for (const name of used)
        if (!names.includes(name)) issue(['loads', at], `"${name}" is none of the sets`);
    }
  });

/** A file of servers compared end to end, such as `bench/serve/torchserve.ts` writes. Anything else in it is an error. */
export const servingSchema = z.strictObject({
  madeAt: z.iso.datetime(),
  machine: z.strictObject({
    cpuModel: text,
    physicalCores: whole,
    virtualisation: text,
    kernel: text,
    node: text,
  }),
  kind: z.literal('serving'),
  peer: text.describe('the server that thinfer is compared with'),
  versions: z.record(text, text),
  roundSeconds: positive,
  models: z.array(model).min(1).max(64),
  notes: z.array(text).max(64),
});

/** Servers compared end to end. */
export type ServingResult = z.output<typeof servingSchema>;
export type ServingModel = ServingResult['models'][number];
export type ServingSet = ServingModel['sets'][number];
export type ServingLoad = ServingModel['loads'][number];
export type ServedResult = ServingLoad['results'][number];
