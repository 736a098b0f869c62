import type { ThinferError } from '../../errors.ts';
import type { Preprocessor } from '../preprocess/index.ts';
import type { ModelView, ServeCore } from '../types.ts';
import type { ModelManager } from './model-manager.ts';
import { shortened, TorchProblem } from './torch-problem.ts';

/** Who counts TorchServe's metrics. `version` is `default` where the client named none, as in TorchServe. */
export interface TorchServeObserver {
  /** One more of `ts_inference_requests_total`. */
  requested(model: string, version: string): void;
  /** Adds to `ts_inference_latency_microseconds` (from the request to its answer) and `ts_queue_latency_microseconds`. */
  answered(model: string, version: string, inferenceUs: number, queueUs: number): void;
}

/** What the routes of TorchServe work on. */
export interface TorchServeContext {
  readonly core: ServeCore;
  readonly preprocessor: Preprocessor;
  readonly manager: ModelManager;
  readonly observer?: TorchServeObserver;
  /** Told of changes that failed after the client had been answered `202 Accepted`. */
  readonly onBackgroundFailure: (error: ThinferError, what: string) => void;
}

/** The model of a request, in TorchServe's words where it is not there. */
export function findModel(core: ServeCore, name: string, version?: string): ModelView {
  const newest = tryModel(core, name);
  if (newest === undefined)
    throw new TorchProblem(404, 'not-found', 'ModelNotFoundException', `Model not found: ${shortened(name)}`);
  if (version === undefined) return newest;
  const found = tryModel(core, name, version);
  if (found !== undefined) return found;
  const message = `Model version: ${shortened(version)} does not exist for model: ${name}`;
  throw new TorchProblem(404, 'not-found', 'ModelVersionNotFoundException', message);
}

function tryModel(core: ServeCore, name: string, version?: string): ModelView | undefined {
  try {
    return core.model(name, version);
  } catch (thrown) {
    if ((thrown as ThinferError).code === 'not-found') return undefined;
    throw thrown;
  }
}
