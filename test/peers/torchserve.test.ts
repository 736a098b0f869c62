import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { processTest } from '../support/process-test.ts';
import { startServe } from '../support/serve.ts';
import { openTiny } from '../support/tiny.ts';
import { torchServeDeviations } from './torchserve-deviations.ts';
import { askTorchServe, type TorchServeOutcome } from './torchserve-requests.ts';

/** Recorded by `scripts/peers/record-torchserve.ts`. */
const { outcomes: recorded } = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../fixtures/torchserve/outcomes.json'), 'utf8'),
) as { readonly outcomes: Readonly<Record<string, TorchServeOutcome>> };

processTest('what a TorchServe answers is answered as it does, but for what we list', async (scratch) => {
  const server = await startServe(scratch, ['tiny', '--engine', 'null', '--config', '1x1x4']);
  const [input] = (await openTiny()).inputs;
  const tensor = new Uint8Array(
    4 * input!.shape.slice(1).reduce<number>((all, size) => all * Number(size), 1),
  );
  const ours = await askTorchServe({
    ...{ inference: server.http, management: server.management, token: server.token },
    ...{ model: 'tiny', version: '1', tensor },
  });
  assert.equal((await server.stop()).status, 0);
  const problems: string[] = [];
  for (const [name, theirs] of Object.entries(recorded)) {
    const deviation = torchServeDeviations[name];
    const { why, ...changed } = deviation ?? { why: null };
    const expected = { ...theirs, ...changed };
    const got = ours[name];
    if (!isDeepStrictEqual(got, expected))
      problems.push(`${name}: ${JSON.stringify(got)}, not ${JSON.stringify(expected)}`);
    else if (why !== null && isDeepStrictEqual(got, theirs)) problems.push(`${name} is no deviation: ${why}`);
  }
  assert.deepEqual(Object.keys(ours).sort(), Object.keys(recorded).sort());
  assert.deepEqual(problems, []);
});
