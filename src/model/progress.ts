/** How far a long step of opening a model is. */
export interface Progress {
  /** `make`: a zoo model is written; `check`: a cached one is checked; `hash`: a user's file is hashed. */
  readonly stage: 'make' | 'check' | 'hash';
  readonly model: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** What a long step over bytes tells, and what it heeds. */
export interface StepOptions {
  /** Hears how many bytes were done since it was last called. */
  readonly onBytes?: (bytes: number) => void;
  /** Ends the step with the signal's reason. Default: nothing does. */
  readonly signal?: AbortSignal | undefined;
}
