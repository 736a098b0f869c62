import type { TensorSpec } from '../../model/index.ts';
import type { ModelView, ServeCore } from '../types.ts';
import { type Datatype, datatypeOf } from './datatypes.ts';

/** What the server says of itself. */
export interface ServerMetadata {
  readonly name: string;
  readonly version: string;
  readonly extensions: readonly string[];
}

/** A tensor as clients see it: free dimensions, the batch among them, are -1. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
}

/** What the server says of a model. */
export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

/** The extensions that are always there, by Triton's names. */
const extensions = [
  'classification',
  'model_repository',
  'schedule_policy',
  'model_configuration',
  'binary_tensor_data',
  'parameters',
  'statistics',
];

/** Name, version and extensions; `sharedMemory`: whether system shared memory is switched on. */
export function serverMetadata(core: ServeCore, sharedMemory = false): ServerMetadata {
  return {
    name: core.name,
    version: core.version,
    extensions: sharedMemory ? [...extensions, 'system_shared_memory'] : extensions,
  };
}

/** Name, versions that are served, platform and tensors of a model. */
export function modelMetadata(core: ServeCore, view: ModelView): ModelMetadata {
  const versions = core.models.filter((model) => model.name === view.name).map((model) => model.version);
  return {
    name: view.name,
    versions: versions.length > 0 ? versions : [view.version],
    platform: platformOf(view),
    inputs: view.inputs.map(tensorMetadata),
    outputs: view.outputs.map(tensorMetadata),
  };
}

/** Triton's name where it knows the engine: dashboards and clients look at it. */
export function platformOf(view: ModelView): string {
  return view.engine.name === 'onnxruntime' ? 'onnxruntime_onnx' : `thinfer_${view.engine.name}`;
}

function tensorMetadata(spec: TensorSpec): TensorMetadata {
  return { name: spec.name, datatype: datatypeOf(spec.type), shape: openShape(spec) };
}

/** A shape with -1 for every free dimension; one free dimension where not even their number is known. */
export function openShape(spec: TensorSpec): number[] {
  if (spec.unranked) return [-1];
  return spec.shape.map((dim) => (typeof dim === 'number' ? dim : -1));
}
