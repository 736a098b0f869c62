import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ThinferError } from '../errors.ts';
import type { InstanceKey } from '../instance/index.ts';
import { chooseCores, placeInstances } from '../machine/index.ts';
import { listZoo } from '../model/index.ts';
import { formatTuples, type Group, type ModelQuestion, planModels, thinGroups } from '../plan/index.ts';
import { hangLimitMs, slowestRunOf } from '../profile/index.ts';
import type { ModelEntry } from '../serve/config/model-entry.ts';
import type { KnownLatency } from '../serve/core/latency-model.ts';
import type { ModelSpec } from '../serve/core/start-model.ts';
import type { ServedPlan } from '../serve/types.ts';
import { StoreReader } from '../store/index.ts';
import { planFrom, planInForce, storedPoints } from './measure.ts';
import type { SettingsFlags } from './measuring-flags.ts';
import { planInput } from './plan-input.ts';
import { instanceBytesOf, openSubject, type Subject } from './session.ts';

/** A model with the plan it is to be served by. */
interface Planned {
  readonly entry: ModelEntry;
  readonly subject: Subject;
  readonly plan: ServedPlan;
  readonly profile: ModelSpec['profile'];
}

/** What is served, and how pictures or text become its inputs. */
export interface ResolvedModel {
  readonly spec: ModelSpec;
  readonly zooName: string | null;
  readonly preprocess: ModelEntry['preprocess'];
}

/** What models are resolved against. */
export interface ServeFlags extends SettingsFlags {
  readonly project: string;
}

/** Opens all models, finds the plan of each, and places their instances side by side. Throws what keeps one from being served. */
export async function resolveModels(
  entries: readonly ModelEntry[],
  flags: ServeFlags,
): Promise<ResolvedModel[]> {
  using store = openStore(flags.project);
  const subjects: { readonly entry: ModelEntry; readonly subject: Subject }[] = [];
  for (const entry of entries)
    subjects.push({ entry, subject: await openSubject(entry.model, flagsOf(entry, flags)) });
  checkNames(subjects);
  // Where cores don't suffice for one a model, all models share all of them, and take turns.
  const shared = leastCores(subjects) > subjects[0]!.subject.cores;
  const planned =
    subjects.length === 1 || shared
      ? subjects.map((subject) => planOne(subject, store))
      : planSeveral(subjects, store);
  return place(planned, shared);
}

function openStore(project: string): (StoreReader & Disposable) | null {
  return existsSync(join(project, 'thinfer.db')) ? StoreReader.openToRead(project) : null;
}

const flagsOf = (entry: ModelEntry, flags: ServeFlags): SettingsFlags => ({
  ...flags,
  ...(entry.items === undefined ? {} : { items: entry.items }),
  ...(entry.cores === undefined ? {} : { cores: entry.cores }),
  ...(entry.engine === undefined ? {} : { engine: entry.engine }),
  dim: { ...flags.dim, ...entry.dim },
});

/** What a client calls a model. */
export const servedName = (entry: ModelEntry, subject: Subject): string => entry.name ?? subject.model.name;

function checkNames(subjects: readonly { readonly entry: ModelEntry; readonly subject: Subject }[]): void {
  const names = subjects.map(
    ({ entry, subject }) => `${servedName(entry, subject)} version ${entry.version}`,
  );
  const twice = names.filter((name, index) => names.indexOf(name) < index);
  const strange = names.filter((name) => !/^[A-Za-z0-9][A-Za-z0-9._-]{0,127} version/.test(name));
  const problems = [
    ...twice.map((name) => `${name} is given twice`),
    ...strange.map((name) => `${name}: clients can't ask for a model of this name`),
  ];
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), {
      remedy: 'give one of them another name or version: FILE:name=NAME,version=2',
    });
}

function planOne({ entry, subject }: Pick<Planned, 'entry' | 'subject'>, store: StoreReader | null): Planned {
  const profile = profileOf(subject, store);
  const { cores, items, model } = subject;
  if (entry.config !== undefined) return { entry, subject, profile, plan: given(entry.config, subject) };
  const inForce = store === null ? null : planInForce(subject, store);
  if (inForce !== null) {
    const { groups, pinned, measuredAt } = inForce;
    const why = `the measured winner of the trial of ${measuredAt.slice(0, 10)} for ${items} items on ${cores} cores`;
    return { entry, subject, profile, plan: { groups, pinned, source: 'in-force', why } };
  }
  const points = store === null ? [] : storedPoints(subject, store);
  if (store !== null && points.length > 0) {
    const { best } = planFrom(points, { cores, items, fit: true, store });
    const why = `the best set for ${items} items by the profile; it was not tried: thinfer try ${model.name} --items ${items}`;
    return { entry, subject, profile, plan: { groups: best.groups, pinned: true, source: 'planned', why } };
  }
  return { entry, subject, profile, plan: unmeasured(subject, cores) };
}

/** Cores that models need to have some of their own. */
function leastCores(models: readonly Pick<Planned, 'entry'>[]): number {
  return models.reduce((sum, { entry }) => sum + (entry.config === undefined ? 1 : coresOf(entry.config)), 0);
}

