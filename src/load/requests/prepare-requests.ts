import type { Model } from '../../model/index.ts';
import { RandomStream } from '../../model/random.ts';
import { lengthDimOf } from '../trace/length-dim.ts';
import type { Trace } from '../trace/parse-trace.ts';
import type { PlayedTrace } from '../trace/play-trace.ts';
import { makeRequests, type RequestInputs } from './make-inputs.ts';
import { expandDims } from './remote-model.ts';
import {
  type RequestShape,
  type ShapeChoice,
  type SizeLists,
  shapesOf,
  shapesOfTrace,
} from './request-shapes.ts';

/** A trace whose requests are to be prepared. */
export interface TraceAsk {
  readonly trace: Trace;
  /** When its first requests are due: those that are played. */
  readonly dueMs: Float64Array;
  /** What its lengths are the size of; undefined: what `lengthDimOf` finds. */
  readonly lengthDim: string | undefined;
}

/** What is prepared. */
export interface PrepareAsk {
  readonly lists: SizeLists;
  /** Different inputs of each shape. */
  readonly distinct: number;
  readonly seed: number;
  /** Null: shapes are drawn from the lists, one after the other. */
  readonly trace: TraceAsk | null;
}

/** All requests that a run can send. */
export interface PreparedRequests {
  readonly inputs: readonly RequestInputs[];
  /** Draws the prepared request that is sent next. */
  readonly nextPayload: () => number;
  /** Null: there is no trace. */
  readonly played: PlayedTrace | null;
  /** The most items, and the largest size of each dimension, by the names that the model has. */
  readonly largest: RequestShape;
}

/**
 * Makes the inputs of every shape that requests can have, and says which is sent when: the same for the same seed. Throws `usage` where they
 * would not fit into memory, or where it is not known what a trace's lengths are; `shape-invalid` where sizes do not fit the model.
 */
export function prepareRequests(model: Model, ask: PrepareAsk): PreparedRequests {
  const { lists, distinct, seed, trace } = ask;
  const choice = shapesOf(lists);
  const random = new RandomStream(seed, 'payloads');
  const drawInput = (shape: number): number => shape * distinct + random.nextInteger(0, distinct);
  if (trace !== null) return prepareTrace(model, ask, trace, choice, drawInput);
  return {
    inputs: makeRequests(model, choice.shapes, { distinct, seed }),
    nextPayload: () => drawInput(choice.next(random)),
    played: null,
    largest: largestOf(model, choice.shapes),
  };
}

function prepareTrace(
  model: Model,
  { lists, distinct, seed }: PrepareAsk,
  { trace, dueMs, lengthDim: named }: TraceAsk,
  choice: ShapeChoice,
  drawInput: (shape: number) => number,
): PreparedRequests {
  const lengthDim = trace.lengths === null ? null : lengthDimOf(model, named, Object.keys(lists.dims));
  const random = new RandomStream(seed, 'shapes of a trace');
  const { shapes, shapeOf } = shapesOfTrace(trace, dueMs.length, choice, { lengthDim, random });
  const payloads = shapeOf.map(drawInput);
  let next = 0;
  return {
    inputs: makeRequests(model, shapes, { distinct, seed }),
    nextPayload: () => payloads[next++ % payloads.length]!,
    played: { dueMs, payloads },
    largest: largestOf(model, shapes),
  };
}

function largestOf(model: Model, shapes: readonly RequestShape[]): RequestShape {
  const dims: Record<string, number> = {};
  let items = 0;
  for (const shape of shapes) {
    items = Math.max(items, shape.items);
    for (const [name, size] of Object.entries(shape.dims)) dims[name] = Math.max(dims[name] ?? 0, size);
  }
  return { items, dims: expandDims(model, dims) };
}
