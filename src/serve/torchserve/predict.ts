import type { Exchange } from '../http/exchange.ts';
import { Refusal } from '../refusal.ts';
import type { InferResult, ModelView } from '../types.ts';
import { findModel, type TorchServeContext } from './context.ts';
import { type InputReader, jsonInputs, type ReadInputs } from './read-inputs.ts';
import { parseBody, readRequest } from './read-request.ts';
import { badRequest, TorchProblem } from './torch-problem.ts';
import { answerText, onlyOutput, predictionsText } from './write-answer.ts';

/** Answers `/predictions/{model}[/{version}]`, `/models/{model}/invoke` and `/invocations`. */
export async function predict(context: TorchServeContext, exchange: Exchange): Promise<void> {
  refuseWhileClosing(exchange);
  const name = exchange.param('model') ?? modelOfInvocation(context, exchange);
  const version = exchange.param('version');
  const view = findModel(context.core, name, version);
  await inferred(context, exchange, { view, version }, async (reader) => {
    const contentType = exchange.header('content-type');
    const read = await readRequest(
      reader,
      { contentType, bytes: await exchange.body() },
      exchange.context.limits,
    );
    return { read, send: (result, release) => sendAnswer(exchange, reader, read, { result, release }) };
  });
}

/** Answers `/v1/models/{model}:predict`, KServe's v1 protocol. */
export async function predictV1(context: TorchServeContext, exchange: Exchange, name: string): Promise<void> {
  refuseWhileClosing(exchange);
  const view = findModel(context.core, name);
  await inferred(context, exchange, { view, version: undefined }, async (reader) => {
    const value = parseBody(await exchange.body(), exchange.context.limits);
    const instances = (value as { instances?: unknown } | null)?.instances;
    if (!Array.isArray(instances)) throw badRequest('The body has to be {"instances": […]}.');
    const read = await jsonInputs(reader, instances);
    return {
      read,
      send: (result, release) => {
        const text = predictionsText(result.outputs, reader.preprocess);
        release();
        exchange.text(200, 'application/json', text);
      },
    };
  });
}

interface Asked {
  readonly view: ModelView;
  /** What the client named. */
  readonly version: string | undefined;
}

interface Prepared {
  readonly read: ReadInputs;
  /** `release` gives the result's memory back; without it, that happens when the exchange is over. */
  readonly send: (result: InferResult, release: () => void) => void;
}

/** From the body to the answer. Whatever happens, the result's memory is given back when the exchange is over. */
async function inferred(
  { core, preprocessor, observer }: TorchServeContext,
  exchange: Exchange,
  { view, version }: Asked,
  prepare: (reader: InputReader) => Promise<Prepared>,
): Promise<void> {
  const shown = version ?? 'default';
  observer?.requested(view.name, shown);
  const leaving = new AbortController();
  exchange.atClose(() => leaving.abort());
  const reader: InputReader = {
    view,
    preprocess: preprocessor.of(view),
    preprocessor,
    signal: leaving.signal,
  };
  const { read, send } = await prepare(reader);
  const call = core.infer(view.name, view.version, {
    id: exchange.id,
    inputs: read.inputs,
    outputs: null,
    deadlineMs: null,
    priority: 0,
  });
  exchange.atClose(() => call.cancel());
  const result = await call.result;
  exchange.inference = result;
  for (const { data } of read.inputs) data.free();
  const release = once(() => result.release());
  exchange.atClose(release);
  send(result, release);
  const inferenceUs = (performance.now() - exchange.arrivedMs) * 1000;
  observer?.answered(view.name, shown, inferenceUs, result.timing.queueMs * 1000);
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}

interface Releasable {
  readonly result: InferResult;
  readonly release: () => void;
}

function sendAnswer(
  exchange: Exchange,
  { preprocess }: InputReader,
  { single }: ReadInputs,
  { result, release }: Releasable,
): void {
  if (exchange.closed) return;
  if (!wantsRaw(exchange.header('accept'))) {
    const text = answerText(result.outputs, { preprocess, single });
    release();
    exchange.text(200, 'application/json', text);
    return;
  }
  const { data, shape, type } = onlyOutput(result.outputs);
  exchange.bytes(200, 'application/octet-stream', '', data, [
    'x-thinfer-type',
    type,
    'x-thinfer-shape',
    shape.join('x'),
  ]);
}

/** Whether raw bytes are named, and JSON is not. */
function wantsRaw(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  return accept.includes('application/octet-stream') && !/application\/(json|\*)|\*\/\*/.test(accept);
}

function refuseWhileClosing({ context, core }: Exchange): void {
  if (context.closing || core.state === 'draining')
    throw new Refusal('unavailable', 'The server is shutting down.');
}

/** `/invocations` names its model in the query; it need not where there is only one. */
function modelOfInvocation({ core }: TorchServeContext, exchange: Exchange): string {
  const name = exchange.query().get('model_name');
  if (name !== null && name !== '') return name;
  const names = new Set(core.models.map((view) => view.name));
  const [only] = names;
  if (only !== undefined && names.size === 1) return only;
  throw new TorchProblem(400, 'request-invalid', 'BadRequestException', 'Parameter model_name is required.');
}
