import type { TorchServeOutcome } from './torchserve-requests.ts';

/** Where thinfer is not as TorchServe 0.12, on purpose: what it answers instead, and why. */
export interface TorchServeDeviation extends Partial<TorchServeOutcome> {
  readonly why: string;
}

const refused = (status: number, type: string): Partial<TorchServeOutcome> => ({
  ...{ status, type },
  keys: ['code', 'message', 'type'],
});
const badRequest = refused(400, 'BadRequestException');

const noNumber = { ...badRequest, why: 'what is no number is refused, not taken for the default' };
const clientsFault = { ...badRequest, why: "a client's mistake is not the server's: TorchServe answers 5xx" };
const description = {
  keys: ['components', 'info', 'openapi', 'paths'],
  why: 'schemas are named once',
};
const described = {
  keys: [
    ...['batchSize', 'engine', 'jobQueueStatus', 'loadedAtStartup', 'maxBatchDelay', 'maxWorkers'],
    ...['minWorkers', 'modelName', 'modelUrl', 'modelVersion', 'runtime', 'workers'],
  ],
  why: 'settings of Python workers that are not there (time-outs, device, tickets) are not told',
};
const shared = {
  ...{ keys: ['error'], type: null },
  why: 'the port is shared with the Open Inference Protocol, whose errors look like that',
};

/** All of them, by the name of the request. A test fails where one is missing, and where one is not needed any more. */
export const torchServeDeviations: Readonly<Record<string, TorchServeDeviation>> = {
  'ping.post': { ...refused(405, 'MethodNotAllowedException'), why: 'only what reads is answered' },
  description,
  'description.get': description,
  'predict.delete': {
    ...refused(405, 'MethodNotAllowedException'),
    why: 'TorchServe runs the model, whatever the method',
  },
  'predict.broken-json': clientsFault,
  'predict.short': clientsFault,
  'register.broken-json': clientsFault,
  'inference.unknown-path': shared,
  'inference.unknown-path-post': shared,
  'management.unknown-path': shared,
  'list.limit': { keys: ['models'], why: 'no token is given where no further page is' },
  'list.limit-no-number': noNumber,
  'list.token-no-number': noNumber,
  'scale.no-number': noNumber,
  describe: described,
  'describe.version': described,
  'describe.all': described,
};
