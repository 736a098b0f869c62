/**
 * Instances are killed, stopped and made to exit every one to two seconds under load over REST, gRPC and TorchServe:
 * node bench/serve/faults.ts [--seconds 120] [--engine onnxruntime] [--width 16]. Every answer is compared with the engine's own.
 * Ends with status 1 where one was wrong or missing; writes bench/results/serve-faults-<engine>.json.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openModel } from '../../src/model/index.ts';
import { modelCache } from '../../test/support/command.ts';
import { askedOf, askGrpc, askRest, askTorchServe, load } from '../../test/support/fuzz/fault-load.ts';
import { bugsIn, childrenOf, descriptorsOf, rssBytesOf } from '../../test/support/fuzz/watch.ts';
import { startServe } from '../../test/support/serve.ts';
import { saveResult } from '../support.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    engine: { type: 'string', default: 'onnxruntime' },
    width: { type: 'string', default: '16' },
  },
});
const { engine } = values;
const folder = mkdtempSync(join(tmpdir(), 'thinfer-faults-'));
const scratch = { folder: join(folder, 'work'), temporary: join(folder, 'tmp') };
for (const path of Object.values(scratch)) mkdirSync(path);
const asked = await askedOf(await openModel({ model: 'tiny', cacheDir: modelCache }), engine, 60);
const server = await startServe(scratch, [
  ...['tiny', '--engine', engine, '--config', '2x1x4', '--log-level', 'debug'],
  ...['--supervision-back-off', '10ms', '--supervision-hang-grace', '300ms'],
]);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const before = { rssBytes: rssBytesOf(server.pid), descriptors: descriptorsOf(server.pid) };
const endMs = Date.now() + Number(values.seconds) * 1000;
const more = (): boolean => Date.now() < endMs;
const grpc = askGrpc(server);
const loaded = load(asked, [askRest(server), grpc.ask, askTorchServe(server)], Number(values.width), more);
const faults: Record<string, number> = { SIGKILL: 0, SIGSTOP: 0, SIGTERM: 0 };
for (let round = 0; more(); round++) {
  await sleep(1000 + (round % 5) * 250);
  const pids = childrenOf(server.pid);
  // Only while another one serves: with none, requests are refused.
  const ready = pids.filter((pid) => server.log().includes(`instance started: process ${pid} `));
  if (ready.length < 2) continue;
  const signal = (['SIGKILL', 'SIGSTOP', 'SIGTERM'] as const)[round % 3]!;
  process.kill(ready[round % ready.length]!, signal);
  faults[signal] = faults[signal]! + 1;
}
const { answered, problems } = await loaded;
grpc.close();
const after = { rssBytes: rssBytesOf(server.pid), descriptors: descriptorsOf(server.pid) };
const { status } = await server.stop();
const bugs = bugsIn(server.log());
const result = { engine, seconds: Number(values.seconds), faults, answered, problemCount: problems.length };
saveResult(`serve-faults-${engine.replaceAll(/[^a-z0-9]+/g, '-')}`, {
  ...{
    ...result,
    problems: problems.slice(0, 50),
    before,
    after,
    exitStatus: status,
    bugs: bugs.slice(0, 20),
  },
});
process.stderr.write(
  `${JSON.stringify({ ...result, before, after, exitStatus: status, bugs: bugs.length })}\n`,
);
rmSync(folder, { recursive: true, force: true });
process.exitCode = problems.length > 0 || bugs.length > 0 || status !== 0 ? 1 : 0;
