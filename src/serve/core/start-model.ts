import type { DispatchOptions } from '../../dispatch/index.ts';
import { ThinferError } from '../../errors.ts';
import type { InstanceKey } from '../../instance/index.ts';
import {
  bytesPerElement,
  type DimValues,
  elementCount,
  type Model,
  resolveInputs,
} from '../../model/index.ts';
import type { Group } from '../../plan/index.ts';
import type { ServedPlan } from '../types.ts';
import { canBatch } from './batching.ts';
import type { KnownLatency } from './latency-model.ts';
import { Place, type PlaceEvent, type Supervision } from './place.ts';
import { ServedModel } from './served-model.ts';
import type { WarmUp } from './warm-up.ts';

/** A version of a model to be served. */
export interface ModelSpec {
  readonly name: string;
  readonly version: string;
  readonly model: Model;
  /** Sizes of the free dimensions that instances are warmed up with. */
  readonly dims: DimValues;
  readonly engine: { readonly name: string; readonly version: string };
  readonly plan: ServedPlan;
  /** One for each instance of the plan, in the order of its groups. */
  readonly keys: readonly InstanceKey[];
  /** What the profile tells of an instance with so many threads, at `dims`; empty where nothing was measured. */
  readonly profile: (threads: number) => readonly KnownLatency[];
  /** What one run may take at the longest before anything is known of it, in ms. */
  readonly firstRunMs: number;
}

/** How models are served. */
export interface ServeRules {
  readonly dispatch: DispatchOptions;
  readonly mostItems: number;
  readonly hangFactor: number;
  readonly hangGraceMs: number;
  readonly supervision: Supervision;
}

export const defaultServeRules = {
  mostItems: 4096,
  hangFactor: 10,
  hangGraceMs: 5000,
} as const;

/** An event of one of a model's instances. */
export type ModelEvent = PlaceEvent & { readonly model: string; readonly version: string };

/**
 * Starts all instances of a plan at once; it is served when each has given a warm answer equal to the first one's. Throws what keeps
 * it from that; nothing is left behind then.
 */
export async function startModel(
  spec: ModelSpec,
  rules: ServeRules,
  onEvent: (event: ModelEvent) => void,
  signal: AbortSignal,
): Promise<ServedModel> {
  const { model, name, version } = spec;
  const batches = canBatch(model);
  let served: ServedModel | null = null;
  const places = spec.keys.map((key, index) => {
    const largestBatch = batches ? batchOf(spec.plan.groups, index) : 1;
    return new Place({
      index,
      key,
      model,
      largestBatch,
      warmUp: {
        model,
        dims: spec.dims,
        sizes: largestBatch > 1 ? [1, largestBatch] : [1],
        hangMs: spec.firstRunMs,
      },
      supervision: rules.supervision,
      onJoin: () => served?.join(index),
      onLose: (why) => served?.lose(index, why),
      onEvent: (event) => onEvent({ ...event, model: name, version }),
    });
  });
  const stop = (): void => void closeAll(places, true);
  signal.addEventListener('abort', stop, { once: true });
  try {
    const warm = await startPlaces(places);
    signal.throwIfAborted();
    const measured = places.map((place, index) => ({
      place,
      latencies: latenciesOf(spec, place.options.key.settings.threads ?? 0, warm[index]!),
    }));
    served = new ServedModel(measured, { ...spec, ...rules, batches }, usualBytes(spec));
    return served;
  } catch (thrown) {
    await closeAll(places, true);
    if (signal.aborted) throw signal.reason;
    const { code, message, remedy } = ThinferError.from(thrown);
    throw new ThinferError(code, `${name}: ${message}`, remedy === undefined ? {} : { remedy });
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** The b of an instance's group. */
function batchOf(groups: readonly Group[], index: number): number {
  let left = index;
  for (const { instances, batch } of groups) {
    if (left < instances) return batch;
    left -= instances;
  }
  throw new ThinferError('bug', `The plan has no instance ${index}. This is a bug.`);
}

async function startPlaces(places: readonly Place[]): Promise<WarmUp[]> {
  const [first, ...others] = places;
  const warm = first!.start(null);
  const reference = warm.then(({ answer }) => answer);
  const results = await Promise.allSettled([warm, ...others.map((place) => place.start(reference))]);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

async function closeAll(places: readonly Place[], now: boolean): Promise<void> {
  await Promise.all(places.map((place) => place.close(now)));
}

/** The profile where there is one; otherwise what the warm-up took, alone on an idle machine. */
function latenciesOf({ profile, model }: ModelSpec, threads: number, warm: WarmUp): readonly KnownLatency[] {
  const known = model.batchDim === null ? [] : profile(threads);
  return known.length > 0 ? known : warm.latencies;
}

/** Of one item, at the sizes that latencies are known for. */
function usualBytes({ model, dims }: ModelSpec): number {
  const batch = model.batchDim === null ? model.fixedBatch : 1;
  return resolveInputs(model, { batch, dims }).reduce(
    (sum, { type, shape }) => sum + Math.max(1, bytesPerElement(type)) * elementCount(shape),
    0,
  );
}
