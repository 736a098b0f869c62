import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { firstSet } from '../adapt/index.ts';
import { ThinferError } from '../errors.ts';
import type { InstanceKey } from '../instance/index.ts';
import { chooseCores, placeInstances } from '../machine/index.ts';
import { listZoo } from '../model/index.ts';
import { formatTuples, type Group, type ModelQuestion, planModels, thinGroups } from '../plan/index.ts';
import { hangLimitMs, type Point, slowestRunOf } from '../profile/index.ts';
import type { ModelEntry } from '../serve/config/model-entry.ts';
import { padDimOf } from '../serve/core/padding.ts';
import type { ModelSpec } from '../serve/core/start-model.ts';
import type { ServedPlan } from '../serve/types.ts';
import { StoreReader } from '../store/index.ts';
import { type KnownCells, readKnownCells } from './known-cells.ts';
import { planFrom, planInForce, storedPoints } from './measure.ts';
import type { SettingsFlags } from './measuring-flags.ts';
import { planInput } from './plan-input.ts';
import { ProfileInForce } from './profile-in-force.ts';
import { lengthDim, planByLength } from './serve-lengths.ts';
import { instanceBytesOf, openNamedModel, openSubject, type Subject } from './session.ts';
import { openTerminal } from './terminal.ts';

/** A model, and what was measured of it. */
interface Opened {
  readonly entry: ModelEntry;
  readonly subject: Subject;
  readonly points: readonly Point[];
}

/** A model with the plan it is to be served by. */
interface Planned extends Opened {
  readonly plan: ServedPlan;
}

/** What is served, and how pictures or text become its inputs. */
export interface ResolvedModel {
  readonly spec: ModelSpec;
  /** What is known of its instances: what a set that follows the load rests on. */
  readonly profile: ProfileInForce;
  /** That it has, and that all models have together. */
  readonly cores: number;
  readonly allCores: number;
  readonly zooName: string | null;
  readonly preprocess: ModelEntry['preprocess'];
}

/**
 * Opens all models, finds the plan of each, and places their instances side by side. Throws what keeps one from being served.
 *
 * @param follows Their sets will follow the load by thinfer's own strategy.
 */
export async function resolveModels(
  entries: readonly ModelEntry[],
  flags: SettingsFlags,
  follows = false,
): Promise<ResolvedModel[]> {
  using store = openStore(flags.project);
  const models: Opened[] = [];
  for (const given of entries) {
    const entry = await longestOf(given, flags, entries.length);
    const subject = await openSubject(entry.model, flagsOf(entry, flags));
    models.push({ entry, subject, points: store === null ? [] : storedPoints(subject, store) });
  }
  checkNames(models);
  // Where cores don't suffice for one a model, all models share all of them, and take turns.
  const shared = leastCores(models) > models[0]!.subject.cores;
  const plans =
    models.length === 1 || shared
      ? await Promise.all(models.map((model) => planOne(model, store, follows)))
      : planSeveral(models, store);
  const planned = models.map((model, index) => ({ ...model, plan: plans[index]! }));
  // Awaited here: the database is closed when this returns.
  return await place(planned, { shared, store, flags });
}

function openStore(project: string): (StoreReader & Disposable) | null {
  return existsSync(join(project, 'thinfer.db')) ? StoreReader.openToRead(project) : null;
}

/** A model whose requests have lengths is warmed up, and known, at the longest. */
async function longestOf(entry: ModelEntry, flags: SettingsFlags, models: number): Promise<ModelEntry> {
  const { lengths, pad, config } = entry;
  if (lengths === undefined) return entry;
  const model = await openNamedModel(entry.model, flags, openTerminal(flags));
  const dim = lengthDim(model.name, padDimOf(model, pad), [
    ...(config === undefined ? [] : ['a configuration']),
    ...(models > 1 ? ['further models'] : []),
  ]);
  return { ...entry, dim: { ...entry.dim, [dim]: lengths.at(-1)!.upTo } };
}

const flagsOf = (entry: ModelEntry, flags: SettingsFlags): SettingsFlags => ({
  ...flags,
  ...(entry.items === undefined ? {} : { items: entry.items }),
  ...(entry.cores === undefined ? {} : { cores: entry.cores }),
  ...(entry.engine === undefined ? {} : { engine: entry.engine }),
  dim: { ...flags.dim, ...entry.dim },
});

/** What a client calls a model. */
export const servedName = (entry: ModelEntry, subject: Subject): string => entry.name ?? subject.model.name;

