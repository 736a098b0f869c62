/** Schemas of the bodies of the Open Inference Protocol, as OpenAPI 3.1 has them (JSON Schema 2020-12). */

type Schema = Readonly<Record<string, unknown>>;

/** A reference to a schema below. */
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const text: Schema = { type: 'string' };
const truth: Schema = { type: 'boolean' };
const count: Schema = { type: 'integer', minimum: 0 };
const list = (items: Schema, more: Schema = {}): Schema => ({ type: 'array', items, ...more });
const object = (properties: Schema, required: readonly string[] = Object.keys(properties)): Schema => ({
  type: 'object',
  properties,
  required,
});

const datatype: Schema = {
  type: 'string',
  enum: [
    'FP32', 'FP16', 'FP64', 'BF16', 'INT8', 'UINT8', 'INT16', 'UINT16', 'INT32', 'UINT32', 'INT64', 'UINT64', 'BOOL', 'BYTES',
  ], // biome-ignore format: a table
};
const duration = object({ count, ns: count });
const shape = list({ type: 'integer', minimum: -1 });
const groups = list(object({ instances: count, threads: count, batch: count }));
const regionParameters = {
  shared_memory_region: text,
  shared_memory_offset: count,
  shared_memory_byte_size: count,
};

/** All of them, by name. */
export const schemas: Schema = {
  Error: object({ error: text }),
  Server: object({ name: text, version: text, extensions: list(text) }),
  TensorMetadata: object({ name: text, datatype, shape }),
  Model: object({
    name: text,
    versions: list(text, { minItems: 1 }),
    platform: text,
    inputs: list(ref('TensorMetadata')),
    outputs: list(ref('TensorMetadata')),
  }),
  ConfigTensor: object({ name: text, data_type: text, dims: shape }),
  ModelConfig: object(
    {
      name: text,
      platform: text,
      backend: text,
      version_policy: { type: 'object' },
      max_batch_size: count,
      input: list(ref('ConfigTensor')),
      output: list(ref('ConfigTensor')),
      instance_group: list(object({ name: text, kind: { const: 'KIND_CPU' }, count })),
      dynamic_batching: { type: 'object' },
      parameters: { type: 'object', additionalProperties: object({ string_value: text }) },
    },
    ['name', 'platform', 'backend', 'max_batch_size', 'input', 'output', 'instance_group'],
  ),
  Statistics: object({
    model_stats: list(
      object({
        name: text,
        version: text,
        last_inference: count,
        inference_count: count,
        execution_count: count,
        inference_stats: object({
          success: duration,
          fail: duration,
          queue: duration,
          compute_input: duration,
          compute_infer: duration,
          compute_output: duration,
          cache_hit: duration,
          cache_miss: duration,
        }),
        batch_stats: list(
          object({
            batch_size: count,
            compute_input: duration,
            compute_infer: duration,
            compute_output: duration,
          }),
        ),
      }),
    ),
  }),
  Parameters: {
    type: 'object',
    properties: {
      timeout: { ...count, description: 'Time-out of the whole request in µs; 0: none.' },
      priority: { ...count, description: '1 is served first; 0: the default of the model.' },
      binary_data_output: { ...truth, description: 'Whether outputs that do not say otherwise are binary.' },
    },
    // Names with this beginning are refused.
    propertyNames: { not: { pattern: '^triton_' } },
    additionalProperties: { type: ['number', 'boolean', 'string'] },
  },
  InferInput: {
    ...object({ name: text, shape: list(count, { maxItems: 64 }), datatype }),
    properties: {
      name: text,
      shape: list(count, { maxItems: 64 }),
      datatype,
      data: { type: 'array', description: 'Row-major elements, flat or nested.' },
      parameters: object({ binary_data_size: count, ...regionParameters }, []),
    },
  },
  InferRequest: object(
    {
      id: text,
      parameters: ref('Parameters'),
      inputs: list(ref('InferInput'), { maxItems: 256 }),
      outputs: list(
        object(
          {
            name: text,
            parameters: object({ binary_data: truth, classification: count, ...regionParameters }, []),
          },
          ['name'],
        ),
        { maxItems: 256 },
      ),
    },
    ['inputs'],
  ),
  InferResponse: object(
    {
      id: text,
      model_name: text,
      model_version: text,
      outputs: list(
        object(
          {
            name: text,
            datatype,
            shape: list(count),
            data: { type: 'array' },
            parameters: object({ binary_data_size: count, ...regionParameters }, []),
          },
          ['name', 'datatype', 'shape'],
        ),
      ),
    },
    ['model_name', 'model_version', 'outputs'],
  ),
  RepositoryIndexRequest: object({ ready: truth }, []),
  RepositoryIndex: list(object({ name: text, version: text, state: text, reason: text }, ['name'])),
  LoadRequest: object(
    { parameters: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } } },
    [],
  ),
  PlanRequest: object({
    configuration: { ...text, description: 'Instances x threads x batch, + between groups: 2x1x4.' },
  }),
  Plan: object(
    {
      configuration: text,
      groups,
      source: text,
      why: text,
      instances: count,
      changes: list(ref('SetChange')),
    },
    ['configuration', 'groups', 'changes'],
  ),
  SetChange: object(
    {
      from: groups,
      to: groups,
      way: text,
      state: text,
      reason: text,
      started: count,
      retired: count,
      kept: count,
      restored: count,
      effect: { oneOf: [ref('ChangeEffect'), { type: 'null' }] },
    },
    ['from', 'to', 'way', 'state'],
  ),
  ChangeEffect: object(
    {
      before: { oneOf: [ref('SeenLatency'), { type: 'null' }] },
      during: { oneOf: [ref('SeenLatency'), { type: 'null' }] },
      after: { oneOf: [ref('SeenLatency'), { type: 'null' }] },
    },
    ['before', 'during', 'after'],
  ),
  SeenLatency: object(
    { seconds: { type: 'number' }, requests: count, meanMs: { type: 'number' }, p99Ms: { type: 'number' } },
    ['seconds', 'requests', 'meanMs', 'p99Ms'],
  ),
  RegisterRequest: object({ key: text, offset: count, byte_size: count }, ['key', 'byte_size']),
  Regions: list(object({ name: text, key: text, offset: count, byte_size: count })),
  Settings: { type: 'object' },
};
