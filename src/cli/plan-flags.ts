import { type Command, Option } from 'commander';
import { z } from 'zod';
import { ThinferError } from '../errors.ts';
import type { Limits, NodeLimits, Policy, Target } from '../plan/index.ts';
import { count, countList, describeFlag, path, repeatable } from './flags.ts';
import { addSettingsFlags, oneOf, settingsSchema } from './measuring-flags.ts';

const positive = z.string().transform((text, context) => {
  const number = /^\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : 0;
  if (number > 0 && Number.isFinite(number)) return number;
  context.addIssue({ code: 'custom', message: `"${text}" is not a number above 0` });
  return z.NEVER;
});

const nodeSizes = z.string().transform((text, context) => {
  const sizes = text.split(',').map((part) => (/^\d{1,6}$/.test(part.trim()) ? Number(part) : 0));
  if (sizes.every((size) => size >= 1)) return sizes;
  context.addIssue({
    code: 'custom',
    message: `"${text}" is not the cores of each node, whole numbers from 1 such as 8,8`,
  });
  return z.NEVER;
});

const bytesByUnit: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** `8GiB`, `500MB`, or plain bytes; null where it is no size. */
function parseBytes(text: string): number | null {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const bytes = Math.floor(Number(number) * (bytesByUnit[unit.toLowerCase()] ?? Number.NaN));
  return bytes >= 1 && Number.isSafeInteger(bytes) ? bytes : null;
}

/** A size is a limit; a word is the policy that points were measured with. */
const memory = z
  .string()
  .default('default')
  .transform((text, context) => {
    const bytes = parseBytes(text);
    if (bytes !== null) return { bytes, policy: { mode: 'default' as const } };
    const policy = settingsSchema.shape.memory.safeParse(text);
    if (policy.success) return { bytes: undefined, policy: policy.data };
    context.addIssue({
      code: 'custom',
      message: `"${text}" is not a size such as 8GiB, nor default, local, bind:NODES or interleave:NODES`,
    });
    return z.NEVER;
  });

export const planSchema = settingsSchema.extend({
  cores: countList.optional(),
  items: countList.optional(),
  memory,
  cells: oneOf(['measured', 'fitted']).optional(),
  mode: oneOf(['auto', 'together', 'alone']).default('auto'),
  goal: oneOf(['latency', 'throughput', 'cost']).default('latency'),
  latency: positive.optional(),
  rate: positive.optional(),
  price: positive.optional(),
  nodes: nodeSizes.optional(),
  instancesPerNode: count.optional(),
  equal: z.boolean().default(false),
  largestBatch: count.optional(),
  policy: oneOf(['exact', 'packrat']).default('exact'),
  table: path.optional(),
  where: z.array(z.string()).default([]),
});
export type PlanFlags = z.output<typeof planSchema>;

/** Adds the flags of `plan`. */
export function addPlanFlags(command: Command): Command {
  addSettingsFlags(command);
  describeFlag(command, '--cores', 'cores to use, or a list; default: all usable ones');
  describeFlag(
    command,
    '--items',
    'items to be processed together, or a list such as 8,16,…,1024; default: 16, or the batch that a model is fixed at',
  );
  describeFlag(
    command,
    '--memory',
    'a size, e.g. 8GiB: limit of all instances together; or the memory policy that was measured with: default, local, bind:NODES, interleave:NODES',
  );
  return command
    .addOption(
      new Option('--goal <goal>', 'latency of --items, throughput, or cost: fewest cores for --rate').default(
        'latency',
      ),
    )
    .option('--latency <ms>', 'no batch takes longer, in ms')
    .option('--rate <items>', 'items per second to be reached, with --goal cost')
    .option('--price <amount>', 'of one core for one hour: gives the cost per hour and per million items')
    .option('--nodes <cores>', 'cores of each NUMA node, e.g. 8,8: an instance stays within one')
    .option(
      '--instances-per-node <k>',
      'at most so many instances a NUMA node; default nodes: those of the machine',
    )
    .option('--equal', 'only sets of equal instances')
    .option('--largest-batch <b>', 'no instance takes more items at once')
    .option('--policy <policy>', "exact, or packrat: that paper's dynamic programme, for comparison", 'exact')
    .addOption(
      new Option(
        '--mode <mode>',
        'which points: together, alone (made longer by the contention model), or auto: alone where none was measured together',
      ).default('auto'),
    )
    .option('--table <file>', 'plan from a CSV file of latencies, or an imported table, instead of a model')
    .addOption(
      repeatable('--where <column=value>', 'which series of the table, e.g. topology=sequential; repeatable'),
    )
    .option(
      '--cells <which>',
      'measured: only measured cells; fitted: interpolate between them; default: measured with --table, fitted otherwise',
    )
    .option(
      '--simulate-adaptive',
      'with --table: replay an adaptive profile on it, and say how much slower its plans are than the best',
    )
    .option('--noise <deviation>', 'relative deviation of each replayed measurement, e.g. 0.03; default 0')
    .option('--seed <n>', 'of the noise and of choices between equals; default 1')
    .option('--measurements <n>', 'how many cells the replay measures; default: as many as a profile would');
}

