/**
 * Runs the checks of `test/peers/triton_conformance.py` against a real Triton, and writes what came out to
 * `test/fixtures/triton/outcomes.json`: what `test/peers/tritonclient.test.ts` compares thinfer with.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { peerModels } from '../../test/peers/models.ts';
import { type Outcomes, runConformance } from '../../test/peers/run-conformance.ts';
import { startProgram } from '../../test/support/command.ts';
import { usePeer } from '../../test/support/peers.ts';
import { sleep } from '../../test/support/process-test.ts';

const root = resolve(import.meta.dirname, '../..');
const triton = usePeer('triton');
const client = usePeer('tritonclient');
if (triton.skip !== false || client.skip !== false) {
  console.error(triton.skip || client.skip);
  process.exit(75);
}

const port = 20_000 + Math.floor(Math.random() * 20_000);
const http = `127.0.0.1:${port}`;
const folder = mkdtempSync(join(tmpdir(), 'thinfer-triton-'));
const python = (...words: readonly string[]): string =>
  execFileSync(client.command, words, { encoding: 'utf8' }).trim();

python(join(root, 'test/peers/triton_repository.py'), join(folder, 'models'));
const server = startProgram(triton.command, [
  join(folder, 'models'),
  String(port),
  '--model-control-mode=explicit',
  '--load-model=*',
]);
try {
  const { version } = await metadata();
  const models = (await peerModels()).map(({ name }) => name);
  const outcomes = await runConformance(client.command, {
    http,
    grpc: `127.0.0.1:${port + 1}`,
    models,
    spare: true,
  });
  write(version, outcomes);
} finally {
  server.process.kill('SIGTERM');
  await server.ended;
  rmSync(folder, { recursive: true });
}

/** The server's word on itself, once it is ready. */
async function metadata(): Promise<{ version: string }> {
  for (let round = 0; round < 600; round++) {
    const ready = await fetch(`http://${http}/v2/health/ready`).catch(() => null);
    if (ready?.ok) return (await (await fetch(`http://${http}/v2`)).json()) as { version: string };
    await sleep(100);
  }
  throw new Error('Triton was not ready within 60 s');
}

/** One outcome a line, so that a difference between two recordings can be read. */
function write(version: string, outcomes: Outcomes): void {
  const about = {
    server: `Triton ${version}, Python backend, the models of test/peers/models.json`,
    client: `tritonclient ${python('-c', 'from importlib.metadata import version; print(version("tritonclient"))')}`,
    recordedOn: new Date().toISOString().slice(0, 10),
    how: 'node scripts/peers/record-outcomes.ts',
    notAsked: 'requests that end this Triton, or make it read beyond its memory',
  };
  const lines = Object.entries(outcomes).map(
    ([name, outcome]) => `    ${JSON.stringify(name)}: ${JSON.stringify(outcome)}`,
  );
  const head = JSON.stringify(about, null, 2).slice(0, -2);
  const target = join(root, 'test/fixtures/triton');
  mkdirSync(target, { recursive: true });
  writeFileSync(join(target, 'outcomes.json'), `${head},\n  "outcomes": {\n${lines.join(',\n')}\n  }\n}\n`);
  console.log(`${lines.length} outcomes of Triton ${version}`);
}
