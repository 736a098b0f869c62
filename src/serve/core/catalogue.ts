import { ThinferError } from '../../errors.ts';
import type { InstanceKey } from '../../instance/index.ts';
import { formatGroups, type Group, groupsSyntax, parseGroups } from '../../plan/index.ts';
import type { PlanState, Repository, RepositoryEntry } from '../http/index.ts';
import type { ModelFacts, ModelManager, Registration, Scaling } from '../torchserve/index.ts';
import type { SetChange } from '../types.ts';
import type { ModelServer } from './model-server.ts';
import type { StartedModel } from './start-model.ts';

/** A model that the server was told of, served or not. */
export interface KnownModel {
  /** What clients call it. */
  readonly name: string;
  readonly version: string;
  /** Starts it under a name and version; throws what keeps it from that. */
  readonly start: (as: StartAs) => Promise<StartedModel>;
}

/** How a known model is started. */
export interface StartAs {
  readonly name: string;
  readonly version: string;
  /** Null: as planned. */
  readonly instances: number | null;
}

/** What a catalogue is told. */
export interface CatalogueOptions {
  /** A version that goes has so long to answer the requests it took. */
  readonly graceMs: number;
  /** Items of one model that may wait. */
  readonly queueCapacity: number;
  /** Told of versions that are served no more. */
  readonly onRemoved?: (model: { readonly name: string; readonly version: string }) => void;
}

/** What changes the models of a server; one change at a time. */
export class Catalogue implements ModelManager, Repository {
  private readonly server: ModelServer;
  private readonly known: readonly KnownModel[];
  private readonly options: CatalogueOptions;
  private readonly started = new Map<string, StartedModel>();
  private readonly startup = new Set<string>();
  private last: Promise<unknown> = Promise.resolve();

  constructor(server: ModelServer, known: readonly KnownModel[], options: CatalogueOptions) {
    this.server = server;
    this.known = known;
    this.options = options;
  }

  /** Serves a model from the server's start on. */
  serve(model: StartedModel): void {
    this.take(model);
    this.startup.add(nameOf(model.spec));
  }

  facts(name: string, version: string): ModelFacts {
    const model = this.find(name, version);
    return {
      minWorkers: model.instances,
      maxWorkers: model.instances,
      queueCapacity: this.options.queueCapacity,
      loadedAtStartup: this.startup.has(nameOf(model.spec)),
    };
  }

  /** A name that is served already gets a further version, which is not its default. */
  register({
    known,
    name,
    workers,
    batchSize,
  }: Registration): Promise<{ name: string; version: string; workers: number }> {
    return this.change(async () => {
      const model = this.knownAs(known);
      if (batchSize !== null)
        throw new ThinferError('request-invalid', 'batch_size is the plan’s here; leave it out');
      const served = name ?? model.name;
      const before = this.versionsOf(served);
      const version = before.length === 0 ? model.version : String(1 + Math.max(...before.map(Number)));
      const started = await model.start({ name: served, version, instances: workers });
      const byDefault = before.length > 0 ? this.server.model(served).version : version;
      this.take(started);
      this.server.setDefault(served, byDefault);
      return { name: served, version, workers: started.instances };
    });
  }

  unregister(name: string, version: string | undefined): Promise<void> {
    return this.change(async () => {
      const { version: found } = this.server.model(name, version);
      await this.end(name, found);
    });
  }

  scale(name: string, version: string | undefined, { minWorkers, maxWorkers }: Scaling): Promise<number> {
    return this.change(async () => {
      const model = this.find(name, this.server.model(name, version).version);
      const count = Math.min(Math.max(model.instances, minWorkers), Math.max(minWorkers, maxWorkers));
      if (count === 0)
        throw new ThinferError(
          'request-invalid',
          `model '${name}' keeps at least one instance; unregister it to let it go`,
        );
      await model.scale(count);
      return model.instances;
    });
  }

  async setDefault(name: string, version: string): Promise<void> {
    await this.change(async () => this.server.setDefault(name, version));
  }

  /** The plan in force, and how it came about. Throws `not-found`. */
  plan(name: string): PlanState {
    const { plan, changes, instances } = this.server.model(name);
    return { configuration: formatGroups(plan.groups), ...plan, instances: instances.length, changes };
  }

