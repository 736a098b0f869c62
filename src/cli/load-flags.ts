import { existsSync, readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { ThinferError } from '../errors.ts';
import { mostRequests } from '../load/arrivals/most-requests.ts';
import { parseShape, shapesSyntax } from '../load/arrivals/shape.ts';
import {
  addCommonFlags,
  commonSchema,
  count,
  countOrZero,
  duration,
  durationOrZero,
  path,
  repeatable,
} from './flags.ts';
import {
  addInProcessFlags,
  defaultConnections,
  inProcessFlags,
  inProcessProblems,
} from './load-in-process-flags.ts';
import { addSearchFlags, searchFlags, searchProblems } from './load-search-flags.ts';
import { addTraceFlags, traceFlags, traceProblems } from './load-trace-flags.ts';
import { addMlperfFlags, mlperfFlags, mlperfProblems } from './mlperf-flags.ts';
import { positive } from './positive.ts';
import { dimSizes, itemsList } from './size-lists.ts';
import { thresholds } from './thresholds.ts';

/** `poisson`, `steps:10@30s`: a shape of arrivals, with its own text. */
export const shape = z.string().transform((text, context) => {
  const parsed = parseShape(text);
  if (typeof parsed !== 'string') return { text, shape: parsed };
  context.addIssue({ code: 'custom', message: parsed });
  return z.NEVER;
});

/** Where the requests of a run go. */
export const outFile = path.refine((file) => /\.(hdr|csv)$/.test(file), 'the file must end in .csv or .hdr');

/** Where a page goes. */
export const pageFile = path.refine((file) => /\.html?$/i.test(file), 'the file must end in .html');

const mostMs = 24 * 3_600_000;
/** At most this many clients or connections. */
const mostAtOnce = 10_000;
const atOnce = count.refine((number) => number <= mostAtOnce, `at most ${mostAtOnce}`);

/** The flags of `thinfer load`. */
export const loadSchema = commonSchema
  .extend({
    model: z.string().min(1, 'the name is empty').max(1000).optional(),
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
    dim: dimSizes.default({}),
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
    connections: atOnce.default(defaultConnections),
    token: z.string().min(1).optional(),
    failIf: thresholds.default([]),
    out: z.array(outFile).default([]),
    report: pageFile.optional(),
    lengthDim: z.string().min(1).optional(),
    ...traceFlags,
    ...searchFlags,
    ...inProcessFlags,
    ...mlperfFlags,
  })
  .superRefine((flags, context) => {
    const issue = (flag: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [flag], message });
    const { kind } = flags.arrivals.shape;
    const hasRates = kind === 'steps' || kind === 'ramp';
    traceProblems(flags, issue);
    searchProblems(flags, issue);
    inProcessProblems(flags, issue);
    mlperfProblems(flags, issue);
    const needsLoop = flags.trace === undefined && !flags.findRate && flags.scenario === undefined;
    if (flags.lengthDim !== undefined && flags.trace === undefined)
      issue('length-dim', 'it says what the lengths of a --trace are');
    if (hasRates && (flags.rate !== undefined || flags.concurrency !== undefined))
      issue('rate', `${kind} have rates of their own; leave --rate and --concurrency out`);
    if (needsLoop && !hasRates && (flags.rate === undefined) === (flags.concurrency === undefined))
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

/** How long is measured, unless another time or number is asked for, in ms. */
export const defaultLoadMs = 10_000;

/** Whether requests follow a schedule, whatever becomes of them. */
export const isOpen = ({ concurrency }: LoadFlags): boolean => concurrency === undefined;

/** Adds the flags of `thinfer load`. */
export function addLoadFlags(command: Command): Command {
  addCommonFlags(command)
    .option('--model <name>', "the model's name on the server")
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
    .option('--items <list>', 'items of a request; of 1,4,8 or 1-8 each is as likely; default: 1')
    .addOption(
      repeatable(
        '--dim <name=sizes>',
        'size of a free dimension, such as sequence=128, 32,64,128 or 16-128: its name, INPUT_dim1, or dim1 for all inputs; repeatable',
      ),
    )
    .option('--inputs <n>', 'different inputs for each shape of a request', '8')
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
    )
    .option('--report <file>', 'a page with charts of the run, the search or the scenario, .html');
  addTraceFlags(command).option(
    '--length-dim <name>',
    "what the trace's lengths are the size of; default: sequence, or the only free dimension",
  );
  return addMlperfFlags(addInProcessFlags(addSearchFlags(command)));
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