/** Each model gets cores of its own: by their profiles where all have one, as many each otherwise. */
function planSeveral(
  models: readonly Pick<Planned, 'entry' | 'subject'>[],
  store: StoreReader | null,
): Planned[] {
  const { cores } = models[0]!.subject;
  const free = models.filter(({ entry }) => entry.config === undefined);
  const taken = models.reduce((sum, { entry }) => sum + coresOf(entry.config ?? []), 0);
  const plans = store === null ? null : sharedPlans(free, store, cores - taken);
  return models.map((model) => {
    const { entry, subject } = model;
    const profile = profileOf(subject, store);
    const own = free.indexOf(model);
    if (entry.config !== undefined) return { entry, subject, profile, plan: given(entry.config, subject) };
    const share = Math.floor((cores - taken) / free.length) + (own < (cores - taken) % free.length ? 1 : 0);
    return { entry, subject, profile, plan: plans?.[own] ?? unmeasured(subject, share) };
  });
}

function sharedPlans(
  models: readonly Pick<Planned, 'subject'>[],
  store: StoreReader,
  cores: number,
): ServedPlan[] | null {
  const questions: ModelQuestion[] = [];
  for (const { subject } of models) {
    const points = storedPoints(subject, store);
    if (points.length === 0) return null;
    questions.push({
      model: subject.model.name,
      ...planInput(points, cores, store),
      target: { goal: 'latency', items: subject.items },
      policy: 'exact',
      limits: { cores },
      fit: true,
    });
  }
  if (questions.length === 0) return [];
  return planModels(questions, cores).map(({ best, cores: own }, index) => ({
    groups: best.groups,
    pinned: true,
    source: 'planned',
    why: `the best set for ${models[index]!.subject.items} items on its ${own} of ${cores} cores, by the profiles of all models`,
  }));
}

const coresOf = (groups: readonly Group[]): number =>
  groups.reduce((sum, { instances, threads }) => sum + instances * threads, 0);

function given(groups: readonly Group[], { cores, model }: Subject): ServedPlan {
  if (coresOf(groups) > cores)
    throw new ThinferError(
      'usage',
      `${model.name}: the configuration ${formatTuples(groups)} needs ${coresOf(groups)} cores, and there are ${cores}`,
      {
        remedy: 'give smaller instances',
      },
    );
  return { groups, pinned: true, source: 'given', why: 'it was asked for' };
}

function unmeasured({ items, model }: Subject, cores: number): ServedPlan {
  const groups = thinGroups(cores, items);
  return {
    groups: model.batchDim === null ? groups.map((group) => ({ ...group, batch: model.fixedBatch })) : groups,
    pinned: true,
    source: 'default',
    why: `one thread an instance: nothing was measured for ${items} items on these cores; thinfer tune ${model.name} --items ${items} finds the best set`,
  };
}

function profileOf(subject: Subject, store: StoreReader | null): ModelSpec['profile'] {
  const points = store === null ? [] : storedPoints(subject, store);
  if (store === null || points.length === 0) return () => [];
  const cells = planInput(points, subject.cores, store).measured;
  return (threads) =>
    cells
      .filter((cell) => cell.threads === threads)
      .map(({ batch, latencyMs }): KnownLatency => ({ items: batch, ms: latencyMs }));
}

/** CPUs for the instances of all models at once, so that none has another's, unless they share them. */
async function place(planned: readonly Planned[], shared: boolean): Promise<ResolvedModel[]> {
  const { placement } = planned[0]!.subject;
  const threads = planned.map(({ plan }) => (plan.pinned ? threadsOf(plan.groups) : []));
  const cpus = shared
    ? threads.flatMap((own) => placeInstances({ ...placement, threads: own }))
    : placeInstances({ ...placement, threads: threads.flat() });
  const zoo = new Set(listZoo().map(({ name }) => name));
  const resolved: ResolvedModel[] = [];
  for (const { entry, subject, plan, profile } of planned) {
    const { model, dims, engine } = subject;
    const slowest = await slowestRunOf(model, dims, engine.engine);
    const largest = Math.max(...plan.groups.map(({ batch }) => batch));
    const spec: ModelSpec = {
      ...{ name: servedName(entry, subject), version: entry.version, model, dims, plan, profile },
      engine: { name: engine.engine, version: subject.versions[engine.engine.split(':')[0]!] ?? '' },
      keys: keysOf(subject, plan, cpus),
      instanceBytes: (await instanceBytesOf(model, dims))(largest),
      firstRunMs: hangLimitMs(null, slowest(largest, 1), 1),
    };
    const zooName = zoo.has(entry.model) ? entry.model : null;
    resolved.push({ spec, zooName, preprocess: entry.preprocess });
  }
  return resolved;
}

/** Takes the CPUs it uses off the list. The engine's own number of threads, not pinned, where that won its trial. */
function keysOf(
  { engine, placement, wholeMachine, cores }: Subject,
  plan: ServedPlan,
  cpus: number[][],
): InstanceKey[] {
  if (plan.pinned)
    return threadsOf(plan.groups).map((threads) => ({
      settings: { ...engine, threads },
      cpus: cpus.shift()!,
      memoryPolicy: placement.memoryPolicy,
    }));
  return plan.groups.flatMap(({ instances }) =>
    Array.from(
      { length: instances },
      (): InstanceKey => ({
        settings: {
          ...engine,
          threads: wholeMachine ? null : cores,
          untuned: true,
          optimization: 'all',
          spinAfterRun: true,
        },
        cpus: wholeMachine
          ? null
          : chooseCores(placement.machine, { cores, hardwareThreads: placement.hardwareThreads }).machine
              .usable,
        memoryPolicy: { mode: 'default' },
      }),
    ),
  );
}

const threadsOf = (groups: readonly Group[]): number[] =>
  groups.flatMap(({ instances, threads }) => Array.from({ length: instances }, () => threads));
