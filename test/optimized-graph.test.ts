/** What the engine makes of a graph, read back; and what is said where the tools for quantization are missing. No Python is needed. */
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readMachine } from '../src/machine/index.ts';
import type { Model } from '../src/model/index.ts';
import { findPython } from '../src/precision/find-python.ts';
import {
  fileOperators,
  optimizationLevels,
  optimizedOperators,
  proveOptimization,
  provePrecision,
} from '../src/precision/index.ts';
import { pointHash } from '../src/profile/point-settings.ts';
import { settingsOf } from '../src/profile/profile.ts';
import { thinfer } from './support/command.ts';
import { processTest } from './support/process-test.ts';
import { openTiny, settingsFor } from './support/tiny.ts';

describe('optimizedOperators', () => {
  processTest('shows what each level rewrites, and is kept', async ({ folder }) => {
    const model = await openTiny();
    const file = await fileOperators(model.file);
    assert.deepEqual(Object.fromEntries(file), {
      BatchNormalization: 2,
      Conv: 2,
      Flatten: 1,
      Gemm: 1,
      GlobalAveragePool: 1,
      Relu: 2,
    });
    let below = file;
    for (const level of optimizationLevels) {
      const operators = await optimizedOperators({ model, optimization: level, cacheDir: folder });
      // On ARM64 there is no blocked layout, and `all` may find nothing to do.
      const proof = proveOptimization(level, operators, below);
      assert.ok(
        proof.state === 'proven' || (level === 'all' && proof.state === 'requested'),
        JSON.stringify(proof),
      );
      assert.equal(provePrecision('fp32', operators).state, 'proven');
      below = operators;
    }
    assert.ok(!below.has('BatchNormalization'));
    const kept = readdirSync(join(folder, 'graphs'));
    assert.equal(kept.length, optimizationLevels.length);
    for (const name of kept) assert.deepEqual(readdirSync(join(folder, 'graphs', name)), ['operators.json']);
    assert.deepEqual(await optimizedOperators({ model, optimization: 'all', cacheDir: folder }), below);
  });

  processTest("fails with the engine's own words", async ({ folder }) => {
    const model = await openTiny();
    const broken = { ...model, file: join(folder, 'nothing.onnx') };
    await assert.rejects(optimizedOperators({ model: broken, optimization: 'basic', cacheDir: folder }), {
      message: /nothing\.onnx/,
    });
    assert.deepEqual(readdirSync(join(folder, 'graphs')), []);
  });
});

describe('the Python environment', () => {
  processTest('is not made unasked: the command for it is named', async (scratch) => {
    const words = [
      'model',
      'quantize',
      'tiny',
      '--precision',
      'int8-dynamic',
      '--cache',
      join(scratch.folder, 'cache'),
    ];
    const { status, stderr } = await thinfer(scratch, words);
    assert.equal(status, 3, stderr);
    assert.match(stderr, /\[machine\] .*the Python environment for quantization is missing/);
    assert.match(stderr, /thinfer model quantize MODEL --setup/);
  });

  processTest('needs a fitting Python: what is there and the package are named', async ({ folder }) => {
    const python = (name: string, answer: string): string => {
      writeFileSync(join(folder, name), `#!/bin/sh\necho '${answer}'\n`);
      chmodSync(join(folder, name), 0o755);
      return join(folder, name);
    };
    const found = (file: string) => findPython(undefined, { THINFER_PYTHON: file });
    await assert.rejects(found(python('old', '3.9.2 1')), {
      code: 'machine',
      message: /old is 3\.9\.2/,
      remedy: /Python 3\.11 up to 3\.14 is needed/,
    });
    await assert.rejects(found(python('bare', '3.11.2 0')), {
      message: /bare \(3\.11\.2\) has no venv with pip/,
      remedy: /apt-get install python3-venv, or python3\.11-venv/,
    });
    await assert.rejects(found(join(folder, 'none')), { message: /python3 is not installed/ });
    assert.equal((await found(python('good', '3.12.1 1'))).version, '3.12.1');
  });
});

test('a derived model is told from its source in the address of its points, and plain ones keep theirs', async () => {
  const model = await openTiny();
  const machine = readMachine();
  const { mapping, hardwareThreads } = { mapping: 'sequential', hardwareThreads: false } as const;
  const memoryPolicy = { mode: 'default' } as const;
  const placement = { machine, cores: 1, mapping, hardwareThreads, memoryPolicy };
  const cell = { threads: 1, batch: 1, mode: 'alone' } as const;
  const settings = (of: Model) =>
    settingsOf(cell, { model: of, dims: {}, engine: settingsFor(of, 'onnxruntime'), placement });
  const plain = settings(model);
  assert.equal(plain.precision, 'as in the file');
  const derived = settings({ ...model, precision: 'int8 dynamic' });
  assert.deepEqual(derived, { ...plain, precision: 'int8 dynamic' });
  assert.notEqual(pointHash(derived), pointHash(plain));
});
