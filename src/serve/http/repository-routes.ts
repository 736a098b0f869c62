import { ThinferError } from '../../errors.ts';
import type { ServeCore, ServedPlan, SetChange } from '../types.ts';
import type { Exchange } from './exchange.ts';
import { readJsonBody } from './read-json-body.ts';
import type { Handler, Route } from './route.ts';

/** A version of a model in the repository. */
export interface RepositoryEntry {
  readonly name: string;
  readonly version?: string;
  /** READY, LOADING, UNLOADING or UNAVAILABLE. */
  readonly state?: string;
  readonly reason?: string;
}

/** A value of the parameters of a command. */
export type CommandParameter = string | number | boolean;

/** The set of instances that serves a model. */
export interface PlanState extends ServedPlan {
  /** Instances x threads x batch, `+` between groups. */
  readonly configuration: string;
  /** How many live or will again. */
  readonly instances: number;
  /** The newest last. */
  readonly changes: readonly SetChange[];
}

/** What loads models and lets go of them. */
export interface Repository {
  index(): readonly RepositoryEntry[] | Promise<readonly RepositoryEntry[]>;
  /** Resolves when the model answers. */
  load(name: string, parameters: Readonly<Record<string, CommandParameter>>): Promise<void>;
  /** Resolves when no new request reaches the model. */
  unload(name: string): Promise<void>;
  plan(name: string): PlanState;
  /** Resolves when the other set is in force. @param configuration Instances x threads x batch. */
  changePlan(name: string, configuration: string): Promise<SetChange>;
}

/** Triton's model repository extension. Without a repository the models that are served are listed, and that is all. */
export function repositoryRoutes(repository: Repository | undefined): Route[] {
  const post = (path: string, handle: Handler): Route => ({
    method: 'POST',
    path: `/v2/repository/${path}`,
    protocol: 'oip',
    access: 'management',
    handle,
  });
  return [
    post('index', (exchange) => index(exchange, repository)),
    post('models/{model}/load', (exchange) => load(exchange, repository)),
    post('models/{model}/unload', (exchange) => unload(exchange, repository)),
    post('models/{model}/plan', (exchange) => changePlan(exchange, repository)),
    {
      ...post('models/{model}/plan', (exchange) =>
        exchange.json(200, opened(repository).plan(exchange.param('model')!)),
      ),
      method: 'GET',
    },
  ];
}

async function index(exchange: Exchange, repository: Repository | undefined): Promise<void> {
  const { ready = false } = await readJsonBody(exchange);
  if (typeof ready !== 'boolean') throw new ThinferError('request-invalid', `'ready' must be true or false`);
  const entries = repository === undefined ? served(exchange.core) : await repository.index();
  exchange.json(200, ready ? entries.filter((entry) => entry.state === 'READY') : entries);
}

async function load(exchange: Exchange, repository: Repository | undefined): Promise<void> {
  const body = await readJsonBody(exchange);
  await opened(repository).load(exchange.param('model')!, parametersOf(body));
  exchange.text(200, 'application/json', '');
}

async function unload(exchange: Exchange, repository: Repository | undefined): Promise<void> {
  parametersOf(await readJsonBody(exchange));
  await opened(repository).unload(exchange.param('model')!);
  exchange.text(200, 'application/json', '');
}

async function changePlan(exchange: Exchange, repository: Repository | undefined): Promise<void> {
  const { configuration } = await readJsonBody(exchange);
  if (typeof configuration !== 'string')
    throw new ThinferError('request-invalid', `'configuration' must be a text such as "2x1x4"`);
  exchange.json(200, await opened(repository).changePlan(exchange.param('model')!, configuration));
}

function opened(repository: Repository | undefined): Repository {
  if (repository !== undefined) return repository;
  throw new ThinferError('unavailable', 'explicit model load / unload is not allowed');
}

function served(core: ServeCore): RepositoryEntry[] {
  return core.models.map(({ name, version, ready }) => ({
    name,
    version,
    state: ready ? 'READY' : 'UNAVAILABLE',
  }));
}

function parametersOf(body: Readonly<Record<string, unknown>>): Record<string, CommandParameter> {
  const { parameters: given = {} } = body;
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new ThinferError('request-invalid', `'parameters' must be an object`);
  const wrong = Object.entries(given).filter(
    ([, value]) => !['string', 'number', 'boolean'].includes(typeof value),
  );
  if (wrong.length > 0)
    throw new ThinferError(
      'request-invalid',
      `parameters must be texts, numbers or booleans: ${wrong.map(([name]) => `'${name.slice(0, 80)}'`).join(', ')}`,
    );
  return given as Record<string, CommandParameter>;
}
