import type { AccessClass, Method } from '../http/route.ts';

/** A route, as far as it is described. */
export interface DescribedRoute {
  readonly methods: readonly Method[];
  readonly path: string;
  readonly access: AccessClass;
  /** TorchServe's operationId. */
  readonly operation: string;
  /** Parameters of the query. */
  readonly query: readonly string[];
}

const content = (schema: Record<string, unknown>): Record<string, unknown> => ({
  'application/json': { schema },
});
const errorSchema = {
  type: 'object',
  required: ['code', 'type', 'message'],
  properties: { code: { type: 'integer' }, type: { type: 'string' }, message: { type: 'string' } },
};
const binary = { schema: { type: 'string', format: 'binary' } };
const bodies = {
  'application/json': { schema: {} },
  'application/octet-stream': binary,
  'image/jpeg': binary,
  'image/png': binary,
  'text/plain': { schema: { type: 'string' } },
  'multipart/form-data': { schema: { type: 'object', properties: { data: binary.schema } } },
};

const components = { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } };

/** The OpenAPI 3.0.1 document of all routes, inference and management. */
export function apiDescription(routes: readonly DescribedRoute[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.operation === 'predict_v1' ? `${route.path}:predict` : route.path;
    const operations = paths[path] ?? {};
    for (const method of route.methods) operations[method.toLowerCase()] = operationOf(route, method);
    paths[path] = operations;
  }
  return { openapi: '3.0.1', info: { title: 'TorchServe APIs', version }, paths, components };
}

function operationOf(route: DescribedRoute, method: Method): Record<string, unknown> {
  const predicts = route.access === 'inference' && method !== 'GET';
  return {
    operationId: method === route.methods[0] ? route.operation : `${route.operation}_${method.toLowerCase()}`,
    parameters: [
      ...[...route.path.matchAll(/\{(\w+)\}/g)].map((match) => parameter(match[1]!, 'path', true)),
      ...route.query.map((name) => parameter(name, 'query', name === 'url')),
    ],
    ...(predicts ? { requestBody: { required: true, content: bodies } } : {}),
    ...(route.access === 'management' ? { security: [{ token: [] }] } : {}),
    responses: {
      200: { description: 'Done', content: content({}) },
      default: { description: 'What went wrong', content: content(errorSchema) },
    },
  };
}

function parameter(name: string, place: 'path' | 'query', required: boolean): Record<string, unknown> {
  return { in: place, name, required, schema: { type: 'string' } };
}
