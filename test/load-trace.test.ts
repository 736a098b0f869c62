/** Recorded traces and sizes from a distribution, sent to a real server of the null engine, and played to the simulation. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readTrace } from '../src/load/trace/read-trace.ts';
import { type Ended, thinfer } from './support/command.ts';
import { processTest, type Scratch } from './support/process-test.ts';
import { startServe } from './support/serve.ts';

interface Document {
  readonly load: {
    readonly arrivals: string | null;
    readonly trace: object | null;
    readonly items: readonly number[] | null;
    readonly dims: object;
  };
  readonly sent: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

interface Sent {
  readonly dueMs: number;
  readonly input: number;
  readonly items: number;
}

const table = resolve(import.meta.dirname, 'data/packrat/bert/cloudlab/large-batches/bert_latency.csv');

async function load(
  scratch: Scratch,
  url: string,
  words: readonly string[],
): Promise<Ended & { readonly document: Document; readonly rows: readonly Sent[] }> {
  const fixed = ['--model', 'tiny-bert', '--inputs', '2', '--out', 'run.csv', '--json'];
  const ended = await thinfer(scratch, ['load', url, ...fixed, ...words]);
  const rows = readFileSync(join(scratch.folder, 'run.csv'), 'utf8').trim().split('\n').slice(1);
  return {
    ...ended,
    document: ended.stdout === '' ? ({} as Document) : (JSON.parse(ended.stdout) as Document),
    rows: rows.map((line) => {
      const [dueMs, , , , , input, items] = line.split(',');
      return { dueMs: Number(dueMs), input: Number(input), items: Number(items) };
    }),
  };
}

const write = (scratch: Scratch, name: string, lines: readonly string[]): void =>
  writeFileSync(join(scratch.folder, name), `${lines.join('\n')}\n`);

processTest(
  'a trace is sent when and as it was recorded, and sizes are drawn by the seed',
  async (scratch) => {
    const serve = ['tiny-bert', '--engine', 'null', '--config', '1x1x8', '--dim', 'sequence=16'];
    const server = await startServe(scratch, serve);
    try {
      write(scratch, 't.csv', [
        'time_s,items,length,user',
        '50,1,16,a',
        '50.2,3,32,b',
        '50.4,1,16,a',
        '51,8,8,c',
      ]);
      const words = ['--trace', 't.csv', '--verify'];
      const played = await load(scratch, server.http, [...words, '--warmup', '300ms']);
      assert.equal(played.status, 0, played.stderr);
      assert.match(played.stderr, /columns that are not used: "user"/);
      assert.deepEqual(
        played.rows.map(({ dueMs, items }) => [Math.round(dueMs), items]),
        [
          [0, 1],
          [200, 3],
          [400, 1],
          [1000, 8],
        ],
      );
      // Two inputs of each of the three shapes, in the order in which they come first.
      assert.deepEqual(
        played.rows.map(({ input }) => Math.floor(input / 2)),
        [0, 1, 0, 2],
      );
      assert.equal(played.document.outcomes['ok'], 4);
      assert.deepEqual(played.document.load.trace, { file: 't.csv', speed: 1, requests: 4 });
      assert.deepEqual([played.document.load.arrivals, played.document.load.items], [null, null]);

      const faster = await load(scratch, server.http, [
        ...words,
        '--warmup',
        '0',
        '--speed',
        '4',
        '--duration',
        '110ms',
      ]);
      assert.deepEqual(
        faster.rows.map(({ dueMs }) => dueMs),
        [0, 50, 100],
        faster.stderr,
      );

      const sizes = [
        '--rate',
        '200',
        '--requests',
        '120',
        '--warmup',
        '0',
        '--items',
        '1-4',
        '--dim',
        'dim1=8,16',
      ];
      const drawn = await load(scratch, server.http, sizes);
      assert.equal(drawn.status, 0, drawn.stderr);
      assert.equal(drawn.document.outcomes['ok'], 120);
      assert.deepEqual(drawn.document.load.dims, [{ name: 'dim1', sizes: [8, 16] }]);
      assert.deepEqual([...new Set(drawn.rows.map(({ items }) => items))].toSorted(), [1, 2, 3, 4]);
      // Four numbers of items, two lengths, two inputs of each.
      assert.equal(new Set(drawn.rows.map(({ input }) => input)).size, 16);
      const again = await load(scratch, server.http, sizes);
      assert.deepEqual(again.rows, drawn.rows);
      const other = await load(scratch, server.http, [...sizes, '--seed', '2']);
      assert.notDeepEqual(other.rows, drawn.rows);
    } finally {
      await server.stop();
    }
  },
);

processTest('what is wrong with a trace is said before anything is sent', async (scratch) => {
  write(scratch, 'bad.csv', ['time_s,items', '2,1', '1,0', 'x,1.5']);
  write(scratch, 'good.csv', ['time_s,items', '1,1']);
  const nowhere = 'http://127.0.0.1:1';
  const messageOf = async (...words: string[]): Promise<string> => {
    const { status, stderr, stdout } = await thinfer(scratch, ['load', nowhere, '--model', 'm', ...words]);
    assert.deepEqual([status, stdout], [2, ''], stderr);
    return stderr;
  };
  const bad = await messageOf('--trace', 'bad.csv');
  for (const part of [
    'line 3, time_s: 1 goes back',
    'line 3, items: "0"',
    'line 4, time_s: "x"',
    'line 4, items: "1.5"',
  ])
    assert.ok(bad.includes(part), bad);
  assert.throws(() => readTrace(join(scratch.folder, 'none.csv')), { code: 'not-found' });
  assert.throws(() => readTrace(scratch.folder), /is a folder/);
  assert.match(await messageOf('--trace', 'good.csv', '--items', '2'), /has a column "items"/);
  assert.match(await messageOf('--trace', 'good.csv', '--length-dim', 'x'), /no column "length"/);
  const both = await messageOf('--trace', 'good.csv', '--rate', '1', '--arrivals', 'ramp:1-2');
  assert.match(both, /--rate: a trace has its own times/);
  assert.match(both, /--arrivals: a trace has its own times/);
  const sizes = await messageOf('--rate', '1', '--dim', 'a=9-2', '--items', '0-2');
  assert.match(sizes, /--items: "0-2" is not/);
  assert.match(sizes, /--dim: "a=9-2" is not NAME=SIZES/);
});

processTest(
  'a trace is simulated too, with its items, and its lengths where it is told what they are over',
  async (scratch) => {
    write(scratch, 't.csv', [
      'time_ms,items,length',
      ...Array.from({ length: 300 }, (_, at) => `${at * 50},${1 + (at % 4)},${at + 1}`),
    ]);
    const where = 'benchmark=bert_manual_script,topology=sequential';
    const fixed = [
      'simulate',
      '--table',
      table,
      '--where',
      where,
      '--cores',
      '16',
      '--policy',
      '4x4x4',
      '--json',
    ];
    const answer = await thinfer(scratch, [...fixed, '--trace', 't.csv', '--speed', '2']);
    assert.equal(answer.status, 0, answer.stderr);
    assert.match(answer.stderr, /its lengths are not used/);
    const document = JSON.parse(answer.stdout) as {
      readonly load: Readonly<Record<string, unknown>>;
      readonly policies: readonly {
        readonly answered: number;
        readonly latencyMs: { readonly mean: number };
      }[];
    };
    const { arrivals, rate, items, requests, durationMs } = document.load;
    assert.deepEqual(
      [arrivals, rate, items, requests, durationMs],
      ['trace t.csv at 2 times its speed', null, [], 300, 299 * 25],
    );
    assert.equal(document.policies[0]!.answered, 300);
    const withLengths = await thinfer(scratch, [
      ...fixed,
      '--trace',
      't.csv',
      '--speed',
      '2',
      '--length',
      '300',
    ]);
    assert.equal(withLengths.stderr.includes('not used'), false);
    const [shorter] = (JSON.parse(withLengths.stdout) as typeof document).policies;
    assert.equal(shorter!.answered, 300);
    assert.ok(shorter!.latencyMs.mean < 0.8 * document.policies[0]!.latencyMs.mean);
    const { status, stderr } = await thinfer(scratch, [...fixed, '--trace', 't.csv', '--rate', '3']);
    assert.equal(status, 2);
    assert.match(stderr, /--rate: a trace has its own times/);
  },
);