function checkNames(models: readonly Opened[]): void {
  const names = models.map(({ entry, subject }) => `${servedName(entry, subject)} version ${entry.version}`);
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

async function planOne(opened: Opened, store: StoreReader | null, follows: boolean): Promise<ServedPlan> {
  const { entry, subject, points } = opened;
  const { cores, items, model } = subject;
  if (entry.config !== undefined) return given(entry.config, subject);
  if (entry.lengths !== undefined)
    return planByLength(subject, { dim: padDimOf(model, entry.pad)!, ranges: entry.lengths, store });
  const inForce = store === null ? null : planInForce(subject, store);
  if (inForce !== null) {
    const { groups, pinned, measuredAt } = inForce;
    const why = `the measured winner of the trial of ${measuredAt.slice(0, 10)} for ${items} items on ${cores} cores`;
    return { groups, pinned, source: 'in-force', why };
  }
  if (store === null || points.length === 0) return unmeasured(subject, cores);
  const first = follows ? await planToFollow(opened, store) : null;
  if (first !== null) return first;
  const { best } = planFrom(points, { cores, items, fit: true, store });
  const why = `the best set for ${items} items by the profile; it was not tried: thinfer try ${model.name} --items ${items}`;
  return { groups: best.groups, pinned: true, source: 'planned', why };
}

/** What a set that follows the load begins with; null where memory does not hold it. */
async function planToFollow({ subject, points }: Opened, store: StoreReader): Promise<ServedPlan | null> {
  const { model, dims, cores, machine } = subject;
  const { forSets: cells } = readKnownCells({ subject, padDim: null, cores }, store, points);
  if (cells.length === 0) return null;
  const groups = firstSet({ cells, cores });
  const bytesOf = await instanceBytesOf(model, dims);
  const bytes = groups.reduce((sum, { instances, batch }) => sum + instances * bytesOf(batch), 0);
  if (bytes > machine.memoryAvailableBytes) return null;
  const why = 'the load is not known yet, and by the profile this is the best set where much comes';
  return { groups, pinned: true, source: 'planned', why };
}

/** Cores that models need to have some of their own. */
function leastCores(models: readonly Opened[]): number {
  return models.reduce((sum, { entry }) => sum + (entry.config === undefined ? 1 : coresOf(entry.config)), 0);
}

/** Each model gets cores of its own: by their profiles where all have one, as many each otherwise. */
function planSeveral(models: readonly Opened[], store: StoreReader | null): ServedPlan[] {
  const { cores } = models[0]!.subject;
  const free = models.filter(({ entry }) => entry.config === undefined);
  const left = cores - models.reduce((sum, { entry }) => sum + coresOf(entry.config ?? []), 0);
  const plans = store === null ? null : sharedPlans(free, store, left);
  return models.map((model) => {
    const { entry, subject } = model;
    if (entry.config !== undefined) return given(entry.config, subject);
    const own = free.indexOf(model);
    const share = Math.floor(left / free.length) + (own < left % free.length ? 1 : 0);
    return plans?.[own] ?? unmeasured(subject, share);
  });
}

function sharedPlans(models: readonly Opened[], store: StoreReader, cores: number): ServedPlan[] | null {
  const questions: ModelQuestion[] = [];
  for (const { subject, points } of models) {
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

/** CPUs for the instances of all models at once, so that none has another's, unless they share them. */
async function place(
  planned: readonly Planned[],
  {
    shared,
    store,
    flags,
  }: { readonly shared: boolean; readonly store: StoreReader | null; readonly flags: SettingsFlags },
): Promise<ResolvedModel[]> {
  const { placement } = planned[0]!.subject;
  const threads = planned.map(({ plan }) => (plan.pinned ? threadsOf(plan.groups) : []));
  const cpus = shared
    ? threads.flatMap((own) => placeInstances({ ...placement, threads: own }))
    : placeInstances({ ...placement, threads: threads.flat() });
  const zoo = new Set(listZoo().map(({ name }) => name));
  const resolved: ResolvedModel[] = [];
  for (const model of planned) {
    const { entry, subject, plan, points } = model;
    const { model: own, dims, engine } = subject;
    const slowest = await slowestRunOf(own, dims, engine.engine);
    const largest = Math.max(...plan.groups.map(({ batch }) => batch));
    const keys = keysOf(subject, plan, cpus);
    const padDim = padDimOf(own, entry.pad);
    const required = entry.pad !== 'auto' || entry.lengths !== undefined;
    const padding = padDim === null ? null : { dim: padDim, required };
    const cores = coresOfKeys(keys, planned.length === 1 || shared ? subject.cores : null);
    const owner = { model: entry.model, subject, flags: flagsOf(entry, flags), padDim, cores };
    const profile = new ProfileInForce(
      owner,
      store === null ? nothing : readKnownCells(owner, store, points),
    );
    const spec: ModelSpec = {
      ...{ name: servedName(entry, subject), version: entry.version, model: own, dims, plan },
      pad: padding,
      profile: (threads) => profile.latencies(threads),
      engine: { name: engine.engine, version: subject.versions[engine.engine.split(':')[0]!] ?? '' },
      keys,
      keysFor: keysOn(subject, planned.length === 1 || shared ? null : keys),
      instanceBytes: (await instanceBytesOf(own, dims))(largest),
      firstRunMs: hangLimitMs(null, slowest(largest, 1), 1),
    };
    const zooName = zoo.has(entry.model) ? entry.model : null;
    resolved.push({ spec, profile, cores, allCores: subject.cores, zooName, preprocess: entry.preprocess });
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

const nothing: KnownCells = { measured: [], forSets: [], ofOtherLengths: [] };

const coresOfKeys = (keys: readonly InstanceKey[], all: number | null): number =>
  all ?? new Set(keys.flatMap(({ cpus }) => cpus ?? [])).size;

/** Places other sets: on the cores of these instances, or on all that may be used. */
function keysOn({ engine, placement }: Subject, own: readonly InstanceKey[] | null): ModelSpec['keysFor'] {
  const cpus = own?.flatMap((key) => key.cpus ?? []);
  const usable = placement.machine.usable.filter((cpu) => cpus?.includes(cpu) ?? true);
  const machine = { ...placement.machine, usable };
  return (groups) =>
    placeInstances({ ...placement, machine, threads: threadsOf(groups) }).map((list) => ({
      settings: { ...engine, threads: list.length },
      cpus: list,
      memoryPolicy: placement.memoryPolicy,
    }));
}

const threadsOf = (groups: readonly Group[]): number[] =>
  groups.flatMap(({ instances, threads }) => Array.from({ length: instances }, () => threads));
