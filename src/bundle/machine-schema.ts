import { z } from 'zod';

const count = z.int().min(1);
const bytes = z.number().min(0);

/** Facts that pages and comparisons tell; an older thinfer may lack some, and what a newer one adds is kept. */
const toldFacts = z
  .object({
    architecture: z.string(),
    virtualisation: z.string(),
    clockMhz: z.looseObject({
      lowest: z.nullable(z.number()).optional(),
      highest: z.nullable(z.number()).optional(),
    }),
    governors: z.array(z.string()),
    turbo: z.nullable(z.boolean()),
    sockets: count,
    numaNodes: z.array(z.looseObject({})),
    physicalCores: count,
    hardwareThreads: count,
    usable: z.array(z.int().min(0)),
    quotaCores: z.nullable(z.number()),
    isa: z.array(z.string()),
    memoryBytes: bytes,
    memoryLimitBytes: z.nullable(bytes),
    hugePages: z.string(),
  })
  .partial();

/** A machine as it was stored. */
export const machineSchema = z.looseObject({
  cpuModel: z.string(),
  kernel: z.string(),
  ...toldFacts.shape,
});
