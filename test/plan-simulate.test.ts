/** `thinfer plan --table FILE --simulate-adaptive` as a user runs it, on published tables, and refused. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';

const root = resolve(import.meta.dirname, '..');
const bert = join(root, 'test/data/packrat/bert/cloudlab/large-batches/bert_latency.csv');
const table = ['--table', bert, '--where', 'benchmark=bert_manual_script,topology=sequential'];

function thinfer(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(root, 'bin/thinfer.js'), 'plan', ...words], { encoding: 'utf8' });
}

interface Simulation {
  readonly cells: number;
  readonly measured: number;
  readonly cases: readonly { readonly cores: number; readonly items: number; readonly regret: number }[];
  readonly meanRegret: number;
  readonly maxRegret: number;
}

function simulate(...words: string[]): Simulation {
  const { status, stdout, stderr } = thinfer(...table, '--simulate-adaptive', '--json', ...words);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Simulation;
}

describe('plan --simulate-adaptive', () => {
  it('replays a published table: few measurements, a regret for each case, nothing else', () => {
    const replay = simulate('--cores=16', '--items=8,16,…,1024');
    assert.deepEqual(Object.keys(replay), ['cells', 'measured', 'cases', 'meanRegret', 'maxRegret']);
    assert.equal(replay.cells, 176);
    assert.equal(replay.measured, 16);
    assert.deepEqual(
      replay.cases.map(({ cores, items }) => [cores, items]),
      [8, 16, 32, 64, 128, 256, 512, 1024].map((items) => [16, items]),
    );
    const regrets = replay.cases.map(({ regret }) => regret);
    assert.ok(Math.min(...regrets) >= 0);
    assert.equal(replay.maxRegret, Math.max(...regrets));
    assert.ok(Math.abs(replay.meanRegret - regrets.reduce((sum, regret) => sum + regret, 0) / 8) < 1e-12);
    assert.ok(replay.maxRegret < 0.05);
  });

  it('takes lists of cores, noise, a seed and a number of measurements', () => {
    const words = ['--cores=1-3', '--items=8,12', '--noise=3%', '--measurements=20'];
    const replay = simulate(...words, '--seed=4');
    assert.equal(replay.measured, 20);
    assert.equal(replay.cases.length, 6);
    assert.deepEqual(simulate(...words, '--seed=4'), replay);
  });

  it('says it in words', () => {
    const { stdout } = thinfer(...table, '--simulate-adaptive', '--cores=16', '--items=8,1024');
    assert.match(stdout, /^\d+ measurements instead of 176 cells\n/);
    assert.match(stdout, /\ncores +items +regret\n +16 +8 +\d+\.\d\d %\n +16 +1,024 +\d+\.\d\d %\n/);
    assert.match(stdout, /slower than the best of the full table in the mean, \d+\.\d\d % at most/);
  });

  const refusals: readonly (readonly [string, readonly string[], number, readonly RegExp[]])[] = [
    [
      'what it can not replay, all at once',
      ['tiny', '--simulate-adaptive', '--rate=5', '--equal'],
      2,
      [/--table FILE/, /not the model tiny/, /--cores T/, /not for --rate, --equal/],
    ],
    [
      'its flags alone',
      [...table, '--cores=4', '--noise=0.1'],
      2,
      [/--noise: only with --simulate-adaptive/],
    ],
    [
      'values that are none',
      [...table, '--cores=4', '--simulate-adaptive', '--noise=loud', '--seed=x', '--measurements=0'],
      2,
      [/--noise: "loud" is not a relative deviation/, /--seed/, /--measurements/],
    ],
    [
      'a case without a plan',
      [...table, '--cores=2,16', '--items=8,3000,99999', '--simulate-adaptive'],
      3,
      [/bert_latency\.csv: no set .* 3000 items on 2 cores; 99999 items on 2 cores; 99999 items on 16 cores/],
    ],
  ];
  for (const [what, words, status, patterns] of refusals)
    it(`refuses ${what}`, () => {
      const refused = thinfer(...words);
      assert.equal(refused.status, status, refused.stderr);
      assert.equal(refused.stdout, '');
      for (const pattern of patterns) assert.match(refused.stderr, pattern);
    });
});
