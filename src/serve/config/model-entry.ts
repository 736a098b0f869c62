import { z } from 'zod';
import { type Group, groupsSyntax, type LengthRange, parseGroups, parseLengths } from '../../plan/index.ts';
import { preprocessSchema } from '../preprocess/index.ts';

const whole = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)]).pipe(z.int().min(1));

/** Strict: it becomes a part of URLs. */
const servedName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
    'a name has letters, digits, dots, dashes and underscores, at most 128, and begins with a letter or digit',
  );

const configuration = z.string().transform((text, context): readonly Group[] => {
  const groups = parseGroups(text);
  if (groups !== null) return groups;
  context.addIssue({ code: 'custom', message: `"${text}" is not ${groupsSyntax}` });
  return z.NEVER;
});

const lengthRanges = z.string().transform((text, context): readonly LengthRange[] => {
  const ranges = parseLengths(text);
  if (typeof ranges !== 'string') return ranges;
  context.addIssue({ code: 'custom', message: ranges });
  return z.NEVER;
});

/** How a model is declared in the file. */
export const modelEntry = z.strictObject({
  /** A name of the zoo, or the path of an ONNX file. */
  model: z.string().min(1),
  /** What clients call it; default: the zoo's name, or the file's without its ending. */
  name: servedName.optional(),
  version: z
    .union([z.string(), z.int().transform(String)])
    .pipe(z.string().regex(/^[1-9]\d{0,8}$/, 'a version is a whole number from 1'))
    .default('1'),
  /** B of the plan that is looked for. */
  items: whole.optional(),
  cores: whole.optional(),
  config: configuration.optional(),
  dim: z.record(z.string(), whole).default({}),
  engine: z.string().optional(),
  /** The dimension along which requests are padded to fit into one batch; `auto`: an attention mask's; `off`. */
  pad: z.string().min(1).default('auto'),
  /** How long requests are: instances are planned for short, middle and long ones where that wins. */
  lengths: lengthRanges.optional(),
  /** How pictures or text become tensors; default: what the zoo knows of the model, or tokenizer.json beside the file. */
  preprocess: preprocessSchema.optional(),
});

/** A model to be served. */
export type ModelEntry = z.output<typeof modelEntry>;
