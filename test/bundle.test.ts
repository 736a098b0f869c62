/** `thinfer export` and `thinfer import` of bundles: what comes back is equal, merges lose nothing, bad files change nothing. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readBundle, writeBundle } from '../src/bundle/index.ts';
import { everyRecord, RecordReader, type StoredRecord } from '../src/store/index.ts';
import { migrations } from '../src/store/schema.ts';
import { thinfer } from './support/command.ts';
import { databaseFile, query } from './support/database.ts';
import { processTest } from './support/process-test.ts';
import { fillProject, projectRecords } from './support/records.ts';

const table = resolve(
  import.meta.dirname,
  'data/packrat/resnet/cloudlab/pytorch-granular/resnet_latency.csv',
);
const work = mkdtempSync(join(tmpdir(), 'thinfer-bundle-'));
after(() => rmSync(work, { recursive: true, force: true }));

let folders = 0;
const freshFolder = (): string => join(work, `project-${folders++}`);

function recordsOf(folder: string): StoredRecord[] {
  using reader = RecordReader.open(folder);
  return [...reader.records(everyRecord)];
}

const pointsOf = (folder: string): Record<string, unknown>[] =>
  query(
    join(folder, 'thinfer.db'),
    'SELECT hash, state, changed_at, (SELECT count(*) FROM visit WHERE point = point.id) AS visits FROM point ORDER BY id',
  );

processTest('what was measured, tried and imported comes back equal, byte by byte', async (scratch) => {
  const run = async (...words: string[]): Promise<string> => {
    const { status, stdout, stderr } = await thinfer(scratch, words);
    assert.equal(status, 0, `${words.join(' ')}: ${stderr}`);
    return stdout;
  };
  const settings = ['tiny', '--engine', 'null', '--items', '2'];
  await run('tune', ...settings, '--warmup', '1', '--iterations', '3', '--budget', '300ms', '--quiet');
  await run(
    'profile',
    ...settings,
    '--warmup',
    '1',
    '--iterations',
    '4',
    '--batches',
    '1',
    '--again',
    '--quiet',
  );
  await run('import', table, '--name', 'resnet');
  const exported = JSON.parse(await run('export', '--out', 'one.jsonl.gz', '--json'));
  assert.ok(exported.lines.point >= 3 && exported.lines.visit >= 3 && exported.lines.plan >= 0);
  assert.deepEqual([exported.lines.machine, exported.lines.table], [1, 1]);
  assert.ok(exported.lines.result >= 2, 'a trial and a tune');
  const first = JSON.parse(await run('import', 'one.jsonl.gz', '--project', 'other', '--json')).bundle;
  assert.equal(first.state, 'stored');
  assert.equal(first.merged.points.added, exported.lines.point);
  await run('export', '--project', 'other', '--out', 'two.jsonl.gz');
  const bytes = (name: string): Buffer => readFileSync(join(scratch.folder, name));
  assert.deepEqual(bytes('two.jsonl.gz'), bytes('one.jsonl.gz'));
  const before = databaseRows(databaseFile(scratch, 'other'));
  const again = JSON.parse(await run('import', 'one.jsonl.gz', '--project', 'other', '--json')).bundle;
  assert.equal(again.state, 'unchanged');
  assert.deepEqual(databaseRows(databaseFile(scratch, 'other')), before);
  const ofModel = JSON.parse(await run('export', 'tiny', '--json'));
  assert.deepEqual([ofModel.lines.table, ofModel.lines.result], [0, exported.lines.result]);
  assert.equal(ofModel.file, '.thinfer/bundles/tiny.jsonl.gz');
  const { status, stderr } = await thinfer(scratch, ['export', 'tyni', 'resnet']);
  assert.equal(status, 2);
  assert.match(stderr, /tyni: nothing .* did you mean tiny\?/);
  const checked = JSON.parse(
    await run('import', 'one.jsonl.gz', '--project', 'third', '--dry-run', '--json'),
  ).bundle;
  assert.deepEqual([checked.state, checked.merged], ['checked', null]);
  assert.ok(!existsSync(join(scratch.folder, 'third')));
});

/** Everything but the place that a table came from, which is nobody else's business. */
const databaseRows = (file: string): unknown =>
  [
    'machine',
    'point',
    'visit',
    'replica',
    'result',
    'trial_sample',
    'plan_in_force',
    'contention',
    'published_table',
  ].map((name) => query(file, `SELECT * FROM ${name} ORDER BY rowid`));

