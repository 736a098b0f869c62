import { ThinferError } from '../../errors.ts';
import type { SharedMemory } from '../oip/shared-memory.ts';
import { Refusal } from '../refusal.ts';
import type { Exchange } from './exchange.ts';
import { type ReadRequest, readInferRequest } from './read-infer-request.ts';
import { writeInferResponse } from './write-infer-response.ts';

/** Answers `POST /v2/models/{model}[/versions/{version}]/infer`. */
export async function infer(exchange: Exchange, sharedMemory: SharedMemory | null): Promise<void> {
  const { core } = exchange;
  if (exchange.context.closing || core.state === 'draining')
    throw new Refusal('unavailable', 'the server is shutting down');
  const name = exchange.param('model')!;
  const version = exchange.param('version');
  // Before the body is read: what can't be answered need not be sent.
  const view = core.model(name, version);
  const body = await exchange.body();
  const read = readInferRequest(exchange, view, body, sharedMemory);
  checkRegions(read, sharedMemory);
  const call = core.infer(name, version, read.request);
  exchange.atClose(() => call.cancel());
  const result = await call.result;
  exchange.inference = result;
  body.free();
  await writeInferResponse(exchange, view, read, result, sharedMemory);
}

function checkRegions(read: ReadRequest, sharedMemory: SharedMemory | null): void {
  if (read.outputs === null) return;
  for (const { region } of read.outputs.values()) {
    if (region === null) continue;
    if (sharedMemory === null)
      throw new ThinferError('not-found', `Unable to find shared memory region: '${region.region}'`);
    sharedMemory.check(region.region, region.offset, region.bytes);
  }
}
