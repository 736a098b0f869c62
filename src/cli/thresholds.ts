import { z } from 'zod';
import { parseThreshold, type Threshold } from '../load/thresholds.ts';

/** `p99>50ms`, repeated: conditions on the numbers of a run. */
export const thresholds = z.array(z.string()).transform((texts, context) =>
  texts.map(parseThreshold).filter((parsed): parsed is Threshold => {
    if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
    return typeof parsed !== 'string';
  }),
);
