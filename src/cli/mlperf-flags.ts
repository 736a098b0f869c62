import { type Command, Option } from 'commander';
import { z } from 'zod';
import type { FlagIssue } from './flag-issue.ts';
import { count, duration, durationOrZero, path, repeatable } from './flags.ts';
import { positive } from './positive.ts';

const scenarioNames = ['single-stream', 'multi-stream', 'server', 'offline'] as const;
/** A scenario as the command line calls it. */
export type ScenarioName = (typeof scenarioNames)[number];

/** A seed as C++ has them, of 64 bits. */
const seed = z.string().transform((text, context) => {
  const value = /^\d{1,20}$/.test(text.trim()) ? BigInt(text) : -1n;
  if (value >= 0n && value < 2n ** 64n) return value;
  context.addIssue({ code: 'custom', message: `"${text}" is not a whole number from 0, below 2^64` });
  return z.NEVER;
});

/** `99` or `99.9`. */
const percentile = z.string().transform((text, context) => {
  const value = /^\d+(\.\d+)?%?$/.test(text.trim()) ? Number.parseFloat(text) : Number.NaN;
  // As LoadGen computes it from its configuration.
  if (value > 0 && value < 100) return value * 0.01;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not a percentile above 0 and below 100, such as 99`,
  });
  return z.NEVER;
});

/** The flags of MLPerf's scenarios. */
export const mlperfFlags = {
  scenario: z.enum(scenarioNames).optional(),
  targetQps: positive.optional(),
  targetLatency: duration.optional(),
  latencyPercentile: percentile.optional(),
  minDuration: durationOrZero.optional(),
  maxDuration: duration.optional(),
  minQueries: count.optional(),
  maxQueries: count.optional(),
  samplesPerQuery: count.refine((number) => number <= 10_000, 'at most 10000').optional(),
  performanceSamples: count.optional(),
  scheduleSeed: seed.optional(),
  sampleSeed: seed.optional(),
  librarySeed: seed.optional(),
  mlperfModel: z.string().min(1).max(100).optional(),
  mlperfConf: z.array(path).default([]),
  mlperfLog: path.optional(),
};

const mlperfSchema = z.object(mlperfFlags);

/** What `mlperfProblems` looks at. */
export interface MlperfAndOtherFlags extends z.output<typeof mlperfSchema> {
  readonly rate?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly arrivals: { readonly text: string };
  readonly think?: number | undefined;
  readonly duration?: number | undefined;
  readonly requests?: number | undefined;
  readonly trace?: string | undefined;
  readonly findRate: boolean;
  readonly verify: boolean;
}

/** What needs a scenario, which scenario it needs, and what does not go with one. */
export function mlperfProblems(flags: MlperfAndOtherFlags, issue: FlagIssue): void {
  const { scenario } = flags;
  if (scenario === undefined) {
    for (const [flag, value] of Object.entries(flags))
      if (Object.hasOwn(mlperfFlags, flag) && isGiven(value)) issue(flag, 'give a --scenario with it');
    return;
  }
  refuseOthers(flags, issue);
  const only = (flag: keyof typeof mlperfFlags, scenarios: readonly ScenarioName[], why: string): void => {
    if (isGiven(flags[flag]) && !scenarios.includes(scenario)) issue(flag, why);
  };
  only(
    'targetQps',
    ['server', 'offline'],
    `${scenario} sends as fast as it is answered; give --target-latency as a hint`,
  );
  only(
    'targetLatency',
    ['single-stream', 'multi-stream', 'server'],
    'offline has no latency to keep; give --target-qps as a hint',
  );
  only(
    'latencyPercentile',
    ['single-stream', 'multi-stream', 'server'],
    'offline is judged by its samples per second',
  );
  only(
    'samplesPerQuery',
    ['multi-stream'],
    `it is for multi-stream; a query of ${scenario} has its own number`,
  );
  only('scheduleSeed', ['server'], `${scenario} has no schedule`);
}

const isGiven = (value: unknown): boolean =>
  value !== undefined && !(Array.isArray(value) && value.length === 0);

function refuseOthers(flags: MlperfAndOtherFlags, issue: FlagIssue): void {
  const refuse = (given: boolean, flag: string, why: string): void => {
    if (given) issue(flag, `${why}; leave it out with --scenario`);
  };
  refuse(flags.rate !== undefined, 'rate', 'the rate of the server scenario is --target-qps');
  refuse(flags.concurrency !== undefined, 'concurrency', 'the scenario says how many requests are under way');
  refuse(flags.arrivals.text !== 'poisson', 'arrivals', 'the scenario says how requests arrive');
  refuse(flags.think !== undefined, 'think', 'the scenario says when the next request is sent');
  refuse(flags.duration !== undefined, 'duration', 'the time is --min-duration');
  refuse(flags.requests !== undefined, 'requests', 'the number is --min-queries');
  refuse(flags.trace !== undefined, 'trace', 'the scenario says how requests arrive');
  refuse(flags.findRate, 'find-rate', 'a scenario is a single run');
  refuse(flags.verify, 'verify', 'a performance run of MLPerf looks at no answers');
}

/** Adds the flags of MLPerf's scenarios. */
export function addMlperfFlags(command: Command): Command {
  return command
    .addOption(
      new Option('--scenario <name>', "one of MLPerf's, with LoadGen's rules and verdict").choices(
        scenarioNames,
      ),
    )
    .option('--target-qps <r>', 'server: queries per second; offline: samples per second that are expected')
    .option('--target-latency <time>', 'server: the bound; single-stream, multi-stream: what is expected')
    .option('--latency-percentile <p>', 'what the bound and the result are for, such as 99')
    .option('--min-duration <time>', 'a shorter run is not valid; default: 10min')
    .option('--max-duration <time>', 'no query is sent after it; default: none')
    .option('--min-queries <n>', 'fewer are not valid; offline: samples')
    .option('--max-queries <n>', 'no more are sent; default: any number')
    .option('--samples-per-query <n>', 'multi-stream: requests sent at once; default: 8')
    .option('--performance-samples <n>', 'how many of the --inputs are sent; default: all')
    .option('--schedule-seed <n>', "server: of the schedule; default: MLPerf's")
    .option('--sample-seed <n>', "of the choice of samples; default: MLPerf's")
    .option('--library-seed <n>', "of the performance set and its order; default: MLPerf's")
    .option('--mlperf-model <name>', "whose rules of MLPerf's apply, such as resnet50; default: --model")
    .addOption(
      repeatable(
        '--mlperf-conf <file>',
        'mlperf.conf or user.conf; flags go first, then the last file; repeatable',
      ),
    )
    .option('--mlperf-log <dir>', "write LoadGen's log files there");
}
