/** What is known of a served model beside its `ModelView`. */
export interface ModelFacts {
  /** Instances that are kept at least and at most. */
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** Requests that may wait; null: not bounded by a number. */
  readonly queueCapacity: number | null;
  /** Served since the server began, not registered later. */
  readonly loadedAtStartup: boolean;
}

/** A model to be served. */
export interface Registration {
  /** What the client gave as `url`: the name of a model that the server was told of. Never a path or an address to be opened. */
  readonly known: string;
  /** The name to serve it as; null: its own. */
  readonly name: string | null;
  /** Instances; null: the plan decides. 0: none yet. */
  readonly workers: number | null;
  /** Most items of a batch; null: the plan decides. */
  readonly batchSize: number | null;
}

/** How many instances a model shall have. */
export interface Scaling {
  readonly minWorkers: number;
  readonly maxWorkers: number;
  /** How long surplus instances may finish what they run, in ms; 0: not at all; null: as long as it takes. */
  readonly drainMs: number | null;
}

/**
 * What the management calls of TorchServe do to a server. Every method rejects with a `ThinferError`: `not-found` for a name or version that
 * is not there, `request-invalid` for what can't be done, `busy` while another change is under way, `machine`, `out-of-memory`, `engine-failed`
 * or `model-invalid` where loading fails; nothing has changed then.
 */
export interface ModelManager {
  /** What the describe call tells. Throws `not-found`. */
  facts(name: string, version: string): ModelFacts;
  /** Loads a known model beside those that are served. Resolves when it can answer. */
  register(registration: Registration): Promise<{ name: string; version: string; workers: number }>;
  /** Takes no new request for it, finishes those that wait, and ends its instances. Without a version: the default one. */
  unregister(name: string, version: string | undefined): Promise<void>;
  /** Changes the number of instances without losing a request. Resolves with the number there is then. */
  scale(name: string, version: string | undefined, scaling: Scaling): Promise<number>;
  /** The version that answers where a client names none. */
  setDefault(name: string, version: string): Promise<void>;
}
