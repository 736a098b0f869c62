import type { TensorSpec } from '../../model/index.ts';
import type { ModelView } from '../types.ts';
import { datatypeOf } from './datatypes.ts';
import { openShape, platformOf } from './metadata.ts';

/** An input or output in a model's configuration. */
export interface ConfigTensor {
  readonly name: string;
  readonly data_type: string;
  /** Without the batch where `max_batch_size` is above 0; -1: free. */
  readonly dims: readonly number[];
}

/** A group of equal instances. */
export interface ConfigInstanceGroup {
  readonly name: string;
  readonly kind: 'KIND_CPU';
  readonly count: number;
}

/** Triton's model configuration (`model_config.proto`), as far as it means something here. */
export interface ModelConfig {
  readonly name: string;
  readonly platform: string;
  readonly backend: string;
  readonly version_policy: { readonly latest: { readonly num_versions: number } };
  readonly max_batch_size: number;
  readonly input: readonly (ConfigTensor & {
    readonly optional: boolean;
    readonly is_shape_tensor: boolean;
  })[];
  readonly output: readonly (ConfigTensor & { readonly is_shape_tensor: boolean })[];
  readonly instance_group: readonly ConfigInstanceGroup[];
  /** There where requests can be batched. */
  readonly dynamic_batching?: {
    readonly preferred_batch_size: readonly number[];
    readonly max_queue_delay_microseconds: number;
    readonly preserve_ordering: boolean;
  };
  readonly parameters: Readonly<Record<string, { readonly string_value: string }>>;
}

/** The configuration of a model, as Triton's `GET /v2/models/{model}/config` gives it. */
export function modelConfig(view: ModelView): ModelConfig {
  const maxBatch = batchesFirst(view) ? view.maxItems : 0;
  const tensor = (spec: TensorSpec): ConfigTensor => configTensor(spec, maxBatch > 0);
  return {
    name: view.name,
    platform: platformOf(view),
    backend: view.engine.name,
    version_policy: { latest: { num_versions: 1 } },
    max_batch_size: maxBatch,
    input: view.inputs.map((spec) => ({ ...tensor(spec), optional: false, is_shape_tensor: false })),
    output: view.outputs.map((spec) => ({ ...tensor(spec), is_shape_tensor: false })),
    instance_group: instanceGroups(view),
    ...(maxBatch > 0 ? { dynamic_batching: dynamicBatching(view) } : {}),
    parameters: parameters(view),
  };
}

/** Triton's `max_batch_size` means that every tensor begins with the batch. */
export function batchesFirst(view: ModelView): boolean {
  const first = (spec: TensorSpec): boolean => spec.unranked === true || spec.shape[0] === view.batchDim;
  return view.batchDim !== null && view.maxBatch > 0 && view.inputs.every(first) && view.outputs.every(first);
}

function configTensor(spec: TensorSpec, batched: boolean): ConfigTensor {
  const shape = openShape(spec);
  const type = datatypeOf(spec.type);
  return {
    name: spec.name,
    // The one name in which the configuration and the protocol differ.
    data_type: `TYPE_${type === 'BYTES' ? 'STRING' : type}`,
    dims: batched && !spec.unranked ? shape.slice(1) : shape,
  };
}

function instanceGroups(view: ModelView): ConfigInstanceGroup[] {
  return view.plan.groups.map((group, index) => ({
    name: `${view.name}_${index}`,
    kind: 'KIND_CPU',
    count: group.instances,
  }));
}

function dynamicBatching(view: ModelView): NonNullable<ModelConfig['dynamic_batching']> {
  const sizes = new Set(view.plan.groups.map((group) => group.batch));
  return {
    preferred_batch_size: [...sizes].sort((a, b) => a - b),
    max_queue_delay_microseconds: 0,
    preserve_ordering: false,
  };
}

/** What Triton has no field for: threads of each group, pinning, and why it is so. */
function parameters(view: ModelView): ModelConfig['parameters'] {
  const groups = view.plan.groups.map((group) => `${group.instances}x${group.threads}x${group.batch}`);
  return {
    'thinfer.configuration': { string_value: groups.join(',') },
    'thinfer.pinned': { string_value: String(view.plan.pinned) },
    'thinfer.source': { string_value: view.plan.source },
    'thinfer.engine_version': { string_value: view.engine.version },
  };
}
