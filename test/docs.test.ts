/** The pages say what the code does: links, folders, flags, constants, and the engine in another language. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import type { EngineSettings } from '../src/engine/index.ts';
import { Instance } from '../src/instance/index.ts';
import { counterThresholds } from '../src/machine/index.ts';
import { defaultRule, hangRule } from '../src/profile/index.ts';
import { shortSets } from '../src/report/wake-up.ts';
import { defaultTrialRule } from '../src/trial/index.ts';

const root = resolve(import.meta.dirname, '..');
const pages = globSync(['*.md', 'docs/**/*.md', 'src/**/*.md', 'test/**/*.md', 'bench/**/*.md'], {
  cwd: root,
});
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

/** Pictures are drawn by a run of the program, so a tree may be without them. */
describe('links', () => {
  for (const page of pages)
    it(`of ${page} lead somewhere`, () => {
      const targets = [...read(page).matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map((match) => match[1]!);
      const dead = targets.filter(
        (target) => !/^https?:/.test(target) && !existsSync(resolve(root, dirname(page), target)),
      );
      assert.deepEqual(dead, []);
    });
});

describe('README.md', () => {
  it('maps every folder of src', () => {
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    );
    const missing = folders.filter(
      ({ name }) => !new RegExp(`^\\| \`src/${name}/\` +\\|`, 'm').test(read('README.md')),
    );
    // `errors.ts` and `stats` share a row.
    assert.deepEqual(
      missing.map(({ name }) => name),
      ['stats'],
    );
  });

  it('shows only commands and flags that there are', () => {
    const shown = [...read('README.md').matchAll(/npx thinfer ([^#\n]+)/g)].map((match) => match[1]!);
    assert.ok(shown.length > 5);
    for (const words of shown) {
      const [command = '', ...rest] = words.trim().split(/ +/);
      const help = spawnSync(process.execPath, [join(root, 'bin/thinfer.js'), command, '--help'], {
        encoding: 'utf8',
      });
      assert.equal(help.status, 0, help.stderr);
      for (const flag of rest.filter((word) => word.startsWith('--')))
        assert.ok(help.stdout.includes(`${flag} `), `${command} has no ${flag}`);
    }
  });
});

describe('docs/measuring.md', () => {
  const constants: Readonly<Record<string, object>> = {
    defaultRule,
    defaultTrialRule,
    hangRule,
    counterThresholds,
    shortSets,
  };

  it('gives the constants of the code', () => {
    const given = [
      ...read('docs/measuring.md').matchAll(
        /`(default\w*Rule|hangRule|counterThresholds|shortSets)\.(\w+)`(?: +\| +| = )([\d.]+)/g,
      ),
    ];
    for (const [text, owner = '', name = '', value] of given)
      assert.equal(Number(value), (constants[owner] as Record<string, unknown>)[name], text);
    const named = new Set(given.map((match) => `${match[1]}.${match[2]}`));
    const all = Object.entries(constants).flatMap(([owner, values]) =>
      Object.keys(values).map((name) => `${owner}.${name}`),
    );
    // `fixed` is not a number: it is what --warmup and --iterations set.
    assert.deepEqual(all.filter((name) => !named.has(name)).sort(), ['defaultRule.fixed']);
  });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

describe('docs/instance-protocol.md', () => {
  const settings: EngineSettings = {
    engine: 'null',
    modelFile: '/nowhere.onnx',
    threads: 1,
    optimization: 'all',
    spinAfterRun: false,
    signature: {
      inputs: [{ name: 'in', type: 'float32', shape: ['batch', 4] }],
      outputs: [{ name: 'out', type: 'float32', shape: ['batch', 2] }],
    },
  };

  it('holds an engine that works', { skip: hasPython ? false : 'python3 is missing' }, async () => {
    const code = /```python\n([\s\S]*?)```/.exec(read('docs/instance-protocol.md'))?.[1];
    assert.ok(code);
    const instance = await Instance.start({ settings, cpus: null, command: ['python3', '-c', code] });
    try {
      assert.deepEqual(instance.loaded.engine, { name: 'python', version: '1' });
      for (const batch of [2, 3]) {
        await instance.bind([{ name: 'in', type: 'float32', shape: [batch, 4], bytes: 16 * batch }], null);
        assert.deepEqual(instance.outputs[0]?.shape, [batch, 2]);
        const values = Float32Array.from({ length: 4 * batch }, (_, index) => index / 3);
        instance.input('in').set(new Uint8Array(values.buffer));
        const startNs = process.hrtime.bigint() + 2_000_000n;
        const { beginNs, endNs } = await instance.run({ count: 3, startNs, hangMs: 60_000 });
        const output = new Float32Array(instance.output('out').slice().buffer);
        assert.deepEqual(output, values.slice(0, 2 * batch));
        const moments = Array.from(beginNs).flatMap((begin, index) => [begin, endNs[index]!]);
        assert.equal(moments.length, 6);
        assert.ok(startNs <= moments[0]!);
        assert.deepEqual(
          moments,
          moments.toSorted((a, b) => Number(a - b)),
        );
      }
    } finally {
      await instance.close();
    }
  });
});
