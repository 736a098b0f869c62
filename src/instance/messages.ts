import { z } from 'zod';
import type { EngineSettings } from '../engine/index.ts';
import type { ErrorCode } from '../errors.ts';
import type { MemoryPolicy } from '../machine/types.ts';
import type { TensorType } from '../model/types.ts';

const tensorType = z.enum([
  'float32', 'float16', 'float64', 'bfloat16', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64',
  'bool', 'string',
] satisfies TensorType[]); // biome-ignore format: a table

const errorCode = z.enum([
  'usage', 'not-found', 'model-invalid', 'shape-invalid', 'store-invalid', 'busy', 'storage', 'machine', 'no-plan',
  'engine-failed', 'out-of-memory', 'instance-failed', 'interrupted', 'request-invalid', 'too-large', 'denied', 'overloaded',
  'late', 'unavailable', 'bug',
] satisfies ErrorCode[]); // biome-ignore format: a table

/** A tensor's place in the arena. */
const placedTensor = z.object({
  name: z.string(),
  type: tensorType,
  shape: z.array(z.int().min(0)).readonly(),
  offset: z.int().min(0),
  bytes: z.int().min(0),
});
export type PlacedTensor = z.infer<typeof placedTensor>;

/** An output's place. Shape null: it depends on the inputs' values, and `bytes` is the most that is copied. */
export type PlacedOutput = Omit<PlacedTensor, 'shape'> & { readonly shape: PlacedTensor['shape'] | null };

const spec = z.object({
  name: z.string(),
  type: tensorType,
  shape: z.array(z.union([z.string(), z.number()])).readonly(),
});

const toParent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('hello'), protocol: z.int(), pid: z.int() }),
  z.object({
    type: z.literal('loaded'),
    engine: z.object({ name: z.string(), version: z.string() }),
    signature: z.object({ inputs: z.array(spec).readonly(), outputs: z.array(spec).readonly() }),
    /** The kernel's own word on the memory policy in force. */
    memoryPolicy: z.string(),
    loadMs: z.number(),
  }),
  /** `outputs`: their shapes, where the parent asked for them; null where one depends on the inputs' values. */
  z.object({
    type: z.literal('bound'),
    outputs: z
      .array(spec.extend({ shape: z.array(z.int().min(0)).readonly().nullable() }))
      .readonly()
      .nullable(),
  }),
  z.object({ type: z.literal('closed') }),
  /** The answer to any request that failed; the child lives on. */
  z.object({
    type: z.literal('failed'),
    /** A code of another program's own counts as the engine's failure. */
    code: errorCode.catch('engine-failed'),
    message: z.string(),
    remedy: z.string().optional(),
  }),
]);

/** What a child says. */
export type ToParent = z.infer<typeof toParent>;

/** What a parent asks. */
export type ToChild =
  | { readonly type: 'load'; readonly settings: EngineSettings; readonly memoryPolicy: MemoryPolicy }
  | {
      readonly type: 'bind';
      readonly slot: number;
      readonly inputs: readonly PlacedTensor[];
      /** Null: only tell the outputs' shapes; the slot can't run yet. */
      readonly outputs: readonly PlacedOutput[] | null;
    }
  | { readonly type: 'close' };

/** A child's message, checked. Throws on what the protocol does not know. */
export function parseFromChild(payload: Buffer): ToParent {
  return toParent.parse(JSON.parse(payload.toString('utf8')));
}
