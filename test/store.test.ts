import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe } from 'node:test';
import { ThinferError } from '../src/errors.ts';
import { lockMeasuring } from '../src/store/index.ts';
import { type Ended, startThinfer, thinfer } from './support/command.ts';
import { databaseFile, finishedPoints, query } from './support/database.ts';
import { markedPids, processTest, type Scratch, until } from './support/process-test.ts';
import { makeSmallDisk } from './support/small-disk.ts';

const exact = ['--warmup', '1', '--iterations', '2'];
const words = (batches: string): string[] => [
  'profile', 'tiny', '--engine', 'null', '--threads', '1', '--mode', 'together', '--batches', batches, ...exact,
]; // biome-ignore format: words

const fails = ({ status, stderr }: Ended, expected: number, text: RegExp): void => {
  assert.equal(status, expected, stderr);
  assert.match(stderr, text);
  assert.doesNotMatch(stderr, /This is a bug|\n {4}at /);
};
const succeeds = ({ status, stderr }: Ended): void => assert.equal(status, 0, stderr);

/** Bytes of every file of the project folder. */
function filesOf(scratch: Scratch): Record<string, string> {
  const folder = dirname(databaseFile(scratch));
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, readFileSync(join(folder, name)).toString('hex')]),
  );
}

/** 0 too while a command that has just made the file has not made its tables yet. */
const visitCount = (file: string): number =>
  query(file, "SELECT name FROM sqlite_master WHERE name = 'visit'").length === 0
    ? 0
    : query(file, 'SELECT id FROM visit').length;

const readers = [
  ['plan', 'tiny', '--engine', 'null'],
  ['report', 'tiny', '--engine', 'null'],
];

describe('the database of a project', () => {
  processTest('from a newer version is refused, and stays as it is', async (scratch) => {
    succeeds(await thinfer(scratch, words('1')));
    const file = databaseFile(scratch);
    const database = new DatabaseSync(file);
    database.exec('PRAGMA user_version = 99; CREATE TABLE marvel (id INTEGER)');
    database.close();
    const before = filesOf(scratch);
    for (const command of [
      words('1,2'),
      ...readers,
      ['try', 'tiny', '--engine', 'null', '--config', '1x1x16'],
    ]) {
      const ended = await thinfer(scratch, command);
      fails(
        ended,
        2,
        /\[store-invalid\].*thinfer\.db: written by a newer thinfer \(format 99, this one knows \d+\)/,
      );
      assert.match(ended.stderr, /--project DIR/);
      assert.deepEqual(filesOf(scratch), before);
    }
  });

  for (const [what, content] of [
    ['a text', 'these are my notes\n'.repeat(100)],
    ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
  ] as const)
    processTest(`that is ${what} is refused, and stays as it is`, async (scratch) => {
      const file = databaseFile(scratch);
      mkdirSync(dirname(file));
      writeFileSync(file, content);
      const before = readFileSync(file);
      for (const command of [words('1'), ...readers])
        fails(await thinfer(scratch, command), 2, /\[store-invalid\].*thinfer\.db: is no database/);
      assert.deepEqual(readFileSync(file), before);
    });

  processTest('that was cut or overwritten is called damaged', async (scratch) => {
    succeeds(await thinfer(scratch, words('1-6')));
    const file = databaseFile(scratch);
    const whole = readFileSync(file);
    assert.ok(whole.length > 8 * 4096);
    const damaged = Buffer.from(whole).fill(0xa5, 4096);
    for (const content of [whole.subarray(0, 3 * 4096), damaged]) {
      writeFileSync(file, content);
      fails(await thinfer(scratch, words('1-6')), 2, /\[store-invalid\].*thinfer\.db: is damaged/);
    }
    writeFileSync(file, whole);
    succeeds(await thinfer(scratch, words('1-6')));
  });

  processTest('can be deleted while nothing measures; the next run makes another', async (scratch) => {
    succeeds(await thinfer(scratch, words('1')));
    for (const name of readdirSync(dirname(databaseFile(scratch))))
      rmSync(join(dirname(databaseFile(scratch)), name));
    succeeds(await thinfer(scratch, words('1')));
    assert.equal(finishedPoints(databaseFile(scratch)).size, 1);
  });
});

