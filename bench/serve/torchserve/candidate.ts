import type { Group } from '../../../src/plan/index.ts';

/** A server and a configuration to be compared. */
export interface Candidate {
  readonly server: 'thinfer' | 'TorchServe' | 'TorchServe, PyTorch eager';
  readonly configuration: string;
  readonly isPlan: boolean;
  readonly groups: readonly Group[];
  readonly engine: string;
}

/** The name that a result file refers to a candidate by. */
export const nameOf = ({ server, configuration }: Candidate): string => `${server}, ${configuration}`;

/** Whether it answers what the ONNX file answers: the one for reference has random weights. */
export const hasOurWeights = ({ server }: Candidate): boolean => server !== 'TorchServe, PyTorch eager';
