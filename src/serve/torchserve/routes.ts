import type { Exchange } from '../http/exchange.ts';
import type { AccessClass, Method, Route } from '../http/route.ts';
import { apiDescription, type DescribedRoute } from './api-description.ts';
import { findModel, type TorchServeContext } from './context.ts';
import { describe, listModels, register, scale, setDefault, unregister } from './management.ts';
import { predict, predictV1 } from './predict.ts';
import { TorchProblem, torchErrorOf } from './torch-problem.ts';

type Answer = (context: TorchServeContext, exchange: Exchange) => void | Promise<void>;

interface Row extends DescribedRoute {
  readonly methods: readonly Method[];
  readonly access: AccessClass;
  readonly answer: Answer;
}

const rows: readonly Row[] = [
  row(['GET'], '/ping', 'health', 'ping', ping),
  row(['OPTIONS'], '/', 'health', 'apiDescription', description),
  row(['GET'], '/api-description', 'health', 'apiDescription', description),
  row(['POST', 'PUT'], '/predictions/{model}', 'inference', 'predictions', predict),
  row(['POST', 'PUT'], '/predictions/{model}/{version}', 'inference', 'version_predictions', predict),
  row(['POST'], '/models/{model}/invoke', 'inference', 'invoke', predict),
  row(['POST'], '/invocations', 'inference', 'invocations', predict, ['model_name']),
  row(['POST'], '/v1/models/{model}', 'inference', 'predict_v1', postV1),
  row(['GET'], '/v1/models/{model}', 'inference', 'ready_v1', readyV1),
  row(['GET'], '/models', 'management', 'listModels', listModels, ['limit', 'next_page_token']),
  row(['POST'], '/models', 'management', 'registerModel', register, [
    'url', 'model_name', 'initial_workers', 'batch_size', 'synchronous',
  ]), // biome-ignore format: a table
  row(['GET'], '/models/{model}', 'management', 'describeModel', describe),
  row(['GET'], '/models/{model}/{version}', 'management', 'version_describeModel', describe),
  row(['PUT'], '/models/{model}', 'management', 'setAutoScale', scale, [
    'min_worker', 'max_worker', 'synchronous', 'timeout', 'model_version',
  ]), // biome-ignore format: a table
  row(['PUT'], '/models/{model}/{version}', 'management', 'version_setAutoScale', scale, [
    'min_worker', 'max_worker', 'synchronous', 'timeout',
  ]), // biome-ignore format: a table
  row(['DELETE'], '/models/{model}', 'management', 'unregisterModel', unregister),
  row(['DELETE'], '/models/{model}/{version}', 'management', 'version_unregisterModel', unregister),
  row(['PUT'], '/models/{model}/{version}/set-default', 'management', 'setDefault', setDefault),
];

function row(
  methods: readonly Method[],
  path: string,
  access: AccessClass,
  operation: string,
  answer: Answer,
  query: readonly string[] = [],
): Row {
  return { methods, path, access, operation, query, answer };
}

/** The routes of TorchServe 0.12's REST API, and of KServe's v1 protocol as TorchServe has it. */
export function torchServeRoutes(context: TorchServeContext): Route[] {
  return rows.flatMap(({ methods, path, access, answer }) =>
    methods.map((method) => ({
      method,
      path,
      protocol: 'torchserve',
      access,
      handle: (exchange: Exchange) => answer(context, exchange),
      errorOf: torchErrorOf,
    })),
  );
}

/** `Healthy` only where every model can answer. */
function ping({ core }: TorchServeContext, exchange: Exchange): void {
  const healthy = core.state === 'ready' && core.ready;
  exchange.json(healthy ? 200 : 500, { status: healthy ? 'Healthy' : 'Unhealthy' });
}

function description({ core }: TorchServeContext, exchange: Exchange): void {
  exchange.json(200, apiDescription(rows, core.version));
}

function readyV1({ core }: TorchServeContext, exchange: Exchange): void {
  const { name, ready } = findModel(core, exchange.param('model')!.split(':', 1)[0]!);
  exchange.json(200, { name, ready });
}

/** A route's parameter is a whole segment, and here the segment ends in what to do. */
function postV1(context: TorchServeContext, exchange: Exchange): Promise<void> {
  const segment = exchange.param('model')!;
  const end = segment.lastIndexOf(':predict');
  if (end > 0 && end + ':predict'.length === segment.length)
    return predictV1(context, exchange, segment.slice(0, end));
  throw new TorchProblem(
    404,
    'not-found',
    'ResourceNotFoundException',
    'Requested resource is not found, please refer to API document.',
  );
}
