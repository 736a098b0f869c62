import { ref, schemas } from './openapi-schemas.ts';
import type { AccessClass } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

interface Operation {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly summary: string;
  /** Name of the schema of the answer; none: the answer is empty. */
  readonly answer?: string;
  /** Name of the schema of the body. */
  readonly body?: string;
  /** Statuses of errors beside those that any request may get. */
  readonly errors?: readonly number[];
  /** Default inference. */
  readonly access?: 'health' | 'management';
}

const model = '/v2/models/{model}';
const version = `${model}/versions/{version}`;

const operations: readonly Operation[] = [
  { method: 'get', path: '/v2', summary: 'Name, version and extensions of the server', answer: 'Server' },
  { method: 'get', path: '/v2/health/live', summary: 'Whether the server lives', access: 'health' },
  {
    method: 'get',
    path: '/v2/health/ready',
    summary: 'Whether every model can answer (400: not)',
    errors: [400],
    access: 'health',
  },
  { method: 'get', path: '/v2/models/stats', summary: 'Statistics of all models', answer: 'Statistics' },
  ...[model, version].flatMap(ofModel),
  { method: 'get', path: '/v2/logging', summary: 'Settings of the log', answer: 'Settings' },
  { method: 'get', path: '/v2/trace/setting', summary: 'Settings of traces', answer: 'Settings' },
  {
    method: 'get',
    path: `${model}/trace/setting`,
    summary: 'Settings of traces of a model',
    answer: 'Settings',
    errors: [404],
  },
  {
    method: 'post',
    path: '/v2/repository/index',
    summary: 'Models of the repository',
    body: 'RepositoryIndexRequest',
    answer: 'RepositoryIndex',
    access: 'management',
  },
  {
    method: 'post',
    path: '/v2/repository/models/{model}/load',
    summary: 'Loads a model',
    body: 'LoadRequest',
    errors: [404, 409],
    access: 'management',
  },
  {
    method: 'post',
    path: '/v2/repository/models/{model}/unload',
    summary: 'Unloads a model',
    body: 'LoadRequest',
    errors: [404, 409],
    access: 'management',
  },
  {
    method: 'get',
    path: '/v2/repository/models/{model}/plan',
    summary: 'The set of instances that serves a model, and how it came about',
    answer: 'Plan',
    errors: [404],
    access: 'management',
  },
  {
    method: 'post',
    path: '/v2/repository/models/{model}/plan',
    summary: 'Brings another set of instances into force, while requests go on',
    body: 'PlanRequest',
    answer: 'SetChange',
    errors: [404, 409, 503],
    access: 'management',
  },
  ...['system', 'cuda'].flatMap(ofSharedMemory),
];

function ofModel(path: string): Operation[] {
  const get = (end: string, summary: string, answer: string): Operation => ({
    method: 'get',
    path: `${path}${end}`,
    summary,
    answer,
    errors: [404],
  });
  return [
    get('', 'Versions, inputs and outputs of a model', 'Model'),
    get('/config', 'Configuration of a model', 'ModelConfig'),
    get('/stats', 'Statistics of a model', 'Statistics'),
    {
      method: 'get',
      path: `${path}/ready`,
      summary: 'Whether the model can answer (400: not)',
      errors: [400],
      access: 'health',
    },
    {
      method: 'post',
      path: `${path}/infer`,
      summary: 'Runs the model',
      body: 'InferRequest',
      answer: 'InferResponse',
      errors: [404, 504],
    },
  ];
}

function ofSharedMemory(kind: string): Operation[] {
  const base = `/v2/${kind}sharedmemory`;
  const region = `${base}/region/{region}`;
  return [
    { method: 'get', path: `${base}/status`, summary: 'Registered regions', answer: 'Regions' },
    {
      method: 'get',
      path: `${region}/status`,
      summary: 'A registered region',
      answer: 'Regions',
      errors: [404],
    },
    { method: 'post', path: `${region}/register`, summary: 'Registers a region', body: 'RegisterRequest' },
    { method: 'post', path: `${region}/unregister`, summary: 'Unregisters a region' },
    { method: 'post', path: `${base}/unregister`, summary: 'Unregisters all regions' },
  ];
}

/** The OpenAPI 3.1 document of the protocol's routes that a listener of these classes answers. */
export function openApiDocument(serverVersion: string, classes: ReadonlySet<AccessClass>): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    if (!classes.has(operation.access ?? 'inference')) continue;
    paths[operation.path] ??= {};
    paths[operation.path]![operation.method] = describe(operation);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'thinfer: Open Inference Protocol v2', version: serverVersion },
    paths,
    components: {
      schemas,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function describe(operation: Operation): Json {
  const { path, summary, body } = operation;
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  return {
    summary,
    operationId: operationId(operation),
    parameters: names.map((name) => ({
      name,
      in: 'path',
      required: true,
      schema: { type: 'string', minLength: 1 },
    })),
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: responses(operation),
    security: securityOf(operation),
  };
}

function securityOf({ access }: Operation): Json[] {
  if (access === 'health') return [];
  return access === 'management' ? [{ token: [] }] : [{}, { token: [] }];
}

function operationId({ method, path }: Operation): string {
  return `${method}${path.replace(/\W+(\w)/g, (_, letter: string) => letter.toUpperCase()).replace(/\W/g, '')}`;
}

function requestBody(name: string): Json {
  const json = { 'application/json': { schema: ref(name) } };
  if (name !== 'InferRequest') return { content: json };
  return {
    required: true,
    description:
      'JSON; or JSON of as many bytes as the header Inference-Header-Content-Length says, and behind it the bytes of binary inputs.',
    content: { ...json, 'application/octet-stream': { schema: {} } },
  };
}

function responses({ answer, body, errors = [], access }: Operation): Json {
  const statuses = new Set([...errors, 401, 403, 405, 500, 503]);
  if (body !== undefined) for (const status of [400, 408, 413, 415]) statuses.add(status);
  if (access === 'management') statuses.add(404);
  const failed = Object.fromEntries([...statuses].sort().map((status) => [status, errorAnswer]));
  return { 200: answer === undefined ? { description: 'Done' } : answerOf(answer), ...failed };
}

function answerOf(name: string): Json {
  const binary = name === 'InferResponse' ? { 'application/octet-stream': { schema: {} } } : {};
  return {
    description: 'The answer',
    content: { 'application/json': { schema: ref(name) }, ...binary },
  };
}

const errorAnswer = {
  description: 'What is wrong',
  content: { 'application/json': { schema: ref('Error') } },
};
