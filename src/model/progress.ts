/** How far a long step of opening a model is. */
export interface Progress {
  /** `make`: a zoo model is written; `check`: a cached one is checked; `hash`: a user's file is hashed. */
  readonly stage: 'make' | 'check' | 'hash';
  readonly model: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}
