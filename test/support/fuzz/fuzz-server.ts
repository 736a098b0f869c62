import { join } from 'node:path';
import type { Scratch } from '../process-test.ts';
import { type Serving, startServe } from '../serve.ts';
import type { Sender } from './campaign.ts';
import { HttpDriver } from './http-driver.ts';
import { httpCaseOf } from './http-plan.ts';
import { writeFuzzModels } from './models.ts';

/**
 * Limits close enough to be met: bombs must not fit, slow senders must be cut off while the test waits. Everything is logged, so that
 * what the server takes for its own mistake is seen.
 */
const limits = [
  ...['--limits-inflated', '1MiB', '--limits-headers-time', '5s', '--limits-request-time', '15s'],
  ...['--limits-json', '4MiB', '--log-level', 'debug'],
];

/** Starts the server that is fuzzed, with shared memory on. Pictures are decoded for `tiny`. */
export async function startFuzzServer(scratch: Scratch, more: readonly string[] = []): Promise<Serving> {
  const words = await writeFuzzModels(join(scratch.folder, 'models'));
  const config = ['--engine', 'null', '--config', '1x1x8', '--shared-memory', 'on'];
  return startServe(scratch, [...words, ...config, ...limits, ...more]);
}

/** Sends cases of REST, TorchServe and management. */
export function httpSender({ http, management }: Serving, seed: number): Sender {
  const drivers = {
    http: new HttpDriver(Number(new URL(http).port)),
    management: new HttpDriver(Number(new URL(management).port)),
  };
  return {
    send: async (index) => {
      const { port, made } = httpCaseOf(seed, index);
      return { family: made.family, ...(await drivers[port].run(made)) };
    },
    close: () => {
      for (const driver of Object.values(drivers)) driver.close();
    },
  };
}
