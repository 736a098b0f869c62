import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  comparedModels,
  findTorchPython,
  makePair,
  optimizedOperators,
  outputDifference,
} from '../../bench/models/exports.ts';

/** Asked for by name, because exporting takes minutes: `THINFER_PEERS` is a folder with a Python that has torch. */
const python = process.env['THINFER_PEERS'] ? findTorchPython() : null;
const skip =
  python === null && 'needs a Python with torch, torchvision and transformers in $THINFER_PEERS/torch';
const root = await mkdtemp(join(tmpdir(), 'thinfer-exports-'));
after(() => rm(root, { recursive: true, force: true }));

for (const name of comparedModels)
  test(`${name}: the operators of PyTorch's export, and its outputs with the same weights`, {
    skip,
  }, async () => {
    const folder = join(root, name);
    const pair = await makePair(python!, name, folder);
    for (const level of ['extended', 'all'] as const)
      assert.deepEqual(
        await optimizedOperators(pair.ours, level, folder),
        await optimizedOperators(pair.exported, level, folder),
      );
    const { difference, largest } = await outputDifference(pair.ours, pair.samples);
    assert.ok(largest > 0.01);
    // float32 sums in another order: some 1e-6 of the largest value was seen.
    assert.ok(difference < 1e-5 * Math.max(1, largest), `differs by ${difference} of ${largest}`);
    await rm(folder, { recursive: true });
  });
