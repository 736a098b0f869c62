import { ThinferError } from '../../errors.ts';
import type { SharedMemory } from '../oip/shared-memory.ts';
import type { Exchange } from './exchange.ts';
import { readJsonBody } from './read-json-body.ts';
import type { Handler, Method, Route } from './route.ts';

/**
 * Triton's shared memory extensions. There is no CUDA here, and system shared memory may be off: nothing is registered then, and
 * nothing can be.
 */
export function sharedMemoryRoutes(sharedMemory: SharedMemory | null): Route[] {
  return [
    ...routesOf('system', sharedMemory, (exchange) => register(exchange, sharedMemory)),
    ...routesOf('cuda', null, (exchange) => refuse(exchange, 'cuda')),
  ];
}

function routesOf(kind: 'system' | 'cuda', sharedMemory: SharedMemory | null, registers: Handler): Route[] {
  const route = (method: Method, path: string, handle: Handler): Route => ({
    method,
    path: `/v2/${kind}sharedmemory/${path}`,
    protocol: 'oip',
    access: 'inference',
    handle,
  });
  return [
    route('GET', 'status', (exchange) => exchange.json(200, sharedMemory?.status() ?? [])),
    route('GET', 'region/{region}/status', (exchange) =>
      exchange.json(200, statusOf(exchange, kind, sharedMemory)),
    ),
    route('POST', 'region/{region}/register', registers),
    route('POST', 'region/{region}/unregister', (exchange) =>
      done(exchange, () => sharedMemory?.unregister(exchange.param('region')!)),
    ),
    route('POST', 'unregister', (exchange) => done(exchange, () => sharedMemory?.unregisterAll())),
  ];
}

function statusOf(exchange: Exchange, kind: string, sharedMemory: SharedMemory | null): unknown {
  const region = exchange.param('region')!;
  if (sharedMemory === null)
    throw new ThinferError('not-found', `Unable to find ${kind} shared memory region: '${region}'`);
  return sharedMemory.status(region);
}

async function register(exchange: Exchange, sharedMemory: SharedMemory | null): Promise<void> {
  if (sharedMemory === null) return refuse(exchange, 'system');
  const { key, offset = 0, byte_size: bytes } = await readJsonBody(exchange);
  if (typeof key !== 'string') throw missing('key');
  if (typeof bytes !== 'number') throw missing('byte_size');
  if (typeof offset !== 'number') throw missing('offset');
  sharedMemory.register(exchange.param('region')!, key, offset, bytes);
  exchange.text(200, 'application/json', '');
}

async function refuse(exchange: Exchange, kind: 'system' | 'cuda'): Promise<void> {
  await readJsonBody(exchange);
  throw new ThinferError(
    'request-invalid',
    kind === 'cuda'
      ? `failed to register CUDA shared memory region: '${exchange.param('region')}', GPUs not supported`
      : `failed to register system shared memory region: '${exchange.param('region')}', it is switched off`,
  );
}

async function done(exchange: Exchange, act: () => void): Promise<void> {
  await readJsonBody(exchange);
  act();
  exchange.text(200, 'application/json', '');
}

function missing(field: string): ThinferError {
  return new ThinferError('request-invalid', `Shared memory register request has no '${field}' field`);
}