describe('a project folder', () => {
  processTest('whose place is taken by a file is refused', async (scratch) => {
    writeFileSync(join(scratch.folder, 'notes'), 'x');
    const ended = await thinfer(scratch, [...words('1'), '--project', 'notes']);
    fails(ended, 3, /\[storage\] notes/);
    const below = await thinfer(scratch, [...words('1'), '--project', 'notes/project']);
    assert.ok(below.status === 2 || below.status === 3, below.stderr);
    assert.equal(readFileSync(join(scratch.folder, 'notes'), 'utf8'), 'x');
  });

  processTest('that can not be written is refused, and loses nothing', async (scratch, context) => {
    const disk = makeSmallDisk(join(scratch.folder, '.thinfer'), 4096);
    if (typeof disk === 'string') return context.skip(disk);
    try {
      disk.remount('ro');
      fails(await thinfer(scratch, words('1')), 3, /\[storage\]/);
      disk.remount('rw');
      succeeds(await thinfer(scratch, words('1,2')));
      const before = filesOf(scratch);
      disk.remount('ro');
      for (const command of [words('1-3'), [...words('1,2'), '--again']])
        fails(await thinfer(scratch, command), 3, /\[storage\].*read-only|\[storage\].*EROFS/);
      assert.deepEqual(filesOf(scratch), before);
      disk.remount('rw');
      succeeds(await thinfer(scratch, words('1-3')));
      assert.equal(finishedPoints(databaseFile(scratch)).size, 3);
    } finally {
      disk.remove();
    }
  });

  processTest('that can not be written is read all the same', async (scratch, context) => {
    const disk = makeSmallDisk(join(scratch.folder, '.thinfer'), 8192);
    if (typeof disk === 'string') return context.skip(disk);
    const file = databaseFile(scratch);
    const plan = ['plan', 'tiny', '--engine', 'null', '--items', '4', '--json'];
    const report = ['report', 'tiny', '--engine', 'null', '--items', '4'];
    try {
      succeeds(await thinfer(scratch, words('1,2,4')));
      const { stdout } = await thinfer(scratch, plan);
      assert.deepEqual(
        readdirSync(dirname(file)).includes('thinfer.db-wal'),
        false,
        'a reader leaves nothing',
      );
      disk.remount('ro');
      const before = filesOf(scratch);
      const planned = await thinfer(scratch, plan);
      succeeds(planned);
      assert.equal(planned.stdout, stdout);
      succeeds(await thinfer(scratch, [...report, '--out', join(scratch.folder, 'page.html')]));
      assert.match(readFileSync(join(scratch.folder, 'page.html'), 'utf8'), /<html/);
      fails(await thinfer(scratch, report), 3, /\[storage\] the page can't be written.*\n.*--out FILE/);
      assert.deepEqual(filesOf(scratch), before);
    } finally {
      disk.remove();
    }
  });

  processTest(
    'that can not be written is read with the log of a killed command',
    async (scratch, context) => {
      const disk = makeSmallDisk(join(scratch.folder, '.thinfer'), 8192);
      if (typeof disk === 'string') return context.skip(disk);
      const log = `${databaseFile(scratch)}-wal`;
      try {
        const running = startThinfer(scratch, [...words('1-9'), '--engine', 'null:delay=50']);
        await until('some visits', () => existsSync(log) && visitCount(databaseFile(scratch)) > 2);
        running.process.kill('SIGKILL');
        await running.ended;
        // Also of one that was just forked: it has the database open until it is an instance.
        await until('the end of all it started', () => markedPids().length === 0);
        assert.ok(statSync(log).size > 0);
        const plan = ['plan', 'tiny', '--engine', 'null:delay=50', '--items', '1', '--json'];
        disk.remount('ro');
        succeeds(await thinfer(scratch, plan));
        disk.remount('rw');
        rmSync(`${databaseFile(scratch)}-shm`);
        disk.remount('ro');
        fails(await thinfer(scratch, plan), 3, /\[storage\].*thinfer\.db: can not be opened/);
      } finally {
        disk.remove();
      }
    },
  );

  processTest(
    'on a disk that fills up keeps what was stored, and goes on when there is room',
    async (scratch, context) => {
      const disk = makeSmallDisk(join(scratch.folder, '.thinfer'), 800);
      if (typeof disk === 'string') return context.skip(disk);
      const file = databaseFile(scratch);
      try {
        succeeds(await thinfer(scratch, words('1,2')));
        const kept = finishedPoints(file);
        const visitsBefore = visitCount(file);
        fails(await thinfer(scratch, words('1-60')), 3, /\[storage\].*thinfer\.db/);
        disk.remount('size=16m');
        assert.deepEqual(query(file, 'PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
        const after = finishedPoints(file);
        for (const [id, text] of kept) assert.equal(after.get(id), text);
        assert.ok(visitCount(file) > visitsBefore, 'what was measured before the disk was full is there');
        succeeds(await thinfer(scratch, words('1-60')));
        const all = finishedPoints(file);
        for (const [id, text] of after) assert.equal(all.get(id), text);
        assert.equal(all.size, 60);
      } finally {
        disk.remove();
      }
    },
  );

  processTest('on a disk that is full from the start is refused', async (scratch, context) => {
    const disk = makeSmallDisk(join(scratch.folder, '.thinfer'), 64);
    if (typeof disk === 'string') return context.skip(disk);
    try {
      writeFileSync(join(scratch.folder, '.thinfer', 'film'), Buffer.alloc(64 * 1024));
      fails(await thinfer(scratch, words('1')), 3, /\[storage\]/);
    } finally {
      disk.remove();
    }
  });

  processTest(
    'without the right to write is refused by what measures, and read',
    async (scratch, context) => {
      if (process.getuid?.() === 0)
        return context.skip('root may write everywhere; the read-only disk stands in');
      const folder = dirname(databaseFile(scratch));
      mkdirSync(folder);
      chmodSync(folder, 0o500);
      fails(await thinfer(scratch, words('1')), 3, /\[storage\]/);
      chmodSync(folder, 0o700);
      assert.equal(existsSync(databaseFile(scratch)), false);
      succeeds(await thinfer(scratch, words('1')));
      chmodSync(databaseFile(scratch), 0o400);
      chmodSync(folder, 0o500);
      const planned = await thinfer(scratch, ['plan', 'tiny', '--engine', 'null', '--items', '1']);
      chmodSync(folder, 0o700);
      succeeds(planned);
    },
  );
});

describe('the measuring lock', () => {
  processTest('is one per folder, names its holder, and can be taken again', async ({ folder }) => {
    const release = lockMeasuring(folder);
    assert.throws(
      () => lockMeasuring(folder),
      (error) =>
        error instanceof ThinferError &&
        error.code === 'busy' &&
        error.message.includes(`process id ${process.pid}`),
    );
    mkdirSync(join(folder, 'other'));
    lockMeasuring(join(folder, 'other'))();
    release();
    assert.ok(statSync(folder).isDirectory());
    lockMeasuring(folder)();
    assert.equal(existsSync(join(folder, 'measuring-lock.pid')), false);
  });
});
