import { existsSync, readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { ThinferError } from '../errors.ts';
import { mostRequests } from '../load/arrivals/most-requests.ts';
import { parseShape, shapesSyntax } from '../load/arrivals/shape.ts';
import { parseThreshold, type Threshold } from '../load/thresholds.ts';
import {
  addCommonFlags,
  commonSchema,
  count,
  countOrZero,
  dims,
  duration,
  durationOrZero,
  path,
  repeatable,
} from './flags.ts';

/** A number above 0, such as requests per second. */
export const positive = z.string().transform((text, context) => {
  const number = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number > 0 && number <= 1e6) return number;
  context.addIssue({ code: 'custom', message: `"${text}" is not a number above 0, at most 1000000` });
  return z.NEVER;
});

/** `1,4,8`: each as likely; a number that stands twice is twice as likely. */
export const itemsList = z.string().transform((text, context) => {
  const numbers = text.split(',').map((part) => (/^\d+$/.test(part.trim()) ? Number(part) : 0));
  if (numbers.length <= 100 && numbers.every((number) => number >= 1 && number <= 1e6)) return numbers;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not a whole number from 1, or a list of at most 100 such as 1,4,8`,
  });
  return z.NEVER;
});

const thresholds = z.array(z.string()).transform((texts, context) =>
  texts.map(parseThreshold).filter((parsed): parsed is Threshold => {
    if (typeof parsed === 'string') context.addIssue({ code: 'custom', message: parsed });
    return typeof parsed !== 'string';
  }),
);

/** `poisson`, `steps:10@30s`: a shape of arrivals, with its own text. */
export const shape = z.string().transform((text, context) => {
  const parsed = parseShape(text);
  if (typeof parsed !== 'string') return { text, shape: parsed };
  context.addIssue({ code: 'custom', message: parsed });
  return z.NEVER;
});

const outFile = path.refine((file) => /\.(hdr|csv)$/.test(file), 'the file must end in .csv or .hdr');

const mostMs = 24 * 3_600_000;
/** At most this many clients or connections. */
const mostAtOnce = 10_000;
const atOnce = count.refine((number) => number <= mostAtOnce, `at most ${mostAtOnce}`);

/** The flags of `thinfer load`. */
export const loadSchema = commonSchema
  .extend({
    model: z.string().min(1, 'the name is empty').max(1000),
    modelVersion: z.string().min(1).max(100).optional(),
    protocol: z.enum(['oip', 'oip-grpc', 'torchserve']).default('oip'),
    rate: positive.optional(),
    arrivals: shape.prefault('poisson'),
    concurrency: atOnce.optional(),
    think: duration.optional(),
    duration: duration.optional(),
    requests: count.optional(),
    warmup: durationOrZero.default(2000),
    items: itemsList.optional(),
    dim: dims.default({}),
    inputs: count.refine((number) => number <= 10_000, 'at most 10000').default(8),
    modelFile: path.optional(),
    cache: path.optional(),
    body: z.array(path).default([]),
    contentType: z.string().min(1).max(200).optional(),
    jsonBody: z.boolean().default(false),
    binary: z.boolean().default(false),
    deadline: duration.optional(),
    timeout: duration.default(30_000),
    verify: z.boolean().default(false),
    tolerance: positive.optional(),
    seed: countOrZero.default(1),
    connections: atOnce.default(512),
    token: z.string().min(1).optional(),
    failIf: thresholds.default([]),
    out: z.array(outFile).default([]),
  })
  .superRefine((flags, context) => {
    const issue = (flag: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [flag], message });
    const { kind } = flags.arrivals.shape;
    const hasRates = kind === 'steps' || kind === 'ramp';
    if (hasRates && (flags.rate !== undefined || flags.concurrency !== undefined))
      issue('rate', `${kind} have rates of their own; leave --rate and --concurrency out`);
    if (!hasRates && (flags.rate === undefined) === (flags.concurrency === undefined))
      issue('rate', 'give either --rate (an open loop) or --concurrency (a closed loop)');
    if (kind === 'ramp' && flags.requests !== undefined)
      issue('requests', 'a ramp takes a time: give --duration');
    if (flags.think !== undefined && flags.concurrency === undefined)
      issue('think', 'only clients of --concurrency think');
    if (flags.duration !== undefined && flags.requests !== undefined)
      issue('requests', 'give either --duration or --requests');
    if (flags.binary && flags.jsonBody) issue('binary', 'give either --binary or --json-body');
    const isTorchServe = flags.protocol === 'torchserve';
    if (isTorchServe && flags.body.length === 0)
      issue('body', 'TorchServe does not say what a model takes: give the body as a file');
    if (!isTorchServe && flags.body.length > 0) issue('body', 'bodies are for --protocol torchserve');
    for (const flag of ['duration', 'warmup', 'timeout', 'think', 'deadline'] as const)
      if ((flags[flag] ?? 0) > mostMs) issue(flag, 'at most 24h');
    if ((flags.requests ?? 0) > mostRequests) issue('requests', `at most ${mostRequests}`);
  });
/** The flags of `thinfer load`, checked. */
export type LoadFlags = z.output<typeof loadSchema>;

/** Whether requests follow a schedule, whatever becomes of them. */
export const isOpen = ({ concurrency }: LoadFlags): boolean => concurrency === undefined;

/** Adds the flags of `thinfer load`. */
export function addLoadFlags(command: Command): Command {
  return addCommonFlags(command)
    .requiredOption('--model <name>', "the model's name on the server")
    .option('--model-version <version>', "its version; default: the server's choice")
    .addOption(
      new Option('--protocol <name>', 'how the server is spoken to')
        .choices(['oip', 'oip-grpc', 'torchserve'])
        .default('oip'),
    )
    .option('--rate <r>', 'open loop: requests per second, sent whatever became of those before')
    .option('--arrivals <shape>', `how requests arrive: ${shapesSyntax}`, 'poisson')
    .option('--concurrency <n>', 'closed loop: clients that wait for an answer before they send again')
    .option('--think <time>', "a client's pause before its next request, e.g. 20ms; default: none")
    .option('--duration <time>', 'how long is measured; default: 10s')
    .option('--requests <n>', 'how many requests are measured, instead of a time')
    .option('--warmup <time>', 'load before that is not counted; 0: none', '2s')
    .option('--items <list>', 'items of a request; of a list such as 1,4,8 each is as likely; default: 1')
    .addOption(
      repeatable(
        '--dim <name=size>',
        'size of a free dimension: its name, INPUT_dim1, or dim1 for all inputs; repeatable',
      ),
    )
    .option('--inputs <n>', 'different inputs for each number of items', '8')
    .option(
      '--model-file <model>',
      'zoo name or ONNX file: names of dimensions, and what its integers may be',
    )
    .addOption(new Option('--cache <dir>', 'folder of the models that thinfer makes').env('THINFER_CACHE'))
    .addOption(repeatable('--body <file>', 'TorchServe: a body to send; repeatable'))
    .option('--content-type <type>', 'TorchServe: of the bodies; default: by the end of their name')
    .option('--binary', 'tensors as binary data (the default)')
    .option('--json-body', 'tensors as JSON')
    .option('--deadline <time>', 'answers count as good within this, e.g. 500ms; the server is told')
    .option('--timeout <time>', 'no answer is waited for longer', '30s')
    .option('--verify', 'compare every answer with one that was got alone')
    .option('--tolerance <share>', 'relative difference that --verify allows; default: 0.001')
    .option('--seed <n>', 'the same seed gives the same schedule and inputs', '1')
    .option('--connections <n>', 'most HTTP connections at a time', '512')
    .option('--token <name>', 'environment variable or file that holds the token')
    .addOption(
      repeatable(
        '--fail-if <condition>',
        'exit with 1 if, e.g. p99>50ms, goodput<100, errors>0, refused>1%; repeatable',
      ),
    )
    .addOption(
      repeatable(
        '--out <file>',
        'every request as .csv, or latencies as an HdrHistogram log .hdr; repeatable',
      ),
    );
}

/** The token that `--token` names: an environment variable, else a file's first line. Never part of a message. */
export function readToken(name: string | undefined): string | null {
  if (name === undefined) return null;
  const variable = process.env[name];
  if (variable === undefined && !existsSync(name))
    throw new ThinferError(
      'usage',
      `--token: there is neither an environment variable nor a file "${name}"`,
      {
        remedy:
          'put the token into one of them; it is not given on the command line, where other users could read it',
      },
    );
  const token = (variable ?? readFileSync(name, 'utf8').split('\n')[0] ?? '').trim();
  if (/^[\x21-\x7e]{1,4096}$/.test(token)) return token;
  throw new ThinferError('usage', `--token: "${name}" holds no token of visible ASCII characters`);
}
