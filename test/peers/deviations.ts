/** What a check is to come to. `detail` is null where it is left out. */
export interface Expected {
  readonly status: string;
  readonly detail?: unknown;
}

/** Where thinfer is not as Triton 2.51, on purpose. */
export interface Deviation {
  /** Names of checks; one that ends in `*` stands for all that begin so. The first deviation that fits counts. */
  readonly checks: readonly string[];
  /** What they come to here, by protocol. */
  readonly http?: Expected;
  readonly grpc?: Expected;
  /** Only of this protocol; in the other, thinfer is as Triton. */
  readonly over?: 'http' | 'grpc';
  /** Only where Triton came to this. */
  readonly tritonHas?: Expected;
  readonly why: string;
}

const done: Expected = { status: 'OK' };
const badHttp: Expected = { status: '400' };
const badGrpc: Expected = { status: 'INVALID_ARGUMENT' };
const bad = { http: badHttp, grpc: badGrpc };
const unknown = { http: { status: '404' }, grpc: { status: 'NOT_FOUND' } };

/** Of a request without tritonclient: its HTTP status, and which keys its answer has. */
const raw = (status: number, body: readonly string[] = ['error'], data?: readonly string[]): Expected => ({
  status: 'OK',
  detail: { status, body, ...(data === undefined ? {} : { data }) },
});
const answered = (...data: readonly string[]): Expected =>
  raw(200, ['model_name', 'model_version', 'outputs'], data);

const datatypes = 'BOOL UINT8 UINT16 UINT32 UINT64 INT8 INT16 INT32 INT64 FP16 FP32 FP64 BF16 BYTES'.split(
  ' ',
);
const extensions = [
  'binary_tensor_data',
  'classification',
  'model_configuration',
  'model_repository',
  'parameters',
  'schedule_policy',
  'statistics',
  'system_shared_memory',
];

