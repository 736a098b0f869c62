import { ThinferError } from '../../errors.ts';
import { modelConfig } from '../oip/config.ts';
import { modelMetadata, serverMetadata } from '../oip/metadata.ts';
import type { SharedMemory } from '../oip/shared-memory.ts';
import { modelStatistics } from '../oip/statistics.ts';
import type { ModelView } from '../types.ts';
import type { Exchange } from './exchange.ts';
import { infer } from './infer.ts';
import { openApiDocument } from './openapi.ts';
import { type Repository, repositoryRoutes } from './repository-routes.ts';
import type { AccessClass, Handler, Method, Route } from './route.ts';
import { sharedMemoryRoutes } from './shared-memory-routes.ts';

/** What the routes of the protocol offer. */
export interface OipOptions {
  /** Default null: system shared memory is off. */
  readonly sharedMemory?: SharedMemory | null;
  /** Default: models are listed, but can't be loaded or unloaded. */
  readonly repository?: Repository;
}

/** The routes of the Open Inference Protocol v2 and of Triton's extensions of it, and their description. */
export function oipRoutes(options: OipOptions = {}): Route[] {
  const sharedMemory = options.sharedMemory ?? null;
  const answerInfer: Handler = (exchange) => infer(exchange, sharedMemory);
  return [
    ...perVersion('POST', '/infer', 'inference', answerInfer),
    ...perVersion('GET', '', 'inference', (exchange) => exchange.json(200, metadataOf(exchange))),
    ...perVersion('GET', '/ready', 'health', modelReady),
    ...perVersion('GET', '/config', 'inference', (exchange) =>
      exchange.json(200, modelConfig(modelOf(exchange))),
    ),
    ...perVersion('GET', '/stats', 'inference', (exchange) =>
      exchange.json(200, { model_stats: versionsOf(exchange).map(modelStatistics) }),
    ),
    route('GET', '/v2/models/stats', 'inference', (exchange) =>
      exchange.json(200, { model_stats: exchange.core.models.map(modelStatistics) }),
    ),
    route('GET', '/v2', 'inference', (exchange) =>
      exchange.json(200, serverMetadata(exchange.core, sharedMemory !== null)),
    ),
    route('GET', '/v2/health/live', 'health', (exchange) => exchange.text(200, 'text/plain', '')),
    route('GET', '/v2/health/ready', 'health', serverReady),
    route('GET', '/v2/logging', 'inference', (exchange) => exchange.json(200, logging)),
    route('GET', '/v2/trace/setting', 'inference', (exchange) => exchange.json(200, tracing)),
    route('GET', '/v2/models/{model}/trace/setting', 'inference', (exchange) => {
      modelOf(exchange);
      exchange.json(200, tracing);
    }),
    route('GET', '/openapi.json', 'health', (exchange) =>
      exchange.json(200, openApiDocument(exchange.core.version, exchange.context.classes)),
    ),
    ...repositoryRoutes(options.repository),
    ...sharedMemoryRoutes(sharedMemory),
  ];
}

/** What Triton answers where nothing was set; nothing can be set here. */
const logging = {
  log_file: '',
  log_info: true,
  log_warning: true,
  log_error: true,
  log_verbose_level: 0,
  log_format: 'default',
};
const tracing = {
  trace_level: ['OFF'],
  trace_rate: '1000',
  trace_count: '-1',
  log_frequency: '0',
  trace_file: '',
  trace_mode: 'triton',
};

function route(method: Method, path: string, access: AccessClass, handle: Handler): Route {
  return { method, path, protocol: 'oip', access, handle };
}

function perVersion(method: Method, end: string, access: AccessClass, handle: Handler): Route[] {
  return [
    route(method, `/v2/models/{model}${end}`, access, handle),
    route(method, `/v2/models/{model}/versions/{version}${end}`, access, handle),
  ];
}

function modelOf(exchange: Exchange): ModelView {
  return exchange.core.model(exchange.param('model')!, exchange.param('version'));
}

function metadataOf(exchange: Exchange): unknown {
  return modelMetadata(exchange.core, modelOf(exchange));
}

/** The version that was named; all of them where none was, as Triton. */
function versionsOf(exchange: Exchange): readonly ModelView[] {
  const named = modelOf(exchange);
  if (exchange.param('version') !== undefined) return [named];
  const versions = exchange.core.models.filter((model) => model.name === named.name);
  return versions.length > 0 ? versions : [named];
}

/** Triton has 400 for servers and models that are not ready, and clients look for 200 alone. */
const notReady = 400;

function serverReady(exchange: Exchange): void {
  const { core, context } = exchange;
  const ready = core.state === 'ready' && core.ready && !context.closing;
  exchange.text(ready ? 200 : notReady, 'text/plain', '');
}

function modelReady(exchange: Exchange): void {
  if (exchange.core.state === 'ready' && isReady(exchange)) exchange.text(200, 'text/plain', '');
  else exchange.json(notReady, { error: 'Model version not ready' });
}

function isReady(exchange: Exchange): boolean {
  try {
    return modelOf(exchange).ready;
  } catch (error) {
    if (error instanceof ThinferError && error.code === 'not-found') return false;
    throw error;
  }
}
