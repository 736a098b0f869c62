import type { Command } from 'commander';
import { z } from 'zod';
import { mostRequests } from '../load/arrivals/most-requests.ts';
import { shapesSyntax } from '../load/arrivals/shape.ts';
import { parseGroups } from '../plan/parse-groups.ts';
import { count, countOrZero, describeFlag, duration, durationOrZero, path, repeatable } from './flags.ts';
import { pageFile, shape } from './load-flags.ts';
import { addTraceFlags, traceFlags, traceProblems } from './load-trace-flags.ts';
import { addSettingsFlags, oneOf, settingsSchema } from './measuring-flags.ts';
import { positive } from './positive.ts';
import { itemsList } from './size-lists.ts';

/** Sets, or how they follow the load. */
export const policyNames = ['load', 'packrat', 'packrat-paper', 'fat', 'thin', 'best-static'] as const;
/** The name of a policy. */
export type PolicyName = (typeof policyNames)[number];

const policies = z.array(z.string()).transform((texts, context) =>
  texts.flatMap((text) => {
    const name = policyNames.find((one) => one === text);
    const groups = name === undefined ? parseGroups(text) : null;
    if (name === undefined && groups === null)
      context.addIssue({
        code: 'custom',
        message: `"${text}" is none of ${policyNames.join(', ')}, and no configuration such as 2x8x4`,
      });
    return groups === null ? (name ?? []) : { text, groups };
  }),
);

export const simulateSchema = settingsSchema
  .extend({
    cores: count.optional(),
    items: itemsList.optional(),
    mode: oneOf(['auto', 'together', 'alone']).default('auto'),
    table: path.optional(),
    where: z.array(z.string()).default([]),
    largestBatch: count.optional(),
    rate: positive.optional(),
    arrivals: shape.prefault('poisson'),
    duration: duration.optional(),
    requests: count.refine((number) => number <= mostRequests, `at most ${mostRequests}`).optional(),
    deadline: duration.optional(),
    warmup: durationOrZero.default(0),
    policy: policies.default([]),
    interval: duration.default(1000),
    loadCpu: duration.default(3000),
    standby: countOrZero.optional(),
    length: count.optional(),
    report: pageFile.optional(),
    seed: countOrZero.default(1),
    ...traceFlags,
  })
  .superRefine((flags, context) => {
    const issue = (flag: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [flag], message });
    const { kind } = flags.arrivals.shape;
    const hasRates = kind === 'steps' || kind === 'ramp';
    if (hasRates && flags.rate !== undefined) issue('rate', `${kind} have rates of their own; leave it out`);
    traceProblems(flags, issue);
    if (flags.trace === undefined && !hasRates && flags.rate === undefined)
      issue('rate', 'the number of requests per second is missing');
    if (flags.duration !== undefined && flags.requests !== undefined)
      issue('requests', 'give either --duration or --requests');
    if (kind === 'ramp' && flags.requests !== undefined)
      issue('requests', 'a ramp takes a time: give --duration');
  });
/** The flags of `thinfer simulate`, checked. */
export type SimulateFlags = z.output<typeof simulateSchema>;

/** Adds the flags of `thinfer simulate`. */
export function addSimulateFlags(command: Command): Command {
  addSettingsFlags(command);
  describeFlag(
    command,
    '--cores',
    'cores of the machine that is simulated; default: all usable ones of this one',
  );
  describeFlag(command, '--items', 'items of a request; of 1,4,8 or 1-8 each is as likely; default: 1');
  return addTraceFlags(command)
    .option('--table <file>', 'a CSV file of latencies, or an imported table, instead of a model')
    .addOption(
      repeatable('--where <column=value>', 'which series of the table, e.g. topology=sequential; repeatable'),
    )
    .option('--mode <mode>', 'which points of a model: together, alone or auto', 'auto')
    .option('--largest-batch <b>', 'no set takes more items at once; default: as many as are known of')
    .option('--rate <r>', 'requests per second, in the mean')
    .option('--arrivals <shape>', `how requests arrive: ${shapesSyntax}`, 'poisson')
    .option('--duration <time>', 'how long requests come; default: 10m')
    .option('--requests <n>', 'how many come, instead of a time')
    .option('--warmup <time>', 'what comes before is not counted; default: none')
    .option('--deadline <time>', 'what can not be answered within it is refused')
    .addOption(
      repeatable(
        '--policy <policy>',
        `${policyNames.join(', ')}, or a configuration such as 2x8x4; repeatable; default: load, packrat, fat, thin and best-static`,
      ),
    )
    .option('--interval <time>', 'the load is looked at so often', '1s')
    .option('--load-cpu <time>', 'CPU time that starting one instance takes', '3s')
    .option('--standby <n>', 'instances that memory holds beside a set (default: twice the cores)')
    .option(
      '--length <n>',
      'length that was measured, such as tokens: items of a trace take as many times longer as they are, and are padded in batches',
    )
    .option('--report <file>', 'a page with what happened when, .html')
    .option('--seed <n>', 'the same seed gives the same requests and answers', '1');
}
