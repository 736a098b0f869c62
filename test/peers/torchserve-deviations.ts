import type { TorchServeOutcome } from './torchserve-requests.ts';

/** Where thinfer is not as TorchServe 0.12, on purpose: what it answers instead, and why. */
export interface TorchServeDeviation extends Partial<TorchServeOutcome> {
  readonly why: string;
}

/** All of them, by the name of the request. A test fails where one is missing, and where one is not needed any more. */
export const torchServeDeviations: Readonly<Record<string, TorchServeDeviation>> = {};