describe('a bundle', () => {
  it('holds every table of the database', () => {
    const tables = migrations.join('\n').matchAll(/CREATE TABLE (\w+)/g);
    const known = [
      'machine',
      'point',
      'visit',
      'replica',
      'result',
      'trial_sample',
      'published_table',
      'plan_in_force',
      'contention',
    ];
    assert.deepEqual(
      Array.from(tables, ([, name]) => name),
      known,
      'a new table needs a record of its own',
    );
  });

  it('is the same for the same records, and is read as it was written', async () => {
    const records = [...projectRecords()];
    const files = ['a', 'b'].map((name) => join(work, `${name}.jsonl.gz`));
    for (const file of files) await writeBundle(file, () => records);
    assert.deepEqual(readFileSync(files[0]!), readFileSync(files[1]!));
    const read: StoredRecord[] = [];
    const header = await readBundle(files[0]!, (record) => read.push(record));
    assert.deepEqual(read, records);
    assert.deepEqual([header.lines.point, header.lines.visit], [6, 18]);
  });

  it('may be unpacked', async () => {
    const file = join(work, 'plain.jsonl.gz');
    await writeBundle(file, () => projectRecords());
    const plain = join(work, 'plain.jsonl');
    writeFileSync(plain, gunzipSync(readFileSync(file)));
    assert.equal((await readBundle(plain)).lines.point, 6);
  });

  it('leaves nothing where it is interrupted', async () => {
    const abort = new AbortController();
    function* records(): Generator<StoredRecord> {
      yield* projectRecords();
      abort.abort(new Error('enough'));
    }
    await assert.rejects(writeBundle(join(work, 'ended.jsonl.gz'), records, abort.signal), /enough/);
    assert.deepEqual(
      readdirSync(work).filter((name) => name.startsWith('ended')),
      [],
    );
  });

  it('leaves nothing where it can not be written', async () => {
    const folder = join(work, 'taken.jsonl.gz');
    mkdirSync(folder);
    await assert.rejects(
      writeBundle(folder, () => projectRecords()),
      /can't be written/,
    );
    assert.deepEqual(
      readdirSync(work).filter((name) => name.includes('.tmp')),
      [],
    );
  });
});

