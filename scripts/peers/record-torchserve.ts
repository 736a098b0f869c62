/**
 * Asks a real TorchServe what `test/peers/torchserve-requests.ts` lists, and writes what came out to
 * `test/fixtures/torchserve/outcomes.json`: what `test/peers/torchserve.test.ts` compares thinfer with.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startTorchServe, torchServePeer } from '../../bench/serve/torchserve/start-torchserve.ts';
import { defaultCacheDir, fillInput, openModel, resolveInputs } from '../../src/model/index.ts';
import { askTorchServe } from '../../test/peers/torchserve-requests.ts';

const { bin, versions } = torchServePeer();
const folder = mkdtempSync(join(tmpdir(), 'thinfer-torchserve-'));
const model = await openModel({ model: 'tiny', cacheDir: process.env['THINFER_CACHE'] ?? defaultCacheDir() });
const inputs = resolveInputs(model, { batch: 1, dims: {} });
const [input] = inputs;
const tensor = new Uint8Array(input!.bytes);
fillInput(model, input!, tensor, 1);
const server = await startTorchServe(bin, {
  ...{ folder, model, inputs, cpus: [[0]], batch: 4, maxBatchDelayMs: 1, handler: 'onnx', modelApi: true },
});
try {
  const outcomes = await askTorchServe({
    ...{ inference: `http://${server.http}`, management: `http://${server.management}`, token: null },
    ...{ model: 'tiny', version: '1.0', tensor },
  });
  const file = resolve(import.meta.dirname, '../../test/fixtures/torchserve/outcomes.json');
  mkdirSync(resolve(file, '..'), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ torchserve: versions['torchserve'], outcomes }, null, 2)}\n`);
  console.log(`${file}: ${Object.keys(outcomes).length} outcomes of TorchServe ${versions['torchserve']}`);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}
