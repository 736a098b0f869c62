import type { FoundRate } from '../load/index.ts';

/** All that the page of a search is drawn from. */
export interface SearchPageData {
  /** Software that made it. */
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  /** The command that repeats it. */
  readonly command: string;
  readonly model: string;
  /** What was found, in a sentence. */
  readonly headline: string;
  /** How each step was run, in words. */
  readonly steps: string;
  /** What a reader must know, a sentence each. */
  readonly notes: readonly string[];
  /** By name, as text. */
  readonly settings: Readonly<Record<string, string>>;
  /** CPU on which the generator ran. */
  readonly generatorCpu: string;
  readonly found: FoundRate;
  /** The document of `--json`, for the download. */
  readonly document: object;
}
