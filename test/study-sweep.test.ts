/** `thinfer study FILE.yaml` with real instances: settings proven, sweeps that go on where they stopped. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { readMachine } from '../src/machine/index.ts';
import { startThinfer, thinfer } from './support/command.ts';
import { query } from './support/database.ts';
import { processTest, type Scratch } from './support/process-test.ts';

interface Document {
  readonly cells: Readonly<Record<string, number>>;
  readonly skipped: readonly { readonly setting: string; readonly reason: string }[];
  readonly failures: readonly { readonly failure: string; readonly message: string }[];
  readonly series: readonly { readonly settings: { readonly allocator: string }; readonly points: number }[];
}

async function study(scratch: Scratch, words: readonly string[], status = 0): Promise<Document> {
  const ended = await thinfer(scratch, ['study', ...words, '--json', '--quiet']);
  assert.equal(ended.status, status, ended.stderr);
  return JSON.parse(ended.stdout);
}

interface StoredProof {
  readonly allocator: string | null;
  readonly hugePages: string | null;
  readonly proofs: readonly { readonly setting: string; readonly asked: string; readonly by: string }[];
}

function storedProofs({ folder }: Scratch): StoredProof[] {
  const database = new DatabaseSync(join(folder, '.thinfer/thinfer.db'), { readOnly: true });
  try {
    const rows = database
      .prepare('SELECT settings, read_back FROM visit JOIN point ON point.id = visit.point ORDER BY visit.id')
      .all();
    return rows.flatMap((row) => {
      const settings = JSON.parse(String(row['settings']));
      const { proofs } = JSON.parse(String(row['read_back']));
      const { allocator = null, hugePages = null } = settings;
      return proofs === undefined ? [] : [{ allocator, hugePages, proofs }];
    });
  } finally {
    database.close();
  }
}

function measuredIn(file: string): number {
  if (!existsSync(file)) return 0;
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const row = database.prepare("SELECT count(*) AS points FROM point WHERE state = 'measured'").get();
    return Number(row?.['points']);
  } catch {
    // It is being made.
    return 0;
  } finally {
    database.close();
  }
}

processTest(
  'settings are read back from the kernel, and what is stored is not measured again',
  async (scratch, context) => {
    spawnSync('sh', [resolve(import.meta.dirname, '../scripts/install-measured-packages.sh')], {
      stdio: 'inherit',
    });
    const installed = readMachine().allocators.map(({ name }) => name);
    if (!installed.includes('jemalloc') || !installed.includes('tcmalloc_minimal'))
      return context.skip('libjemalloc2 and libtcmalloc-minimal4 are not installed');
    const file = join(scratch.folder, 'sweep.yaml');
    writeFileSync(
      file,
      [
        'models: [tiny]',
        'batches: [64]',
        'threads: [1]',
        'allocators: [glibc, jemalloc, tcmalloc]',
        'huge-pages: [system, off, malloc]',
        'design: one-at-a-time',
        'iterations: 3',
        'peak: off',
      ].join('\n'),
    );
    const first = await study(scratch, [file]);
    assert.deepEqual(
      [first.cells['measured'], first.cells['reused'], first.cells['failed']],
      [5, 0, 0],
      JSON.stringify(first.failures),
    );
    assert.deepEqual(
      first.series.map(({ settings }) => settings.allocator),
      ['glibc', 'jemalloc', 'tcmalloc', 'glibc', 'glibc'],
    );
    const proofs = storedProofs(scratch);
    assert.deepEqual(proofs.map(({ allocator, hugePages }) => allocator ?? hugePages ?? 'base').sort(), [
      'base',
      'jemalloc',
      'malloc',
      'off',
      'tcmalloc_minimal',
    ]);
    for (const { allocator, hugePages, proofs: of } of proofs) {
      const names = of.map(({ setting, asked, by }) => `${setting} ${asked} ${by}`);
      assert.ok(names.includes(`allocator ${allocator ?? 'glibc'} read`), names.join());
      if (hugePages !== null) assert.ok(names.includes(`huge pages ${hugePages} read`), names.join());
    }
    const again = await study(scratch, [file]);
    assert.deepEqual([again.cells['measured'], again.cells['reused']], [5, 5]);
  },
);

processTest('a setting that does not take effect fails its cell', async (scratch) => {
  // An allocator that the user preloads makes what is asked for untrue.
  const library = readMachine().allocators.find(({ path }) => path !== null)?.path;
  if (library == null) return;
  const words = [
    '--models',
    'tiny',
    '--batches',
    '1',
    '--threads',
    '1',
    '--iterations',
    '2',
    '--peak',
    'off',
  ];
  const ended = await startThinfer(
    scratch,
    ['study', ...words, '--json', '--quiet'],
    ['env', `LD_PRELOAD=${library}`],
  ).ended;
  assert.equal(ended.status, 4, ended.stderr);
  const { cells, failures } = JSON.parse(ended.stdout) as Document;
  assert.deepEqual([cells['measured'], cells['failed']], [0, 1]);
  assert.equal(failures[0]!.failure, 'not-in-effect');
  assert.match(failures[0]!.message, /asked for the allocator glibc: .*mapped/);
  const without = await study(scratch, words);
  assert.deepEqual([without.cells['measured'], without.cells['failed']], [1, 0]);
});

processTest('a cell that goes on in other processes is proven again', async (scratch) => {
  const library = readMachine().allocators.find(({ path }) => path !== null)?.path;
  if (library == null) return;
  const words = ['--models', 'tiny', '--batches', '64', '--threads', '1', '--interval', '0.01%'];
  const first = await study(scratch, [...words, '--peak', 'off', '--no-site', '--budget', '600ms']);
  assert.equal(first.cells['failed'], 0);
  const ended = await startThinfer(
    scratch,
    ['study', ...words, '--ceiling', '3s', '--peak', 'off', '--json', '--quiet'],
    ['env', `LD_PRELOAD=${library}`],
  ).ended;
  const { failures } = JSON.parse(ended.stdout) as Document;
  assert.equal(failures[0]?.failure, 'not-in-effect', ended.stderr);
});

processTest('what something disturbed is measured anew on request', async (scratch) => {
  const words = ['--models', 'tiny', '--engine', 'null', '--batches', '1,2', '--threads', '1', '--no-site'];
  const exact = [...words, '--peak', 'off', '--iterations', '3'];
  await study(scratch, exact);
  const file = join(scratch.folder, '.thinfer/thinfer.db');
  const database = new DatabaseSync(file);
  const disturbance = { kind: 'steal', value: 0.2, text: '20 % steal' };
  database.prepare('UPDATE visit SET disturbances = ? WHERE point = 1').run(JSON.stringify([disturbance]));
  database.prepare("UPDATE visit SET disturbances = '[]' WHERE point <> 1").run();
  database.close();
  const shown = await study(scratch, [...exact, '--again-disturbed', '--dry-run']);
  assert.equal(shown.cells['stored'], 1);
  // A budget that is spent takes nothing away.
  await study(scratch, [...exact, '--again-disturbed', '--budget', '1ms']);
  assert.equal(query(file, "SELECT id FROM point WHERE state = 'measured'").length, 2);
  const again = await study(scratch, [...exact, '--again-disturbed']);
  assert.deepEqual([again.cells['measured'], again.cells['reused']], [2, 1]);
  assert.equal(query(file, "SELECT id FROM point WHERE state = 'superseded'").length, 1);
});

processTest('what can not be measured is listed, by --dry-run too, which makes nothing', async (scratch) => {
  const words = ['--models', 'tiny', '--threads', '1,4096', '--batches', '1', '--peak', 'off'];
  const ended = await thinfer(scratch, ['study', ...words, '--dry-run', '--json']);
  assert.equal(ended.status, 0, ended.stderr);
  const { cells, skipped } = JSON.parse(ended.stdout);
  assert.deepEqual(cells, { possible: 1, stored: 0, skipped: 1 });
  assert.match(skipped[0].reason, /^not possible on this machine: \d+ cores?$/);
  // Nothing of what was asked for: the machine's peak alone is not worth it.
  const none = await thinfer(scratch, ['study', '--models', 'tiny', '--threads', '4096']);
  assert.equal(none.status, 3);
  assert.match(none.stderr, /none of the cells can be measured/);
  const nothing = await thinfer(scratch, ['study']);
  assert.equal(nothing.status, 2);
  assert.match(nothing.stderr, /--preset packrat/);
  const unknown = await thinfer(scratch, ['study', 'sweep.yaml']);
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /sweep\.yaml/);
  const allocator = await thinfer(scratch, ['study', '--models', 'tiny', '--allocators', 'glib']);
  assert.equal(allocator.status, 2);
  assert.match(allocator.stderr, /did you mean glibc\?/);
  const mixed = ['--models', 'tiny,tiny-bert', '--lengths', '8,16', '--threads', '1', '--batches', '1'];
  const lengths = await thinfer(scratch, ['study', ...mixed, '--peak', 'off', '--dry-run', '--json']);
  assert.equal(lengths.status, 0, lengths.stderr);
  assert.deepEqual(JSON.parse(lengths.stdout).cells, { possible: 3, stored: 0, skipped: 0 });
  assert.match(lengths.stderr, /tiny has no length/);
  const model = await thinfer(scratch, ['study', '--models', 'tiny,resnet5', '--lengths', '8']);
  assert.equal(model.status, 2);
  assert.match(model.stderr, /resnet5: neither a file nor a model[\s\S]*tiny: --lengths/);
});

processTest('an interrupted sweep keeps what it has, and goes on from there', async (scratch) => {
  const words = [
    'study',
    '--models',
    'tiny',
    '--engine',
    'null:delay=20',
    '--batches',
    '1-8',
    '--threads',
    '1,4096',
    '--iterations',
    '10',
  ];
  const running = startThinfer(scratch, words);
  const file = join(scratch.folder, '.thinfer/thinfer.db');
  while (running.process.exitCode === null && measuredIn(file) === 0) await setTimeout(50);
  running.process.kill('SIGINT');
  const { status, stderr } = await running.ended;
  assert.equal(status, 130, stderr);
  const rest = await study(scratch, [...words.slice(1)]);
  // Five of them for the machine's peak.
  assert.equal(rest.cells['measured'], 13);
  assert.ok(rest.cells['reused']! > 0 && rest.cells['reused']! < 13, String(rest.cells['reused']));
  // What was asked for in vain is told once, and stands on the page.
  assert.equal(
    query(file, "SELECT id FROM result WHERE kind = 'sweep' AND json ->> '$.model' = 'tiny'").length,
    1,
  );
  const [page] = globSync('.thinfer/site/tiny*/index.html', { cwd: scratch.folder });
  const text = readFileSync(join(scratch.folder, page!), 'utf8');
  assert.match(text, /threads 4096, 8 cells: not possible on this machine: \d+ cores?</);
  // Each run takes 20 ms and a little: that of the greater product of the two, and that of eight items.
  assert.match(text, /At most 0\.\d+ % of the measured peak, at 1 thread and batch 8/);
  assert.match(text, /Not measured, for the reasons below: 8 cells \(threads 4096\)\./);
});

processTest(
  'a project folder that can not be written is said before anything is measured',
  async (scratch) => {
    const project = join(scratch.folder, 'file');
    writeFileSync(project, '');
    const ended = await thinfer(scratch, [
      'study',
      '--models',
      'tiny',
      '--batches',
      '1',
      '--peak',
      'off',
      '--project',
      project,
    ]);
    assert.notEqual(ended.status, 0);
    assert.match(ended.stderr, /file/);
  },
);