describe('a merge', () => {
  const hashOf = (folder: string): unknown[] => [...new Set(pointsOf(folder).map(({ hash }) => hash))];

  it('adds the visits that a point lacks, in the order they were made', () => {
    const [short, long] = [freshFolder(), freshFolder()];
    const all = [...projectRecords({ threads: [1], batches: [1], visits: 5 })];
    const without = (...left: number[]): StoredRecord[] =>
      all.filter((_, index) => !left.includes(index - 2));
    fillProject(short, without(1, 4));
    const { points } = fillProject(short, without(0));
    assert.deepEqual(points, { added: 0, extended: 1, unchanged: 0 });
    fillProject(long, all);
    assert.deepEqual(recordsOf(short), recordsOf(long));
    assert.deepEqual(fillProject(short, without(2)).points, { added: 0, extended: 0, unchanged: 1 });
  });

  it('keeps two measurements of one cell, and the one that changed last is current', () => {
    const older = [...projectRecords({ threads: [1], batches: [1] })];
    const newer = [
      ...projectRecords({ threads: [1], batches: [1], startedAt: '2026-02-01T00:00:00.000Z', seed: 2 }),
    ];
    for (const [first, second] of [
      [older, newer],
      [newer, older],
    ]) {
      const folder = freshFolder();
      fillProject(folder, first!);
      const merged = fillProject(folder, second!);
      assert.equal(merged.setAside, 1);
      assert.equal(hashOf(folder).length, 1);
      const [current] = pointsOf(folder).filter(({ state }) => state === 'measured');
      assert.match(String(current!['changed_at']), /^2026-02/);
      assert.equal(query(join(folder, 'thinfer.db'), 'SELECT id FROM visit').length, 6);
      assert.deepEqual(fillProject(folder, older).points, { added: 0, extended: 0, unchanged: 1 });
      assert.deepEqual(fillProject(folder, newer).points, { added: 0, extended: 0, unchanged: 1 });
    }
  });

  it('keeps what was set aside here aside, and what is current here current', () => {
    const folder = freshFolder();
    const records = [...projectRecords({ threads: [1], batches: [1] })];
    const aside = records.map((record) =>
      record.kind === 'point' ? { ...record, state: 'superseded' as const } : record,
    );
    fillProject(folder, records);
    fillProject(folder, aside);
    assert.equal(pointsOf(folder)[0]!['state'], 'measured');
    const other = freshFolder();
    fillProject(other, aside);
    fillProject(other, records);
    assert.equal(pointsOf(other)[0]!['state'], 'superseded');
  });

  it('takes visits of what was set aside elsewhere, and no end of it', () => {
    const folder = freshFolder();
    const all = [...projectRecords({ threads: [1], batches: [1], visits: 4 })];
    fillProject(folder, all.slice(0, -1));
    const end = (): unknown =>
      query(join(folder, 'thinfer.db'), 'SELECT state, failure, message, rule, changed_at FROM point')[0];
    const before = end();
    const failedAside = all.map((record) =>
      record.kind === 'point'
        ? {
            ...record,
            state: 'superseded' as const,
            failure: 'out-of-memory',
            message: 'the kernel ended it',
            rule: null,
            changedAt: '2026-03-01T00:00:00.000Z',
          }
        : record,
    );
    assert.deepEqual(fillProject(folder, failedAside).points, { added: 0, extended: 1, unchanged: 0 });
    assert.deepEqual(end(), before);
    assert.equal(pointsOf(folder)[0]!['visits'], 4);
    assert.deepEqual(fillProject(folder, failedAside).points, { added: 0, extended: 0, unchanged: 1 });
  });

  it('refuses another table under a name that is taken, and changes nothing', () => {
    const tableRecord = (latencyMs: number): StoredRecord => ({
      kind: 'table',
      name: 'bert',
      hash: String(latencyMs),
      file: 'bert.csv',
      importedAt: '2026-01-01T00:00:00.000Z',
      table: { name: 'bert', columns: [], rows: [], repaired: 0, dropped: 0, skipped: 0, notices: [] },
    });
    const folder = freshFolder();
    fillProject(folder, [tableRecord(1)]);
    assert.throws(
      () => fillProject(folder, [...projectRecords(), tableRecord(2)]),
      /bert: another table is stored/,
    );
    assert.deepEqual(pointsOf(folder), []);
    assert.deepEqual(fillProject(folder, [tableRecord(1)]).tables, { added: 0, extended: 0, unchanged: 1 });
  });
});

