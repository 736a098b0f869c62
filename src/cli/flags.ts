import { type Command, Option } from 'commander';
import { z } from 'zod';
import { ThinferError } from '../errors.ts';
import { parseNumberList } from './number-list.ts';

/** The name of a file or folder. */
export const path = z.string().min(1, 'the name of a file or folder is empty');

/** Flags every command has, as commander gives them. */
export const commonSchema = z.object({
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
  project: path.default('.thinfer'),
});

/** Adds the flags every command has. */
export function addCommonFlags(command: Command): Command {
  return command
    .option('--json', 'print one JSON document on standard output (docs/json.md)')
    .option('--project <dir>', 'folder of the database and the pages', '.thinfer')
    .option('--quiet', 'no progress and no notices');
}

const whole = (text: string): number => (/^\d+$/.test(text.trim()) ? Number(text) : Number.NaN);

/** A whole number from 1. */
export const count = z.string().transform((text, context) => {
  const number = whole(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  context.addIssue({ code: 'custom', message: `"${text}" is not a whole number from 1` });
  return z.NEVER;
});

/** A whole number from 0. */
export const countOrZero = z.string().transform((text, context) => {
  const number = whole(text);
  if (Number.isSafeInteger(number)) return number;
  context.addIssue({ code: 'custom', message: `"${text}" is not a whole number from 0` });
  return z.NEVER;
});

/** `1,2,4`, a range `1-4` or a row `8,16,…,64`; ascending and without repetition. */
export const countList = z.string().transform((text, context) => {
  const numbers = parseNumberList(text);
  if (numbers !== null) return numbers;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not a list of whole numbers from 1, such as 1,2,4, 1-4 or 8,16,…,1024`,
  });
  return z.NEVER;
});

const milliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

function durationMs(text: string): number {
  const [, number, unit = 's'] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?$/.exec(text.trim()) ?? [];
  return Number(number ?? Number.NaN) * (milliseconds[unit] ?? Number.NaN);
}

/** `90s`, `5m`, `2h`, `500ms`; a bare number is seconds. In milliseconds. */
export const duration = z.string().transform((text, context) => {
  const value = durationMs(text);
  if (value > 0) return value;
  context.addIssue({ code: 'custom', message: `"${text}" is not a duration such as 90s, 5m or 2h` });
  return z.NEVER;
});

/** The same, or 0: none. */
export const durationOrZero = z.string().transform((text, context) => {
  const value = durationMs(text);
  if (value >= 0) return value;
  context.addIssue({ code: 'custom', message: `"${text}" is not a duration such as 500ms, 2s or 0` });
  return z.NEVER;
});

/** A date and time with its zone, as in ISO 8601. */
export const moment = z.string().transform((text, context) => {
  const date = new Date(text);
  if (/T.*(Z|[+-]\d\d:?\d\d)$/.test(text) && !Number.isNaN(date.getTime())) return date;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not a moment such as 2026-05-01T02:00Z or 2026-05-01T02:00+02:00`,
  });
  return z.NEVER;
});

/** `1%` or `0.01`, above 0 and at most one half. */
export const share = z.string().transform((text, context) => {
  const [, number, percent] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim()) ?? [];
  const value = Number(number ?? Number.NaN) / (percent === '%' ? 100 : 1);
  if (value > 0 && value <= 0.5) return value;
  context.addIssue({ code: 'custom', message: `"${text}" is not a share up to 50%, such as 1% or 0.01` });
  return z.NEVER;
});

/** `NAME=SIZE`, repeated. */
export const dims = z.array(z.string()).transform((texts, context) => {
  const values: Record<string, number> = {};
  for (const text of texts) {
    const [, name, size] = /^(.+)=(\d+)$/.exec(text) ?? [];
    if (name === undefined || Number(size) < 1)
      context.addIssue({
        code: 'custom',
        message: `"${text}" is not NAME=SIZE with a size from 1, such as sequence=128`,
      });
    else values[name] = Number(size);
  }
  return values;
});

/** A repeatable option collects its values. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string, previous: string[] | undefined) => [
    ...(previous ?? []),
    value,
  ]);
}

/** Says of a flag that a command has already what it means there. */
export function describeFlag(command: Command, long: string, text: string): void {
  for (const option of command.options) if (option.long === long) option.description = text;
}

/** Checks a command's flags; every problem is reported at once, each with its flag. */
export function parseFlags<T extends z.ZodType>(schema: T, flags: unknown): z.output<T> {
  const parsed = schema.safeParse(flags);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `--${kebab(String(path[0] ?? ''))}: ${message}`,
  );
  throw new ThinferError('usage', problems.join('\n'), { remedy: 'see --help for what each flag takes' });
}

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
