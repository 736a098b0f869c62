/** `thinfer load MODEL --in-process`: instances without a server, of the null engine and of the real one. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Ended, startThinfer, thinfer } from './support/command.ts';
import { instancePids, processTest, type Scratch, sleep, until } from './support/process-test.ts';

interface Document {
  readonly target: object;
  readonly sent: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly errors: readonly { readonly kind: string; readonly outcome: string }[];
  readonly latencyMs: { readonly max: number } | null;
  readonly itemsPerSecond: number;
  readonly answersPerSecond: number;
}

const documentOf = ({ stdout, stderr }: Ended): Document => {
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as Document;
};

const words = (model: string, ...own: string[]): string[] => [
  ...['load', model, '--in-process', '--inputs', '2', '--warmup', '0', '--json', '--quiet'],
  ...own,
];

/** The rows of `--out FILE.csv`: sent, and ended. */
function rowsOf({ folder }: Scratch, file: string): { readonly sentMs: number; readonly endMs: number }[] {
  const lines = readFileSync(join(folder, file), 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => {
    const [, sentMs, endMs] = line.split(',').map(Number);
    return { sentMs: sentMs!, endMs: endMs! };
  });
}

processTest('requests go to the instance that is free, one batch each, in their order', async (scratch) => {
  writeFileSync(join(scratch.folder, 'at-once.csv'), `time_s,items\n${'0,2\n'.repeat(6)}`);
  const own = ['--engine', 'null:delay=50', '--trace', 'at-once.csv', '--out', 'run.csv', '--verify'];
  for (const [config, rounds] of [
    ['2x1x4', 3],
    // Only one of them takes two items.
    ['1x1x1+1x1x2', 6],
  ] as const) {
    const ended = await thinfer(scratch, words('tiny', ...own, '--config', config));
    assert.equal(ended.status, 0, ended.stderr);
    const document = documentOf(ended);
    assert.equal(document.outcomes['ok'], 6);
    assert.equal(Math.round(document.itemsPerSecond / document.answersPerSecond), 2);
    // Six batches of at least 50 ms, on so many instances.
    const rows = rowsOf(scratch, 'run.csv');
    assert.ok(document.latencyMs!.max >= rounds * 50, `${config}: ${document.latencyMs!.max}`);
    assert.ok(Math.max(...rows.map(({ endMs, sentMs }) => endMs - sentMs)) >= rounds * 50 - 50);
    if (rounds === 6)
      for (const [at, row] of rows.entries()) assert.ok(at === 0 || row.endMs >= rows[at - 1]!.endMs);
    if (config === '2x1x4')
      assert.deepEqual(document.target, {
        ...{ url: null, protocol: 'in-process', model: 'tiny', version: null, instances: '2x1x4' },
      });
  }
});

processTest('answers of the real engine are the same under load as alone, at all sizes', async (scratch) => {
  const own = ['--config', '1x1x4', '--items', '1-4', '--dim', 'sequence=8,16', '--verify'];
  const ended = await thinfer(scratch, words('tiny-bert', ...own, '--concurrency', '3', '--requests', '60'));
  assert.equal(ended.status, 0, ended.stderr);
  assert.equal(documentOf(ended).outcomes['ok'], 60, ended.stdout);
});

processTest('instances that die lose requests, and nothing is left after an interrupt', async (scratch) => {
  const own = ['--engine', 'null:delay=20', '--config', '2x1x1', '--rate', '60', '--duration', '1h'];
  const running = startThinfer(
    scratch,
    words('tiny', ...own).filter((word) => word !== '--quiet'),
  );
  let told = '';
  running.process.stderr!.on('data', (chunk: Buffer) => (told += chunk.toString('utf8')));
  // The first line of progress: the load has begun.
  await until('load', () => told.includes(' sent, '));
  const pids = instancePids();
  assert.equal(pids.length, 2);
  for (const pid of pids) {
    await sleep(500);
    process.kill(pid, 'SIGKILL');
  }
  await until('their end', () => instancePids().length === 0);
  await sleep(500);
  running.process.kill('SIGINT');
  const ended = await running.ended;
  assert.equal(ended.status, 130, ended.stderr);
  const { outcomes, errors, sent } = documentOf(ended);
  assert.ok(outcomes['ok']! > 5, JSON.stringify(outcomes));
  assert.ok(outcomes['lost']! > 5, JSON.stringify(outcomes));
  assert.equal(outcomes['ok']! + outcomes['lost']!, sent);
  for (const { kind, outcome } of errors) assert.deepEqual([kind, outcome], ['instance-failed', 'lost']);
});

processTest('what needs a server, and what does not fit, is said before anything starts', async (scratch) => {
  const server = [
    '--model',
    'm',
    '--protocol',
    'oip-grpc',
    '--json-body',
    '--token',
    'x',
    '--connections',
    '3',
  ];
  const bad = await thinfer(scratch, words('tiny', '--rate', '1', ...server));
  assert.equal(bad.status, 2);
  for (const flag of ['model', 'protocol', 'json-body', 'token', 'connections'])
    assert.ok(bad.stderr.includes(`--${flag}: `), bad.stderr);
  const config = await thinfer(scratch, ['load', 'http://127.0.0.1:1', '--rate', '1', '--config', '1x1x1']);
  assert.equal(config.status, 2);
  assert.match(config.stderr, /--config: the server has its own/);
  assert.match(config.stderr, /--model: the model's name on the server is missing/);
  const large = await thinfer(scratch, words('tiny', '--rate', '1', '--config', '1x1x2', '--items', '8'));
  assert.equal(large.status, 2);
  assert.match(large.stderr, /a request of 8 items is one batch, and no instance takes so many/);
});