  /**
   * Brings another set into force; resolves when it has. Throws `not-found`, `request-invalid`, `busy`, and what kept it from coming about: the
   * old set serves then.
   */
  changePlan(name: string, configuration: string): Promise<SetChange> {
    return this.change(async () => {
      const model = this.find(name, this.server.model(name).version);
      const groups = parseGroups(configuration.slice(0, 1000));
      if (groups === null)
        throw new ThinferError(
          'request-invalid',
          `'configuration' must be instances x threads x batch, such as ${groupsSyntax}`,
        );
      return model.changeTo({
        groups,
        keys: placed(model, groups),
        reason: 'it was asked for',
        predicted: null,
        urgent: false,
        patient: false,
      });
    });
  }

  index(): RepositoryEntry[] {
    const served = this.server.models.map(({ name, version, ready }) => ({
      name,
      version,
      state: ready ? 'READY' : 'UNAVAILABLE',
      ...(ready ? {} : { reason: 'no instance is alive' }),
    }));
    const others = this.known
      .filter(({ name }) => !served.some((one) => one.name === name))
      .map(({ name }) => ({ name, version: '', state: 'UNAVAILABLE', reason: 'unloaded' }));
    return [...served, ...others];
  }

  /**
   * One that is served is loaded anew beside itself and takes over: no request finds it missing. Rejects with
   * `request-invalid` for parameters: a client's configuration or files are not taken.
   */
  load(name: string, parameters: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const given = Object.keys(parameters);
    if (given.length > 0)
      return Promise.reject(
        new ThinferError(
          'request-invalid',
          `failed to load '${name.slice(0, 64)}': ${given.map((key) => `'${key.slice(0, 64)}'`).join(', ')} can't be given; models are loaded as the server was told`,
        ),
      );
    return this.change(async () => {
      const model = this.knownAs(name);
      const [version = model.version] = this.versionsOf(model.name).slice(-1);
      const started = await model.start({ name: model.name, version, instances: null });
      const before = this.started.get(nameOf({ name: model.name, version }));
      if (before === undefined) this.take(started);
      else {
        this.started.set(nameOf(started.spec), started);
        await this.server.replace(before.served, started.served, this.options.graceMs);
      }
    });
  }

  unload(name: string): Promise<void> {
    return this.change(async () => {
      this.server.model(name);
      for (const version of this.versionsOf(name)) await this.end(name, version);
    });
  }

  private async end(name: string, version: string): Promise<void> {
    const model = this.find(name, version);
    this.started.delete(nameOf(model.spec));
    await this.server.remove(model.served, this.options.graceMs);
    this.options.onRemoved?.(model.spec);
  }

  private take(model: StartedModel): void {
    this.server.add(model.served);
    this.started.set(nameOf(model.spec), model);
  }

  private find(name: string, version: string): StartedModel {
    this.server.model(name, version);
    return this.started.get(nameOf({ name, version }))!;
  }

  private versionsOf(name: string): string[] {
    return this.server.models.filter((model) => model.name === name).map(({ version }) => version);
  }

  private knownAs(name: string): KnownModel {
    const model = this.known.find((one) => one.name === name);
    if (model !== undefined) return model;
    throw new ThinferError(
      'not-found',
      `failed to load '${name.slice(0, 64)}': the server was told of no such model; it knows ${this.known.map((one) => one.name).join(', ')}`,
    );
  }

  /** Two changes at once would measure each other's memory and cores. */
  private change<T>(action: () => Promise<T>): Promise<T> {
    const result = this.last.then(action);
    this.last = result.catch(() => {});
    return result;
  }
}

/** Where there is no room for a set, the request was wrong, not the machine. */
function placed({ spec }: StartedModel, groups: readonly Group[]): readonly InstanceKey[] {
  try {
    return spec.keysFor(groups);
  } catch (thrown) {
    throw new ThinferError('request-invalid', ThinferError.from(thrown).message);
  }
}

const nameOf = ({ name, version }: { readonly name: string; readonly version: string }): string =>
  `${name}/${version}`;