/** All of them. A test fails where one is missing, and where one is not needed any more. */
export const deviations: readonly Deviation[] = [
  {
    checks: ['batch.9', 'batch.64'],
    http: done,
    grpc: done,
    why: 'a request with more items than a batch is split over batches and instances',
  },
  {
    checks: datatypes.map((datatype) => `datatype.${datatype}.empty`),
    ...bad,
    why: 'a size of 0 is refused: models are not made for it, and some crash',
  },
  {
    checks: [
      'datatype.FP16.json',
      'datatype.FP16.json-in',
      'datatype.FP16.json-out',
      'datatype.FP16.extremes-json-out',
    ],
    http: { status: 'OK', detail: ['FP16', [2, 3]] },
    why: 'half precision may be JSON too',
  },
  {
    checks: ['datatype.BF16.json-out', 'datatype.BF16.extremes-json-out'],
    http: { status: 'OK', detail: ['BF16', [2, 3]] },
    why: 'half precision may be JSON too',
  },
  {
    checks: ['datatype.BYTES.extremes', 'datatype.BYTES.extremes-json-out'],
    ...bad,
    why: 'ONNX strings are UTF-8',
  },
  {
    checks: ['classification.strings'],
    ...bad,
    why: 'this ends Triton; here strings have no order to be classified by',
  },
  {
    checks: [
      'config.version-not-a-number',
      'metadata.version-not-a-number',
      'model.version-x',
      'model.version--1',
    ],
    over: 'grpc',
    ...unknown,
    why: 'whatever is no version of the model is a version that is not there',
  },
  {
    checks: ['health.model.version-not-a-number'],
    over: 'grpc',
    grpc: { status: 'OK', detail: false },
    why: 'a version that is not there is not ready',
  },
  { checks: ['model.version-01'], ...unknown, why: 'a version has one name' },
  {
    checks: ['statistics.unknown', 'statistics.version-9'],
    ...unknown,
    why: 'an unknown model is the same error wherever it is asked for',
  },
  {
    checks: ['statistics.version-not-a-number'],
    over: 'grpc',
    ...unknown,
    why: 'an unknown model is the same error wherever it is asked for',
  },
  {
    checks: ['statistics.refused'],
    http: { status: 'OK', detail: 1 },
    grpc: { status: 'OK', detail: 1 },
    why: 'a refused request is a failed one: operators look for it there',
  },
  {
    checks: ['metadata.extensions'],
    http: { status: 'OK', detail: extensions },
    grpc: { status: 'OK', detail: extensions },
    why: 'no sequences, no CUDA, and neither tracing nor logging can be set',
  },
  {
    checks: ['outputs.swapped'],
    http: { status: 'OK', detail: ['z', 'y'] },
    grpc: { status: 'OK', detail: ['z', 'y'] },
    why: 'outputs come in the order that was asked for',
  },
  {
    checks: ['shape.huge'],
    http: { status: '413' },
    grpc: badGrpc,
    why: 'Triton multiplies sizes until they overflow, and takes what fits the rest',
  },
  {
    checks: ['shape.overflowing'],
    ...bad,
    why: 'Triton multiplies sizes until they overflow, and takes what fits the rest',
  },
  {
    checks: ['shape.negative', 'shape.json-short', 'shape.json-long'],
    over: 'http',
    http: badHttp,
    why: 'what is wrong with a request is no fault of the server',
  },
  {
    checks: ['timeout.server'],
    http: { status: '504' },
    grpc: { status: 'DEADLINE_EXCEEDED' },
    why: 'a request with a time-out is refused where it can not be answered in time; Triton needs a setting for that',
  },
  {
    checks: ['memory.output-too-small', 'memory.outside', 'memory.unknown-key'],
    ...bad,
    why: 'what is wrong with a request is no fault of the server',
  },
  {
    checks: ['memory.registered-twice'],
    over: 'grpc',
    grpc: badGrpc,
    why: 'the same error in both protocols',
  },
  {
    checks: ['memory.region-off-a-page', 'memory.region-within-a-file'],
    http: done,
    grpc: done,
    why: 'regions are read, not mapped, and begin where they like; Triton adds an offset twice',
  },
  {
    checks: ['repository.load-unknown'],
    ...unknown,
    why: 'what is not there is not found',
  },
  {
    checks: ['repository.load-outside'],
    over: 'grpc',
    ...unknown,
    why: 'what is not there is not found',
  },
  { checks: ['repository.unload-unknown'], ...unknown, why: 'what is not there is not found' },
  {
    checks: ['repository.load-with-config'],
    ...bad,
    why: 'a configuration that can not be honoured is refused',
  },
  {
    checks: ['access.no-token'],
    http: { status: '401' },
    grpc: { status: 'UNAUTHENTICATED' },
    why: 'management needs the token',
  },
  {
    checks: ['access.other-token'],
    http: { status: '403' },
    grpc: { status: 'PERMISSION_DENIED' },
    why: 'management needs the token',
  },
  {
    checks: ['access.other-listener'],
    http: { status: '404' },
    why: 'the listener of inference has no management',
  },
  { checks: ['raw.FP16.numbers'], http: answered('[1.0, 2.0]'), why: 'half precision may be JSON too' },
  {
    checks: ['raw.INT32.whole-fraction'],
    http: answered('[1, 2]'),
    why: 'JSON has one kind of number, and many clients write 1.0',
  },
  {
    checks: ['raw.shape-of-fractions'],
    http: answered('[1.0, 2.0]'),
    why: 'JSON has one kind of number, and many clients write 1.0',
  },
  {
    checks: ['raw.INT8.out-of-range', 'raw.data-out-of-range'],
    http: raw(400),
    why: 'Triton wraps around, or makes infinities',
  },
  {
    checks: ['raw.key-twice'],
    http: answered('[1.0, 2.0]'),
    why: 'the last one counts, as in most readers of JSON',
  },
  { checks: ['raw.not-utf8'], http: raw(400), why: 'the answer to it is JSON too' },
  {
    checks: ['raw.empty', 'raw.header.encoding-wrong'],
    http: raw(400),
    why: 'Triton takes a body that it can not read for an empty tensor',
  },
  { checks: ['raw.header.encoding-unknown'], http: raw(415), why: 'the status that HTTP has for it' },
  {
    checks: ['raw.path.encoded'],
    http: raw(200, ['inputs', 'name', 'outputs', 'platform', 'versions'], ['None']),
    why: 'an encoded letter in a path is that letter',
  },
  {
    checks: ['raw.path.infer-slash'],
    http: answered('[1.0, 2.0]'),
    why: 'a slash at the end of a path means nothing',
  },
  {
    checks: ['raw.path.v2-slash'],
    http: raw(200, ['extensions', 'name', 'version'], []),
    why: 'a slash at the end of a path means nothing',
  },
  {
    checks: ['raw.path.v1'],
    http: raw(404, ['code', 'message', 'type']),
    why: 'what lies below /v1 answers in the form of its own protocol',
  },
  {
    checks: ['raw.*'],
    tritonHas: raw(500),
    http: raw(400),
    why: 'what is wrong with a request is no fault of the server',
  },
];
