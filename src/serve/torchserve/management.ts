import { ThinferError } from '../../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ModelView } from '../types.ts';
import { findModel, type TorchServeContext } from './context.ts';
import { describeModel } from './describe-model.ts';
import { mediaTypeOf } from './multipart.ts';
import { Parameters } from './parameters.ts';
import { parseBody } from './read-request.ts';
import { badRequest, TorchProblem } from './torch-problem.ts';

const mostListed = 100;
const processing = { status: 'Processing worker updates...' };

/** Answers `GET /models`: the default version of each model, by name. */
export async function listModels({ core }: TorchServeContext, exchange: Exchange): Promise<void> {
  const query = new Parameters(exchange.query());
  const asked = query.integer('limit', -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER) ?? mostListed;
  const limit = asked < 0 || asked > mostListed ? mostListed : asked;
  const from = query.integer('next_page_token', 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const names = [...new Set(core.models.map(({ name }) => name))].sort();
  const models = names.slice(from, from + limit).map((name) => ({ modelName: name, modelUrl: name }));
  const next = from + limit;
  exchange.json(200, {
    ...(next < names.length && limit > 0 ? { nextPageToken: String(next) } : {}),
    models,
  });
}

/** Answers `GET /models/{model}[/{version}|/all]`. */
export async function describe({ core, manager }: TorchServeContext, exchange: Exchange): Promise<void> {
  const name = exchange.param('model')!;
  const version = exchange.param('version');
  const newest = findModel(core, name, version === 'all' ? undefined : version);
  const views: readonly ModelView[] =
    version === 'all' ? core.models.filter((view) => view.name === newest.name) : [newest];
  exchange.json(200, await Promise.all(views.map((view) => describeModel(view, manager))));
}

/** Answers `POST /models?url=…`. */
export async function register(context: TorchServeContext, exchange: Exchange): Promise<void> {
  const given = await registrationOf(exchange);
  const known = given.text('url');
  if (known === null || known === '') throw badRequest('Parameter url is required.');
  if (/[/\\:]|^\./.test(known) || known.length > 200)
    throw notFound('url is the name of a model that this server was told of; nothing is opened or fetched.');
  const workers = given.integer('initial_workers', 0, 4096);
  const synchronous = given.flag('synchronous');
  const registration = {
    known,
    name: given.text('model_name'),
    workers,
    batchSize: given.integer('batch_size', 1, 65_536),
  };
  const work = context.manager.register(registration).catch((error: unknown) => {
    throw ThinferError.from(error).code === 'not-found' ? notFound(`Model not found: ${known}`) : error;
  });
  if (!synchronous && workers !== null && workers > 0) {
    inBackground(context, work, `registering ${known}`);
    exchange.json(202, processing);
    return;
  }
  const made = await work;
  const what = `Model "${made.name}" Version: ${made.version} registered with ${made.workers} initial workers`;
  const hint = '. Use scale workers API to add workers for the model.';
  exchange.json(200, { status: made.workers === 0 ? `${what}${hint}` : what });
}

/** Answers `PUT /models/{model}[/{version}]`. */
export async function scale(context: TorchServeContext, exchange: Exchange): Promise<void> {
  const query = new Parameters(exchange.query());
  const minWorkers = query.integer('min_worker', 0, 4096) ?? 1;
  const maxWorkers = query.integer('max_worker', 0, 4096) ?? minWorkers;
  if (maxWorkers < minWorkers) throw badRequest('max_worker cannot be less than min_worker.');
  const timeout = query.integer('timeout', -1, 86_400) ?? -1;
  const version = exchange.param('version') ?? query.text('model_version') ?? undefined;
  const { name } = findModel(context.core, exchange.param('model')!, version);
  const drainMs = timeout < 0 ? null : timeout * 1000;
  const synchronous = query.flag('synchronous');
  const work = context.manager.scale(name, version, { minWorkers, maxWorkers, drainMs });
  if (!synchronous) {
    inBackground(context, work, `scaling ${name}`);
    exchange.json(202, processing);
    return;
  }
  const workers = await work;
  const of = version === undefined ? '' : `, version: ${version}`;
  exchange.json(200, { status: `Workers scaled to ${workers} for model: ${name}${of}` });
}

/** Answers `DELETE /models/{model}[/{version}]`. */
export async function unregister({ core, manager }: TorchServeContext, exchange: Exchange): Promise<void> {
  const version = exchange.param('version');
  const { name } = findModel(core, exchange.param('model')!, version);
  await manager.unregister(name, version);
  exchange.json(200, { status: `Model "${name}" unregistered` });
}

/** Answers `PUT /models/{model}/{version}/set-default`. */
export async function setDefault({ core, manager }: TorchServeContext, exchange: Exchange): Promise<void> {
  const { name, version } = findModel(core, exchange.param('model')!, exchange.param('version')!);
  await manager.setDefault(name, version);
  exchange.json(200, { status: `Default version successfully updated for model "${name}" to "${version}"` });
}

/** Parameters of a registration: the query, or a JSON object. */
async function registrationOf(exchange: Exchange): Promise<Parameters> {
  if (mediaTypeOf(exchange.header('content-type')) !== 'application/json')
    return new Parameters(exchange.query());
  const value = parseBody(await exchange.body(), exchange.context.limits);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('The body is no JSON object.');
  const given = new URLSearchParams();
  for (const [key, each] of Object.entries(value))
    if (each !== null && typeof each !== 'object') given.set(key, String(each));
  return new Parameters(given);
}

function inBackground(
  { onBackgroundFailure }: TorchServeContext,
  work: Promise<unknown>,
  what: string,
): void {
  work.catch((error: unknown) => onBackgroundFailure(ThinferError.from(error), what));
}

function notFound(message: string): TorchProblem {
  return new TorchProblem(404, 'not-found', 'ModelNotFoundException', message);
}
