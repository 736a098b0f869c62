import { patienceFactor } from '../../adapt/index.ts';
import { type CoreTurns, type DispatchOptions, roomFor } from '../../dispatch/index.ts';
import { invariant, ThinferError } from '../../errors.ts';
import type { InstanceKey } from '../../instance/index.ts';
import { idleMeans } from '../../machine/index.ts';
import {
  bytesPerElement,
  type DimValues,
  elementCount,
  type Model,
  resolveInputs,
} from '../../model/index.ts';
import type { Group } from '../../plan/index.ts';
import { median, sortSamples } from '../../stats/index.ts';
import type { ServedPlan, SetChange } from '../types.ts';
import { canBatch } from './batching.ts';
import { changeSet, isAtHand, prepareSet, type SetChanger } from './change-set.ts';
import type { KnownLatency } from './latency-model.ts';
import { tryPadding } from './padding.ts';
import { Place, type PlaceEvent, type PlaceOptions } from './place.ts';
import { allOf, closeAll } from './places.ts';
import { type MeasuredPlace, ServedModel } from './served-model.ts';
import { sameInstances, UnderWay, type WantedSet } from './set-change.ts';
import type { StandbyRule } from './standby.ts';
import type { Supervision } from './supervision.ts';
import type { WarmUp } from './warm-up.ts';

/** A version of a model to be served. */
export interface ModelSpec {
  readonly name: string;
  readonly version: string;
  readonly model: Model;
  /** Sizes of the free dimensions that instances are warmed up with. */
  readonly dims: DimValues;
  /** Whether requests of different lengths are padded to fit into one batch. */
  readonly pad: Padding | null;
  readonly engine: { readonly name: string; readonly version: string };
  readonly plan: ServedPlan;
  /** One for each instance of the plan, in the order of its groups. */
  readonly keys: readonly InstanceKey[];
  /** The instances of another set, placed on the same cores. Throws `usage` where there is no room for them. */
  readonly keysFor: (groups: readonly Group[]) => readonly InstanceKey[];
  /**
   * What the profile in force tells of an instance with so many threads, at `dims`, and at other lengths where requests are padded; empty where
   * nothing was measured.
   */
  readonly profile: (threads: number) => readonly KnownLatency[];
  /** Memory that one instance is expected to take. */
  readonly instanceBytes: number;
  /** What one run may take at the longest before anything is known of it, in ms. */
  readonly firstRunMs: number;
}

/** Along which dimension requests of a model are padded. */
export interface Padding {
  readonly dim: string;
  /** It was asked for: a model whose answers depend on it is not served. Otherwise it is served without. */
  readonly required: boolean;
}

/** How models are served. */
export interface ServeRules {
  /** One for all models of a server. */
  readonly turns: CoreTurns;
  readonly dispatch: DispatchOptions;
  readonly mostItems: number;
  readonly patienceMs: number;
  readonly hangFactor: number;
  readonly hangGraceMs: number;
  readonly supervision: Supervision;
  /** Batches that take longer or shorter than measured for so long are told of, in ms. */
  readonly driftAfterMs: number;
  /** What instances that stand by must leave of the memory that can be had; null: none stands by. */
  readonly standbyReserveBytes: number | null;
}

/** An event of one of a model's instances. */
export type ModelEvent = PlaceEvent & { readonly model: string; readonly version: string };

/** What a version is started with. */
export interface StartOptions {
  readonly rules: ServeRules;
  readonly onEvent: (event: ModelEvent) => void;
  /** Memory that can be had now. */
  readonly availableBytes: () => number;
  /** Ends the start. */
  readonly signal: AbortSignal;
  /** Instances, in the place of the plan's number; further ones share the CPUs of the plan's. Default: as planned. */
  readonly instances?: number | undefined;
}

/**
 * Starts all instances of a plan at once; it is served when each has given a warm answer equal to the first one's. Throws what keeps
 * it from that; nothing is left behind then.
 */
