import { freemem } from 'node:os';
import { CoreTurns } from '../../src/dispatch/index.ts';
import type { DimValues, Model } from '../../src/model/index.ts';
import type { Group } from '../../src/plan/index.ts';
import { Chunks } from '../../src/serve/chunks.ts';
import type { ServedModel } from '../../src/serve/core/served-model.ts';
import {
  type ModelEvent,
  type Padding,
  type ServeRules,
  type StartedModel,
  startModel,
} from '../../src/serve/core/start-model.ts';
import { defaultSupervision } from '../../src/serve/core/supervision.ts';
import type { InferRequest } from '../../src/serve/types.ts';
import { filledInputs, settingsFor } from './tiny.ts';

/** How a model is served in a test. */
export interface ServeOptions {
  readonly engine?: string;
  readonly groups?: readonly Group[];
  readonly rules?: Partial<ServeRules>;
  readonly dims?: DimValues;
  readonly pad?: Padding;
  readonly onEvent?: (event: ModelEvent) => void;
  /** CPUs of each instance, by the set; default: none is pinned. */
  readonly cpusOf?: (groups: readonly Group[]) => readonly (readonly number[])[];
  /** Memory that can be had. */
  readonly availableBytes?: () => number;
}

/** Serves a model with instances that are not pinned, for as long as `body` runs. */
export async function serveModel(
  model: Model,
  options: ServeOptions,
  body: (served: ServedModel, started: StartedModel) => Promise<void>,
): Promise<void> {
  const started = await start(model, options);
  try {
    await body(started.served, started);
  } finally {
    await started.served.close(1000);
  }
}

/** What each instance takes, as far as tests of memory are told. */
export const instanceBytes = 2 ** 20;

function start(model: Model, options: ServeOptions): Promise<StartedModel> {
  const { engine = 'onnxruntime', groups = [{ instances: 2, threads: 1, batch: 4 }], cpusOf } = options;
  const keysFor = (wanted: readonly Group[]) => {
    const cpus = cpusOf?.(wanted);
    return wanted
      .flatMap(({ instances, threads }) => Array.from({ length: instances }, () => threads))
      .map((threads, index) => ({
        settings: settingsFor(model, engine, threads),
        cpus: cpus?.[index] ?? null,
        memoryPolicy: { mode: 'default' as const },
      }));
  };
  const spec = {
    name: model.name,
    version: '1',
    model,
    dims: options.dims ?? {},
    pad: options.pad ?? null,
    engine: { name: engine, version: '1' },
    plan: { groups, pinned: false, source: 'given' as const, why: 'a test' },
    keys: keysFor(groups),
    keysFor,
    profile: () => [],
    instanceBytes,
    firstRunMs: 60_000,
  };
  return startModel(spec, {
    rules: {
      turns: new CoreTurns(),
      dispatch: {},
      mostItems: 4096,
      patienceMs: 10_000,
      hangFactor: 10,
      hangGraceMs: 5000,
      driftAfterMs: 60_000,
      standbyReserveBytes: null,
      supervision: defaultSupervision,
      ...options.rules,
    },
    onEvent: options.onEvent ?? (() => {}),
    availableBytes: options.availableBytes ?? freemem,
    signal: new AbortController().signal,
  });
}

/** A request with generated inputs. */
export function requestFor(
  model: Model,
  items: number,
  seed = 1,
  more: Partial<InferRequest> = {},
  dims: DimValues = {},
): InferRequest {
  return {
    id: `seed-${seed}`,
    inputs: filledInputs(model, items, seed, dims).map(({ name, type, shape, data }) => ({
      name,
      type,
      shape,
      data: new Chunks(inPieces(data)),
    })),
    outputs: null,
    deadlineMs: null,
    priority: 0,
    ...more,
  };
}

/** As a socket gives them. */
function inPieces(data: Uint8Array): Uint8Array[] {
  const size = Math.max(1, Math.ceil(data.length / 3));
  return Array.from({ length: Math.ceil(data.length / size) }, (_, k) =>
    data.subarray(k * size, (k + 1) * size),
  );
}
