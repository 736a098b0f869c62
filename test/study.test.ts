/** `thinfer study` and plans over lengths with real instances of the null engine, whose times are known. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { thinfer } from './support/command.ts';
import { processTest, type Scratch } from './support/process-test.ts';

const fast = ['tiny-bert', '--engine', 'null:item-delay=2', '--warmup', '1', '--iterations', '3', '--quiet'];

interface Study {
  readonly curves: readonly {
    readonly dims: object;
    readonly batch: number;
    readonly points: readonly Point[];
  }[];
  readonly failures: readonly { readonly place: string; readonly message: string }[];
  readonly findings: readonly string[];
  readonly profile: { readonly cells: number; readonly reused: number; readonly leftOut: number };
  readonly hardwareThreads: string;
  readonly report: string;
}
interface Point {
  readonly cores: number;
  readonly instances: number;
  readonly threads: number;
  readonly batch: number;
  readonly items: number;
  readonly latencyMs: { readonly value: number };
}

async function study(scratch: Scratch, ...words: string[]): Promise<Study> {
  const { status, stdout, stderr } = await thinfer(scratch, [
    'study',
    words[0]!,
    ...fast,
    ...words.slice(1),
    '--json',
  ]);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

processTest(
  'study cores measures each length and batch once, writes a page, and goes on from what is there',
  async (scratch) => {
    const first = await study(scratch, 'cores', '--lengths', '8,16', '--batches', '1,2', '--cores', '1');
    assert.deepEqual(
      first.curves.map(({ dims, batch, points }) => [dims, batch, points.map(({ cores }) => cores)]),
      [
        [{ sequence: 8 }, 1, [1]],
        [{ sequence: 8 }, 2, [1]],
        [{ sequence: 16 }, 1, [1]],
        [{ sequence: 16 }, 2, [1]],
      ],
    );
    for (const { batch, points } of first.curves) assert.ok(points[0]!.latencyMs.value >= 2 * batch);
    for (const end of ['.html', '.csv', '.json'])
      assert.ok(existsSync(join(scratch.folder, first.report.replace(/\.html$/, end))));
    assert.match(readFileSync(join(scratch.folder, first.report), 'utf8'), /length 16, batch 2/);

    const again = await study(scratch, 'cores', '--lengths', '8,16,32', '--cores', '1');
    assert.deepEqual([again.profile.cells, again.profile.reused], [3, 2]);
    const anew = await study(
      scratch,
      'cores',
      '--dim',
      'sequence=8',
      '--cores',
      '1',
      '--again',
      '--out',
      'own.html',
    );
    assert.deepEqual([anew.profile.cells, anew.profile.reused, anew.report], [1, 0, 'own.html']);
  },
);

processTest('study cores says where there are no hardware threads, and what it refuses', async (scratch) => {
  const siblings = await study(scratch, 'cores', '--cores', '1', '--hardware-threads');
  assert.ok(['none', 'measured'].includes(siblings.hardwareThreads));
  const none = siblings.findings.some((finding) =>
    finding.startsWith('This machine has no hardware threads'),
  );
  assert.equal(none, siblings.hardwareThreads === 'none');
  const many = await thinfer(scratch, ['study', 'cores', ...fast, '--cores', '1', '--core-counts', '1,2']);
  assert.equal(many.status, 3);
  assert.match(many.stderr, /--core-counts 2: 1 core is to be used/);
  const [model, ...rest] = fast;
  const free = await thinfer(scratch, ['study', 'cores', 'tiny', ...rest, '--lengths', '8']);
  assert.equal(free.status, 2);
  assert.match(free.stderr, /tiny has no free dimension that could be a length/);
  const long = await thinfer(scratch, ['study', 'cores', model!, ...rest, '--lengths', '8,100000']);
  assert.equal(long.status, 2);
  assert.match(long.stderr, /at most/);
});

processTest(
  'study instances shares a total, or gives each a batch, and lists what it leaves out',
  async (scratch) => {
    const shared = await study(scratch, 'instances', '--items', '3,4', '--instances', '1,2,4096');
    const isPair = shared.curves.some(({ points }) => points.length > 1);
    for (const { batch, points } of shared.curves)
      for (const point of points) assert.equal(point.items, batch);
    assert.ok(shared.failures.some(({ place }) => place === 'sequence 16, batch 3, 4096 instances'));
    if (isPair) {
      const pair = shared.curves.find(({ batch }) => batch === 4)!.points[1]!;
      assert.deepEqual([pair.instances, pair.batch], [2, 2]);
      assert.ok(pair.latencyMs.value >= 4 / pair.threads);
    }
    const each = await study(scratch, 'instances', '--batch-per-instance', '2');
    for (const point of each.curves[0]!.points) assert.equal(point.items, 2 * point.instances);
    // ⟨2,1,2⟩ is a set of both studies.
    assert.equal(each.profile.reused, isPair ? 1 : 0);
    const both = await thinfer(scratch, [
      'study',
      'instances',
      ...fast,
      '--items',
      '4',
      '--batch-per-instance',
      '2',
    ]);
    assert.equal(both.status, 2);
    const none = await thinfer(scratch, ['study', 'instances', ...fast, '--items', '3', '--instances', '2']);
    assert.notEqual(none.status, 0);
    assert.match(none.stderr, /3 items can't be shared equally|they need 2 cores, and T is 1/);
    assert.match(none.stderr, /ask for points that this machine can measure/);
  },
);

processTest(
  'plan --lengths rests on a profile of several lengths, and names the command for missing ones',
  async (scratch) => {
    const profiled = await thinfer(scratch, [
      'profile',
      ...fast,
      '--dim',
      'sequence=8,16',
      '--items',
      '4',
      '--mode',
      'together',
    ]);
    assert.equal(profiled.status, 0, profiled.stderr);
    assert.match(profiled.stdout, /^sequence 8\n[\s\S]*\nsequence 16\n/);
    const plan = (...words: string[]) =>
      thinfer(scratch, ['plan', ...fast.slice(0, 3), '--items', '4', ...words]);

    const planned = await plan('--lengths', '8:0.5,16:0.5', '--split', '16:1', '--json');
    assert.equal(planned.status, 0, planned.stderr);
    const { best, split } = JSON.parse(planned.stdout);
    assert.ok(best.predictedMs <= split.predictedMs);
    assert.equal(split.sets[0].plan.cores, 1);
    const text = await plan('--lengths', '8:50%,16:50%', '--split', '16:1');
    assert.match(text.stdout, /Your split 16:1: /);

    const missing = await plan('--lengths', '8:0.5,32:0.5');
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /thinfer profile tiny-bert --dim sequence=32 --items 4/);
    const wrong = await plan('--lengths', '16:0.5,8:0.4', '--split', '9:1', '--goal', 'cost');
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /--lengths: .*ascending/);
    const sum = await plan('--lengths', '8:0.5,16:0.4');
    assert.match(sum.stderr, /add up to 0.9, not to 1/);
  },
);
