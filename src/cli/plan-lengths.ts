import { ThinferError } from '../errors.ts';
import { chooseCores } from '../machine/index.ts';
import { type HandSet, type LengthTable, planLengths } from '../plan/index.ts';
import { lengthDimOf } from './dim-lists.ts';
import { parseFlags } from './flags.ts';
import { storedPoints } from './measure.ts';
import { checkPlanFlags } from './plan-flags.ts';
import { planInput } from './plan-input.ts';
import { type LengthFlags, lengthSchema } from './plan-length-flags.ts';
import { describeLengths } from './plan-lengths-text.ts';
import { subjectFlags } from './plan-sources.ts';
import { openNamedModel, openStored, openSubject } from './session.ts';
import { openTerminal } from './terminal.ts';

/** `thinfer plan MODEL --lengths …`: instances for ranges of sequence length, from what was measured at each. */
export async function planLengthsCommand(
  words: readonly string[],
  rawFlags: Readonly<Record<string, unknown>>,
): Promise<void> {
  const flags = parseFlags(lengthSchema, rawFlags);
  checkPlanFlags(flags);
  const terminal = openTerminal(flags);
  const name = checkLengthFlags(flags, words);
  const dim = lengthDimOf(await openNamedModel(name, flags, terminal), Object.keys(flags.dim));
  const longest = flags.lengths.at(-1)!.upTo;
  const subject = await openSubject(name, {
    ...subjectFlags(flags),
    dim: { ...flags.dim, [dim]: longest },
  });
  using store = openStored(flags.project, subject);
  const { hardwareThreads } = flags;
  const { cores } = chooseCores(subject.machine, { cores: subject.machine.usable.length, hardwareThreads });
  checkSplit(flags.split, cores);
  const tables = new Map<number, Required<LengthTable>>(
    flags.lengths.map(({ upTo }) => {
      const points = storedPoints({ ...subject, dims: { ...subject.dims, [dim]: upTo } }, store);
      return [upTo, planInput(points, cores, store, flags.mode)];
    }),
  );
  const missing = [...tables].flatMap(([length, { measured }]) => (measured.length === 0 ? length : []));
  if (missing.length > 0) throw notMeasured(missing, dim, name, flags);
  const answer = planLengths({
    ranges: flags.lengths,
    target:
      flags.goal === 'throughput'
        ? { goal: 'throughput' }
        : { goal: 'latency', items: flags.items?.[0] ?? subject.items },
    limits: { cores, equal: flags.equal, largestBatch: flags.largestBatch, latencyMs: flags.latency },
    fit: flags.cells !== 'measured',
    tableAt: (length) => tables.get(length)!,
    split: flags.split,
  });
  const document = { model: subject.model.name, dim, ...answer };
  terminal.print(
    terminal.json
      ? JSON.stringify(document, null, 2)
      : describeLengths(document, flags.split ?? null, terminal),
  );
}

/** What goes together; gives the model's name. Throws `usage` with every contradiction at once. */
function checkLengthFlags(flags: LengthFlags, words: readonly string[]): string {
  const { lengths, split, cores, items, goal } = flags;
  const ends = lengths.map(({ upTo }) => upTo);
  const strange = split?.filter(({ upTo }) => !ends.includes(upTo)) ?? [];
  const problems = [
    ...(flags.table === undefined ? [] : ['--lengths: a table has one length; name a model instead']),
    ...(words.length > 1 ? ['--lengths: plans one model at a time'] : []),
    ...(words.length === 0 && flags.table === undefined ? ['--lengths: no model is named'] : []),
    ...((cores?.length ?? 1) > 1 ? ['--cores: one number with --lengths'] : []),
    ...((items?.length ?? 1) > 1 ? ['--items: one number with --lengths'] : []),
    ...(goal === 'cost' ? ['--goal cost: --lengths knows latency and throughput'] : []),
    ...(flags.memory.bytes === undefined ? [] : ['--memory: no limit with --lengths']),
    ...(flags.nodes === undefined && flags.instancesPerNode === undefined
      ? []
      : ['--nodes, --instances-per-node: no limits with --lengths']),
    ...(flags.price === undefined ? [] : ['--price: not with --lengths']),
    ...(flags.policy === 'packrat' ? ['--policy packrat: knows no lengths'] : []),
    ...strange.map(({ upTo }) => `--split: ${upTo} is none of the lengths ${ends.join(', ')}`),
    ...(split !== undefined && split.at(-1)!.upTo !== ends.at(-1)
      ? [`--split: nothing takes requests up to ${ends.at(-1)}`]
      : []),
  ];
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), { remedy: 'see --help for what goes together' });
  return words[0]!;
}

/** Throws `usage` where a split by hand has more cores than there are. */
function checkSplit(split: readonly HandSet[] | undefined, cores: number): void {
  const used = split?.reduce((sum, set) => sum + set.cores, 0) ?? 0;
  if (used > cores)
    throw new ThinferError('usage', `--split: its sets have ${used} cores, and there are ${cores}`, {
      remedy: 'give the sets fewer cores, or more --cores where the machine has them',
    });
}

/** What is to be measured before lengths can be planned for. */
export function notMeasured(
  lengths: readonly number[],
  dim: string,
  name: string,
  { cores, items, hardwareThreads }: Pick<LengthFlags, 'cores' | 'items' | 'hardwareThreads'>,
): ThinferError {
  const command = [
    `thinfer profile ${name} --dim ${dim}=${lengths.join(',')}`,
    ...(items === undefined ? [] : [`--items ${items[0]}`]),
    ...(cores === undefined ? [] : [`--cores ${cores[0]}`]),
    ...(hardwareThreads ? ['--hardware-threads'] : []),
  ].join(' ');
  return new ThinferError(
    'not-found',
    `--lengths: no point of ${name} at ${dim} ${lengths.join(', ')} was measured with these settings`,
    { remedy: `measure some first: ${command}` },
  );
}