/** Flags that can't all be meant. Throws `usage` with every contradiction at once. */
export function checkPlanFlags(flags: PlanFlags): void {
  const { goal, items, rate, nodes, cores } = flags;
  const limited = [
    ...(flags.latency === undefined ? [] : ['--latency']),
    ...(flags.memory.bytes === undefined ? [] : ['--memory']),
    ...(nodes === undefined ? [] : ['--nodes']),
    ...(flags.instancesPerNode === undefined ? [] : ['--instances-per-node']),
    ...(flags.equal ? ['--equal'] : []),
    ...(flags.largestBatch === undefined ? [] : ['--largest-batch']),
    ...(goal === 'latency' ? [] : [`--goal ${goal}`]),
  ];
  const onNodes = nodes?.reduce((sum, size) => sum + size, 0) ?? Number.POSITIVE_INFINITY;
  const most = Math.max(0, ...(cores ?? []));
  const problems = [
    ...(goal !== 'latency' && items !== undefined ? [`--items: --goal ${goal} has no number of items`] : []),
    ...(goal !== 'cost' && rate !== undefined ? [`--rate: belongs to --goal cost, not ${goal}`] : []),
    ...(goal === 'cost' && rate === undefined
      ? ['--goal cost: the rate to be reached is missing: --rate ITEMS_PER_S']
      : []),
    ...(most > onNodes ? [`--cores ${most}: --nodes ${nodes!.join(',')} have ${onNodes} cores in all`] : []),
    ...(flags.policy === 'packrat' && limited.length > 0
      ? [`--policy packrat: knows no ${limited.join(', ')}; its one goal is latency, its one limit the cores`]
      : []),
    ...(flags.table === undefined && flags.where.length > 0 ? ['--where: belongs to --table'] : []),
    ...(flags.table !== undefined && flags.mode !== 'auto'
      ? ['--mode: a table has one kind of cells; choose them with --where']
      : []),
    ...(flags.table === undefined ? [] : strangeToTables(flags)),
    ...(flags.table !== undefined && flags.instancesPerNode !== undefined && nodes === undefined
      ? ['--instances-per-node: a table has no machine; give its nodes: --nodes 8,8']
      : []),
  ];
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), { remedy: 'see --help for what goes together' });
}

/** Flags that say how a model was measured: a table is one measurement, or says so in its columns. */
export function strangeToTables(flags: Omit<PlanFlags, 'cores' | 'items'>): string[] {
  const given = [
    ...(Object.keys(flags.dim).length > 0 ? ['--dim'] : []),
    ...(flags.engine === defaults.engine ? [] : ['--engine']),
    ...(flags.optimization === defaults.optimization ? [] : ['--optimization']),
    ...(flags.spin ? ['--spin'] : []),
    ...(flags.mapping === defaults.mapping ? [] : ['--mapping']),
    ...(flags.hardwareThreads ? ['--hardware-threads'] : []),
    ...(flags.memory.policy.mode === 'default' ? [] : [`--memory ${flags.memory.policy.mode}`]),
  ];
  if (given.length === 0) return [];
  return [`${given.join(', ')}: how a model was measured; choose such rows of a table with --where`];
}

const defaults = settingsSchema.parse({});

/** What is asked, but for the cells and the machine. */
export interface PlanAsk {
  readonly target: Target;
  readonly policy: Policy;
  readonly pricePerCoreHour: number | undefined;
  readonly limits: Limits;
}

/**
 * The question that flags ask.
 *
 * @param items B, for the goal `latency`.
 * @param machineNodes Cores of each node of the machine; null without one.
 */
export function askOf(
  flags: PlanFlags,
  cores: number,
  items: number,
  machineNodes: readonly number[] | null,
): PlanAsk {
  const { goal, latency, largestBatch, equal, policy, price } = flags;
  return {
    target:
      goal === 'latency'
        ? { goal, items }
        : goal === 'throughput'
          ? { goal }
          : { goal, itemsPerSecond: flags.rate! },
    policy,
    pricePerCoreHour: price,
    limits: {
      cores,
      memoryBytes: flags.memory.bytes,
      nodes: nodesOf(flags, machineNodes),
      equal,
      largestBatch,
      latencyMs: latency,
    },
  };
}

function nodesOf(
  { nodes, instancesPerNode }: PlanFlags,
  machineNodes: readonly number[] | null,
): NodeLimits | undefined {
  const cores = nodes ?? (instancesPerNode === undefined ? null : machineNodes);
  return cores === null ? undefined : { cores, mostInstances: instancesPerNode ?? Number.POSITIVE_INFINITY };
}