describe('a bundle that is not right', async () => {
  const good = join(work, 'good.jsonl.gz');
  await writeBundle(good, () => projectRecords());
  const packed = readFileSync(good);
  const lines = gunzipSync(packed).toString('utf8').trimEnd().split('\n');
  const header = JSON.parse(lines[0]!);
  const withHeader = (change: object): Buffer =>
    gzipSync([JSON.stringify({ ...header, ...change }), ...lines.slice(1)].join('\n').concat('\n'));
  const withLine = (at: number, change: (line: string) => string): Buffer =>
    gzipSync(
      lines
        .map((line, index) => (index === at ? change(line) : line))
        .join('\n')
        .concat('\n'),
    );
  const rewritten = async (change: (record: StoredRecord) => unknown): Promise<Buffer> => {
    const file = join(work, 'rewritten.jsonl.gz');
    await writeBundle(file, () => [...projectRecords()].map((record) => change(record) as StoredRecord));
    return readFileSync(file);
  };
  const cases: [string, Buffer, RegExp][] = [
    ['cut short', packed.subarray(0, packed.length - 100), /ends before its end/],
    [
      'damaged',
      Buffer.concat([packed.subarray(0, 200), Buffer.from('garbage'), packed.subarray(207)]),
      /is damaged|no JSON|SHA-256/,
    ],
    ['no bundle', gzipSync('{"some": "thing"}\n'), /is no bundle/],
    ['empty', gzipSync(''), /is no bundle/],
    [
      'of a newer version',
      withHeader({ version: 2 }),
      /written by a newer thinfer \(bundle version 2, this one knows 1\)/,
    ],
    ['with another hash', withHeader({ sha256: '0'.repeat(64) }), /another SHA-256/],
    [
      'with lines missing',
      gzipSync(lines.slice(0, -1).join('\n').concat('\n')),
      /17 lines of visit, and 18 were written/,
    ],
    [
      'with lines behind its end',
      gzipSync([...lines, lines.at(-1)].join('\n').concat('\n')),
      /goes on behind/,
    ],
    [
      'with a changed sample',
      withLine(3, (line) => line.replace(/"durationNs":\[\d/, '"durationNs":[7')),
      /another SHA-256|bytes/,
    ],
    [
      'that unpacks without end',
      gzipSync(Buffer.concat([Buffer.from(`${lines[0]}\n`), Buffer.alloc(70 * 2 ** 20, 32)])),
      /a line of more than 64 MiB/,
    ],
    [
      'with settings that are not its hash',
      await rewritten((record) =>
        record.kind === 'point'
          ? { ...record, settings: { ...(record.settings as object), threads: 3 } }
          : record,
      ),
      /its settings are not what its hash says/,
    ],
    [
      'with another machine',
      await rewritten((record) =>
        record.kind === 'machine' ? { ...record, machine: { cpuModel: 'x', kernel: 'y' } } : record,
      ),
      /machine .* is not what its hash says/,
    ],
    [
      'with points of no machine',
      await rewritten((record) =>
        record.kind === 'point' ? { ...record, machine: '0'.repeat(32) } : record,
      ),
      /machine 0+ is not there/,
    ],
    [
      'with times that are none',
      await rewritten((record) => (record.kind === 'visit' ? { ...record, startedAt: 'yesterday' } : record)),
      /line 4: startedAt: is no time/,
    ],
    [
      'with negative latencies',
      await rewritten((record) =>
        record.kind === 'visit' ? { ...record, replicas: [{ beginNs: [0], durationNs: [-1] }] } : record,
      ),
      /replicas\.0\.durationNs\.0/,
    ],
    [
      'with a kind that nobody knows',
      withLine(3, (line) => line.replace('"visit"', '"vision"')),
      /line 4: kind: /,
    ],
  ];
  for (const [what, bytes, message] of cases)
    it(`is refused, and nothing is made: ${what}`, async () => {
      const file = join(work, 'bad.jsonl.gz');
      writeFileSync(file, bytes);
      await assert.rejects(readBundle(file), (error: Error) => {
        assert.match(error.message, message);
        assert.equal('code' in error && error.code, 'store-invalid');
        return true;
      });
    });

  processTest('is refused by the command too, which leaves the project as it was', async (scratch) => {
    const file = join(scratch.folder, 'bad.jsonl.gz');
    writeFileSync(file, withHeader({ sha256: '0'.repeat(64) }));
    const { status, stdout, stderr } = await thinfer(scratch, ['import', file]);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /another SHA-256\n {2}it was damaged or changed/);
    assert.ok(!existsSync(join(scratch.folder, '.thinfer')));
    const mixed = await thinfer(scratch, ['import', file, table, '--name', 'x', '--where', 'ht=false']);
    assert.equal(mixed.status, 2);
    assert.match(mixed.stderr, /a bundle, beside other files\n.*--name: .*\n.*--where: /);
    const none = await thinfer(scratch, ['export']);
    assert.equal(none.status, 2);
    assert.match(none.stderr, /nothing is stored in this project folder yet/);
  });
});
