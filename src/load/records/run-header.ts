import { z } from 'zod';
import { outcomes } from '../outcome.ts';

/** What the requests of a run can't say of it; stands in the column `run` of its CSV, in the first row. */
export const runHeaderSchema = z.object({
  /** Of this form. */
  format: z.literal(1, 'it was written by another version of thinfer'),
  /** One of each generator's run in the file; the same run is not merged twice. */
  ids: z.array(z.string().min(1)).min(1),
  /** The moment that times in the file count from: when the warm-up had ended, by the generator's wall clock. */
  countedFrom: z.iso.datetime(),
  loop: z.enum(['open', 'closed']),
  model: z.string(),
  /** Null: none. */
  deadlineMs: z.number().positive().nullable(),
  /** How it was made, by name, as text. */
  settings: z.record(z.string(), z.string()),
  interrupted: z.boolean(),
  refusedWithRetryAfter: z.int().min(0),
  waitedForConnection: z.int().min(0),
  /** 0 … 1. */
  busyShare: z.number().min(0),
  eventLoopDelayP99Ms: z.number().min(0),
  /** CPU of the generator. */
  generatorCpu: z.string(),
  errors: z.array(
    z.object({
      outcome: z.enum(outcomes),
      kind: z.string(),
      count: z.int().min(1),
      example: z.string(),
    }),
  ),
});
/** What the requests of a run can't say of it. */
export type RunHeader = z.output<typeof runHeaderSchema>;

/** What a command knows of its run beyond the run itself. */
export type RunFacts = Pick<RunHeader, 'loop' | 'model' | 'deadlineMs' | 'settings' | 'generatorCpu' | 'ids'>;
