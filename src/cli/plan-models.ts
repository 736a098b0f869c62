import { ThinferError } from '../errors.ts';
import { type ModelAnswer, type ModelQuestion, planModels } from '../plan/index.ts';
import { parseFlags } from './flags.ts';
import { storedPoints } from './measure.ts';
import { askOf, checkPlanFlags, type PlanFlags, planSchema } from './plan-flags.ts';
import { planInput } from './plan-input.ts';
import { subjectFlags } from './plan-sources.ts';
import { openStored, openSubject } from './session.ts';

/** What may stand behind a model's name, each as the flag of that name. */
const ownFlags = ['goal', 'items', 'latency', 'rate', 'memory', 'largest-batch', 'equal'] as const;
/** A goal of its own replaces what belongs to the goal of all. */
const goalFlags = ['items', 'latency', 'rate'];

/** `NAME:items=8,latency=50,dim.sequence=128`: a model, and the flags that are its own. */
export interface ModelWord {
  readonly name: string;
  readonly own: Readonly<Record<string, string>>;
}

/** Takes a model's own flags off its name; a colon that is followed by no `NAME=` belongs to the name. */
export function parseModelWord(word: string, settings: readonly string[] = ownFlags): ModelWord {
  const [, name, list] = /^(.+?):([a-z][\w.-]*=.*)$/s.exec(word) ?? [];
  if (name === undefined || list === undefined) return { name: word, own: {} };
  const entries = list.split(',').map((part): [string, string] => {
    const at = part.indexOf('=');
    return at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
  });
  const unknown = entries.filter(([key]) => !settings.includes(key) && !key.startsWith('dim.'));
  if (unknown.length > 0)
    throw new ThinferError(
      'usage',
      unknown.map(([key]) => `${name}: there is no setting "${key}" of one model`).join('\n'),
      { remedy: `settings of one model: ${settings.join(', ')}, dim.NAME` },
    );
  return { name, own: Object.fromEntries(entries) };
}

/** The flags of all, as commander gave them, with those that are the model's own. Throws `usage` with the model's name. */
export function flagsOfModel(
  { name, own }: ModelWord,
  rawFlags: Readonly<Record<string, unknown>>,
): PlanFlags {
  const inherited = Object.entries(rawFlags).filter(([key]) => !('goal' in own) || !goalFlags.includes(key));
  const dims = Object.entries(own).filter(([key]) => key.startsWith('dim.'));
  const given = Object.entries(own)
    .filter(([key]) => !key.startsWith('dim.'))
    .map(([key, value]): [string, unknown] => [
      key.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      key === 'equal' ? value !== 'false' : value,
    ]);
  const raw: Record<string, unknown> = { ...Object.fromEntries(inherited), ...Object.fromEntries(given) };
  if (dims.length > 0)
    raw['dim'] = [
      ...((rawFlags['dim'] as string[] | undefined) ?? []),
      ...dims.map(([key, size]) => `${key.slice('dim.'.length)}=${size}`),
    ];
  try {
    const flags = parseFlags(planSchema, raw);
    checkPlanFlags(flags);
    return flags;
  } catch (error) {
    const { code, message, remedy } = ThinferError.from(error);
    const lines = message.split('\n').map((line) => `${name}: ${line}`);
    throw new ThinferError(code, lines.join('\n'), {
      cause: error,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
}

/** Plans for several models on shared cores. Throws `usage` for what only one model can be asked. */
export async function planSeveral(
  words: readonly string[],
  rawFlags: Readonly<Record<string, unknown>>,
): Promise<{ readonly cores: number; readonly models: readonly ModelAnswer[] }> {
  const shared = parseFlags(planSchema, { ...rawFlags, goal: undefined, rate: undefined });
  const models = words
    .map((word) => parseModelWord(word))
    .map((word) => ({ ...word, flags: flagsOfModel(word, rawFlags) }));
  checkShared(shared, models);
  using stores = new DisposableStack();
  const questions: ModelQuestion[] = [];
  let cores = 0;
  for (const { name, flags } of models) {
    const subject = await openSubject(name, subjectFlags(flags));
    const store = stores.use(openStored(flags.project, subject));
    cores = subject.cores;
    questions.push({
      model: subject.model.name,
      ...planInput(storedPoints(subject, store), cores, store, flags.mode),
      ...askOf(flags, cores, subject.items, null),
      fit: flags.cells !== 'measured',
    });
  }
  return { cores, models: planModels(questions, cores) };
}

function checkShared(
  shared: PlanFlags,
  models: readonly (ModelWord & { readonly flags: PlanFlags })[],
): void {
  const problems = [
    ...(shared.table === undefined ? [] : ['--table: takes the place of one model']),
    ...((shared.cores?.length ?? 1) > 1 ? ['--cores: several models share one number of cores'] : []),
    ...(shared.nodes === undefined ? [] : ['--nodes: knows one model only']),
    ...(shared.instancesPerNode === undefined ? [] : ['--instances-per-node: knows one model only']),
    ...(shared.policy === 'exact' ? [] : [`--policy ${shared.policy}: knows one model only`]),
    ...(shared.memory.bytes === undefined
      ? []
      : ['--memory: give each model a limit of its own, such as NAME:memory=2GiB']),
    ...models
      .filter(({ flags }) => (flags.items?.length ?? 1) > 1)
      .map(({ name }) => `${name}: --items: several models take one number of items each`),
  ];
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), {
      remedy: 'ask for one model at a time, or leave that out',
    });
}
