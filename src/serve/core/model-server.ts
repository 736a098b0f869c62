import { ThinferError } from '../../errors.ts';
import { Refusal } from '../refusal.ts';
import type { InferCall, InferRequest, ModelView, ServeCore } from '../types.ts';
import type { ServedModel } from './served-model.ts';

/** All models that are served, by name and version. */
export class ModelServer implements ServeCore {
  readonly name = 'thinfer';
  readonly version: string;
  state: ServeCore['state'] = 'starting';
  private readonly byName = new Map<string, ServedModel[]>();
  /** The version that requests get which name none. */
  private readonly defaults = new Map<string, ServedModel>();
  /** Versions that answer what they have, and are no longer found. */
  private ending = false;
  private readonly endings = new Set<Promise<void>>();

  constructor(version: string) {
    this.version = version;
  }

  get ready(): boolean {
    return this.state === 'ready' && !this.ending && this.models.every((model) => model.ready);
  }

  get leaving(): boolean {
    return this.ending || this.state === 'draining';
  }

  get models(): readonly ServedModel[] {
    return [...this.byName.values()].flat();
  }

  model(name: string, version?: string): ServedModel {
    const versions = this.byName.get(name);
    if (versions === undefined)
      throw new ThinferError('not-found', `Request for unknown model: '${printable(name)}' is not found`);
    if (version === undefined || version === '') return this.defaults.get(name)!;
    const found = versions.find((model) => model.version === version);
    if (found !== undefined) return found;
    throw new ThinferError(
      'not-found',
      `Request for unknown model: '${name}' version ${printable(version)} is not found`,
    );
  }

  /** Whether requests that name no version get this one. */
  isDefault(model: ModelView): boolean {
    return this.defaults.get(model.name) === model;
  }

  infer(name: string, version: string | undefined, request: InferRequest): InferCall {
    try {
      if (this.state !== 'ready')
        throw new Refusal(
          'unavailable',
          this.state === 'draining' ? 'the server is shutting down' : 'the server is starting',
        );
      return this.model(name, version).infer(request);
    } catch (error) {
      return { result: Promise.reject(error), cancel() {} };
    }
  }

  /** Serves a version, as the default one of its name; throws `busy` where it is served already. */
  add(model: ServedModel): void {
    const versions = this.byName.get(model.name) ?? [];
    if (versions.some(({ version }) => version === model.version))
      throw new ThinferError('busy', `model '${model.name}' version ${model.version} is served already`);
    this.byName.set(model.name, [...versions, model]);
    this.defaults.set(model.name, model);
  }

  /** A version takes the place of itself, loaded anew; the old one answers the requests it has, and ends. */
  async replace(old: ServedModel, model: ServedModel, graceMs: number): Promise<void> {
    const versions = this.byName.get(old.name) ?? [];
    this.byName.set(
      old.name,
      versions.map((one) => (one === old ? model : one)),
    );
    if (this.defaults.get(old.name) === old) this.defaults.set(old.name, model);
    await this.end(old, graceMs);
  }

  /** Makes a version the one that requests get which name none. Throws `not-found`. */
  setDefault(name: string, version: string): void {
    this.defaults.set(name, this.model(name, version));
  }

  /** A version is no longer found; it answers the requests it has, and ends. */
  async remove(model: ServedModel, graceMs: number): Promise<void> {
    const versions = (this.byName.get(model.name) ?? []).filter((other) => other !== model);
    if (versions.length > 0) this.byName.set(model.name, versions);
    else this.byName.delete(model.name);
    if (this.defaults.get(model.name) === model) this.defaults.delete(model.name);
    if (versions.length > 0 && !this.defaults.has(model.name))
      this.defaults.set(model.name, versions.at(-1)!);
    await this.end(model, graceMs);
  }

  private async end(model: ServedModel, graceMs: number): Promise<void> {
    const left = model.close(graceMs);
    this.endings.add(left);
    await left.finally(() => this.endings.delete(left));
  }

  /** Readiness falls, and requests are taken still: load balancers are to look elsewhere first. */
  announceEnd(): void {
    this.ending = true;
  }

  /** Takes no further request; what was taken is answered, or refused after the grace. Then all instances are gone. */
  async close(graceMs: number): Promise<void> {
    this.state = 'draining';
    await Promise.all([...this.models.map((model) => model.close(graceMs)), ...this.endings]);
  }
}

/** What a client wrote, short and on one line. */
const printable = (text: string): string => text.slice(0, 64).replace(/[^\x20-\x7e]/g, '?');
