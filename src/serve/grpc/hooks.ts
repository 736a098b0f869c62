/** A model of the repository. */
export interface ModelEntry {
  readonly name: string;
  readonly version?: string;
  /** `READY`, `LOADING`, `UNLOADING` or `UNAVAILABLE`. */
  readonly state?: string;
  readonly reason?: string;
}

/** What management methods do, where the server can do it. Each may throw a `ThinferError`. */
export interface ManagementHooks {
  /** All models, also those that are not served. Default: those that are. */
  readonly index?: () => readonly ModelEntry[] | Promise<readonly ModelEntry[]>;
  /** Loads a model of the repository, or loads it anew; done when it answers. */
  readonly load?: (model: string) => Promise<void>;
  /** Lets a model go; done when no new request reaches it. */
  readonly unload?: (model: string) => Promise<void>;
}