export async function startModel(spec: ModelSpec, options: StartOptions): Promise<StartedModel> {
  const { instances = spec.keys.length, signal } = options;
  checkMemory(spec, instances, options.availableBytes());
  const started = new StartedModel(spec, options);
  const places = Array.from({ length: instances }, (_, index) => started.placeAt(index));
  const stop = (): void => void closeAll(places, true);
  signal.addEventListener('abort', stop, { once: true });
  try {
    await started.begin(places);
    signal.throwIfAborted();
    return started;
  } catch (thrown) {
    await closeAll(places, true);
    if (signal.aborted) throw signal.reason;
    const { code, message, remedy } = ThinferError.from(thrown);
    throw new ThinferError(code, `${spec.name}: ${message}`, remedy === undefined ? {} : { remedy });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function checkMemory({ name, instanceBytes }: ModelSpec, instances: number, availableBytes: number): void {
  if (instances * instanceBytes <= availableBytes) return;
  const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
  throw new ThinferError(
    'out-of-memory',
    `${name}: ${instances} instances take some ${gibibytes(instances * instanceBytes)} GiB, and ${gibibytes(availableBytes)} GiB can be had`,
    { remedy: 'serve it with fewer instances or smaller batches' },
  );
}

const keptLoads = 9;
/** Loading in what serving leaves may take so long, however little it needs. */
const leastPatienceMs = 30_000;

/** A version that is served, with what makes further instances of it. */
export class StartedModel {
  readonly spec: ModelSpec;
  private readonly options: StartOptions;
  private model: ServedModel | null = null;
  private reference: WarmUp['answer'] | null = null;
  /** In force. */
  private padDim: string | null;
  private underWay: UnderWay | null = null;
  /** CPU time that starting an instance took, of the last ones. */
  private readonly loads: number[] = [];
  /** Latencies by threads, of instances of which the profile tells nothing. */
  private readonly timed = new Map<number, readonly KnownLatency[]>();
  /** In force; further instances are made like them. */
  private set: Pick<WantedSet, 'groups' | 'keys'>;

  constructor(spec: ModelSpec, options: StartOptions) {
    this.spec = spec;
    this.options = options;
    this.set = { groups: spec.plan.groups, keys: spec.keys };
    this.padDim = spec.pad?.dim ?? null;
  }

  /** That latencies are known for; 0 where requests have no length. */
  private get usualLength(): number {
    return this.padDim === null ? 0 : usualLengthOf(this.spec);
  }

  get served(): ServedModel {
    invariant(this.model !== null, 'A started model is served.');
    return this.model;
  }

  /** CPU time that loading and warming up an instance takes, in ms: the median of the last ones. */
  get loadCpuMs(): number {
    return median(sortSamples(this.loads.length === 0 ? [0] : this.loads));
  }

  private noteLoad(cpuMs: number): void {
    this.loads.push(cpuMs);
    if (this.loads.length > keptLoads) this.loads.shift();
  }

  /** Instances that take batches, or will again. */
  get instances(): number {
    return this.served.instances.length;
  }

  /** An instance's place; it is not started yet. Places beyond the plan's take the CPUs of the first again. */
  placeAt(position: number): Place {
    const { groups, keys } = this.set;
    const planned = position % keys.length;
    const group = groupOf(groups, planned);
    const usualLength =
      this.set.groups === this.spec.plan.groups ? this.spec.plan.lengths?.[group] : undefined;
    return this.placeWith(keys[planned]!, groups[group]!.batch, { usualLength });
  }

  private placeWith(
    key: InstanceKey,
    batch: number,
    own: { readonly usualLength?: number | undefined } & Pick<
      PlaceOptions,
      'idle' | 'raiseOn' | 'areCpusNeeded'
    > = {},
  ): Place {
    const { spec, options } = this;
    const largestBatch = canBatch(spec.model) ? batch : 1;
    const { usualLength = this.usualLength, ...priority } = own;
    // All are warmed up, and compared, at one length.
    const room = roomFor({ largestBatch, usualLength }, this.usualLength);
    const place: Place = new Place({
      ...{ key, model: spec.model, largestBatch, usualLength },
      ...priority,
      warmUp: {
        model: spec.model,
        dims: spec.dims,
        sizes: room > 1 ? [1, room] : [1],
        timed: !isProfiled(spec, key) && this.timedUpTo(key) < room,
        hangMs: spec.firstRunMs,
      },
      supervision: options.rules.supervision,
      onJoin: () => this.model?.join(place.index),
      onLose: (why) => this.model?.lose(place.index, why),
      onEvent: (event) => options.onEvent({ ...event, model: spec.name, version: spec.version }),
    });
    return place;
  }

  /** Starts the first instances, and serves. */
  async begin(places: readonly Place[]): Promise<void> {
    const { spec, options } = this;
    const warm = await startPlaces(places);
    this.reference = warm[0]!.answer;
    for (const place of places) this.noteLoad(place.cpuMs);
    await this.checkPadding(places[0]!);
    const measured = places.map((place, index) => this.measured(place, warm[index]!));
    const batches = canBatch(spec.model);
    const profiled = places.every(({ options: { key } }) => isProfiled(spec, key));
    this.model = new ServedModel(
      measured,
      {
        ...{ ...spec, ...options.rules, batches, profiled },
        ...{ padDim: this.padDim, usualLength: this.usualLength, standby: this.standbyRule },
        onDrift: (ratio) => this.tellDrift(ratio),
      },
      usualBytes(spec),
    );
  }

  private get standbyRule(): StandbyRule | null {
    const { rules, availableBytes } = this.options;
    const { standbyReserveBytes: reserveBytes } = rules;
    if (reserveBytes === null) return null;
    return { reserveBytes, availableBytes, instanceBytes: this.spec.instanceBytes };
  }

  /** Requests are padded only where the model's answers don't depend on it. */
  private async checkPadding(place: Place): Promise<void> {
    const { model, dims, pad, firstRunMs, name, version } = this.spec;
    if (pad === null) return;
    const differs = await tryPadding(place, { model, dims, dim: pad.dim, hangMs: firstRunMs });
    if (differs === null) return;
    const why = `output "${differs}" changes when requests are padded along "${pad.dim}"`;
    if (pad.required) throw new ThinferError('engine-failed', why, { remedy: 'serve it with pad=off' });
    this.padDim = null;
    const message = `requests of different lengths run apart, since ${why}`;
    this.options.onEvent({ model: name, version, type: 'unpadded', index: -1, pid: null, message });
  }

  /** The profile was measured anew. */
  relearn(): void {
    this.served.relearn((place) => this.measured(place, null).latencies);
  }

  private tellDrift(ratio: number): void {
    const { spec, options } = this;
    const message =
      ratio === 1
        ? 'batches take as long as the profile says again'
        : `batches take ${ratio.toFixed(2)} times what the profile says: something else runs here, or the machine has changed; thinfer profile measures anew`;
    const who = { model: spec.name, version: spec.version };
    options.onEvent({ ...who, type: 'drift', index: -1, pid: null, message });
  }

  /** Brings the number of instances to `count`, one after the other; throws where one can't be started, and keeps those there are. */
  async scale(count: number): Promise<void> {
    while (this.instances > count) await this.served.retire();
    while (this.instances < count) {
      const place = this.placeAt(this.instances);
      try {
        const warm = await place.start(Promise.resolve(this.reference!));
        this.served.add(this.measured(place, warm));
      } catch (error) {
        await place.close(true);
        throw error;
      }
    }
  }

  /**
   * Brings another set into force; requests go on. Throws `busy` while another change is under way, and what kept this one from coming
   * about: the old set serves then. What is loaded patiently gives way: to a set that is at hand, and stands by when it is loaded; to one that is
   * urgent, and is loaded no more, or at the usual priority where it is the same.
   */
  async changeTo(wanted: WantedSet): Promise<SetChange> {
    const { underWay } = this;
    if (underWay?.patient === true) {
      if (isAtHand(wanted, this.served)) {
        underWay.overtaken = true;
        return this.change(wanted, this.changer(new UnderWay({ ...wanted, patient: false })));
      }
      if (wanted.urgent) {
        if (sameInstances(wanted, underWay.wanted)) underWay.hurry();
        else underWay.stop();
        await this.served.changing?.catch(() => {});
      }
    }
    return this.changeAlone(wanted, (changer) => this.change(wanted, changer));
  }

  private async change(wanted: WantedSet, changer: SetChanger): Promise<SetChange> {
    const done = await changeSet(wanted, changer);
    if (done.started > 0 && done.loadCpuMs > 0) this.noteLoad(done.loadCpuMs / done.started);
    if (done.state === 'done') this.set = { groups: wanted.groups, keys: wanted.keys };
    return done;
  }

  /** Whether a set is loaded for as long as it takes, and another one may come before it. */
  get loadsPatiently(): boolean {
    return this.underWay?.patient === true && !this.underWay.hurried.aborted;
  }

  /**
   * Loads what another set has beyond the one in force, to stand by. Throws `busy` while a change is under way, and what kept it from coming
   * about. Says whether it came to that: another set may be more urgent.
   */
  async prepare(wanted: WantedSet): Promise<boolean> {
    return this.changeAlone(wanted, (changer) => prepareSet(wanted, changer));
  }

  /** One change at a time. */
  private async changeAlone<T>(wanted: WantedSet, begin: (changer: SetChanger) => Promise<T>): Promise<T> {
    const { served } = this;
    if (served.changing !== null)
      throw new ThinferError('busy', `the instances of '${this.spec.name}' are being changed already`);
    this.underWay = new UnderWay(wanted);
    const change = begin(this.changer(this.underWay));
    served.changing = change;
    try {
      return await change;
    } finally {
      served.changing = null;
      this.underWay = null;
    }
  }

  private changer(underWay: UnderWay): SetChanger {
    const { served } = this;
    const means = idleMeans();
    return {
      served,
      instanceBytes: this.spec.instanceBytes,
      availableBytes: this.options.availableBytes,
      placeFor: ({ groups, keys, urgent }, index, raiseOn) =>
        this.placeWith(keys[index]!, groups[groupOf(groups, index)]!.batch, {
          ...{ idle: urgent ? null : means, raiseOn },
          areCpusNeeded: () => served.runsOn(keys[index]!.cpus),
        }),
      underWay,
      patienceMs: Math.max(leastPatienceMs, patienceFactor * this.loadCpuMs),
      placeLike: ({ options: { key, usualLength }, largestBatch }) =>
        this.placeWith(key, largestBatch, { usualLength }),
      measured: (place, warm) => this.measured(place, warm),
      reference: this.reference!,
      signal: AbortSignal.any([this.options.signal, served.ending.signal, underWay.stopped]),
      onBegin: (begun) => served.remember(begun),
    };
  }

  /** Most items of a batch that was timed on an instance like it; 0: none. */
  private timedUpTo(key: InstanceKey): number {
    return Math.max(0, ...(this.timed.get(threadsOf(key)) ?? []).map(({ items }) => items));
  }

  private measured(place: Place, warm: WarmUp | null): MeasuredPlace {
    const { spec } = this;
    const { key } = place.options;
    const threads = threadsOf(key);
    if (warm !== null && warm.latencies.length > 0) this.timed.set(threads, warm.latencies);
    const known = [knownLatencies(spec, threads), this.timed.get(threads) ?? [], unknownLatency(spec)];
    const latencies = known.find((one) => one.length > 0)!;
    const usual = usualLengthOf(spec);
    const ofLength = latencies.map(({ length = usual, ...one }) => ({ ...one, length }));
    if (this.padDim !== null) return { place, latencies: ofLength };
    return {
      place,
      latencies: ofLength.filter(({ length }) => length === usual).map(({ items, ms }) => ({ items, ms })),
    };
  }
}

/** Along the dimension that may be padded; 0 where there is none. */
const usualLengthOf = ({ pad, dims, model }: ModelSpec): number =>
  pad === null ? 0 : (dims[pad.dim] ?? model.defaultDims[pad.dim] ?? 0);

/** Index of an instance's group. */
function groupOf(groups: readonly Group[], index: number): number {
  let left = index;
  for (const [group, { instances }] of groups.entries()) {
    if (left < instances) return group;
    left -= instances;
  }
  throw new ThinferError('bug', `The plan has no instance ${index}. This is a bug.`);
}

function startPlaces(places: readonly Place[]): Promise<WarmUp[]> {
  const [first, ...others] = places;
  const warm = first!.start(null);
  const reference = warm.then(({ answer }) => answer);
  return allOf([warm, ...others.map((place) => place.start(reference))]);
}

/** The profile, where there is one; otherwise goes what the warm-up took, alone on an idle machine. */
const knownLatencies = ({ profile, model }: ModelSpec, threads: number): readonly KnownLatency[] =>
  model.batchDim === null ? [] : profile(threads);

const isProfiled = (spec: ModelSpec, key: InstanceKey): boolean =>
  knownLatencies(spec, threadsOf(key)).length > 0;

const threadsOf = ({ settings }: InstanceKey): number => settings.threads ?? 0;

/** Of an instance that nothing is known of yet: it runs nothing before that. */
const unknownLatency = ({ firstRunMs }: ModelSpec): readonly KnownLatency[] => [{ items: 1, ms: firstRunMs }];

/** Of one item, at the sizes that latencies are known for. */
function usualBytes({ model, dims }: ModelSpec): number {
  const batch = model.batchDim === null ? model.fixedBatch : 1;
  return resolveInputs(model, { batch, dims }).reduce(
    (sum, { type, shape }) => sum + Math.max(1, bytesPerElement(type)) * elementCount(shape),
    0,
  );
}
