/** `thinfer plan` as a user runs it: from published tables, with every goal and limit, for several models, and refused. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';

const root = resolve(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'thinfer-plan-'));
after(() => rmSync(work, { recursive: true, force: true }));

const bert = join(root, 'test/data/packrat/bert/cloudlab/large-batches/bert_latency.csv');
const table = ['--table', bert, '--where', 'benchmark=bert_manual_script,topology=sequential'];

function thinfer(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(root, 'bin/thinfer.js'), ...words], {
    encoding: 'utf8',
    cwd: work,
    env: { ...process.env, THINFER_CACHE: join(work, 'cache') },
  });
}

function answerOf<T>(...words: string[]): T {
  const { status, stdout, stderr } = thinfer('plan', ...words, '--json');
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as T;
}

function assertRefused(words: readonly string[], status: number, ...patterns: RegExp[]): void {
  const refused = thinfer('plan', ...words);
  assert.equal(refused.status, status, refused.stderr);
  assert.equal(refused.stdout, '');
  for (const pattern of patterns) assert.match(refused.stderr, pattern);
}

interface Answer {
  readonly items: number;
  readonly cores: number;
  readonly best: {
    readonly groups: readonly { instances: number; threads: number; batch: number }[];
    readonly cores: number;
    readonly latencyMs: number;
    readonly itemsPerSecond: number;
    readonly price: { perHour: number; perMillionItems: number } | null;
    readonly memoryBytes: number | null;
    readonly interval: readonly [number, number] | null;
    readonly predictedMs: number;
    readonly cells: string;
  };
  readonly baselines: { readonly fat: object | null };
  readonly table: { readonly measured: number; readonly fitted: number };
  readonly speedup: { fat: number; thin: number };
}

const tuplesOf = ({ best }: Pick<Answer, 'best'>): string =>
  best.groups.map(({ instances, threads, batch }) => `${instances},${threads},${batch}`).join(' + ');

describe('plan --table', () => {
  it("gives the paper's plans for BERT on 16 cores, and their mean speed-ups", () => {
    const { cases, means } = answerOf<{ cases: Answer[]; means: { fat: number; thin: number }[] }>(
      ...table,
      '--cores=16',
      '--items=8,16,…,1024',
    );
    assert.deepEqual(
      cases.map((one) => [one.items, tuplesOf(one)]),
      [
        [8, '2,8,4'],
        [16, '4,4,4'],
        [32, '4,4,8'],
        [64, '4,4,16'],
        [128, '4,4,32'],
        [256, '8,2,32'],
        [512, '8,2,64'],
        [1024, '8,2,128'],
      ],
    );
    const mean = (of: (speedup: Answer['speedup']) => number): number =>
      cases.reduce((sum, { speedup }) => sum + of(speedup), 0) / cases.length;
    assert.ok(Math.abs(means[0]!.fat - mean(({ fat }) => fat)) < 1e-12);
    assert.ok(Math.abs(means[0]!.thin - mean(({ thin }) => thin)) < 1e-12);
  });

  it('plans one case from measured cells, and with --cells fitted from others too', () => {
    const measured = answerOf<Answer>(...table, '--cores=16', '--items=32');
    assert.equal(tuplesOf(measured), '4,4,8');
    assert.equal(measured.table.fitted, 0);
    assert.ok(answerOf<Answer>(...table, '--cores=16', '--items=32', '--cells=fitted').table.fitted > 0);
  });

  it('leaves cores idle where that is best, which Packrat’s programme can not', () => {
    const exact = answerOf<Answer>(...table, '--cores=14', '--items=16');
    assert.equal(exact.best.latencyMs.toFixed(1), '60.5');
    assert.equal(exact.best.cores, 12);
    const packrat = answerOf<Answer>(...table, '--cores=14', '--items=16', '--policy=packrat');
    assert.equal(packrat.best.latencyMs, exact.best.latencyMs);
    assert.equal(packrat.best.cores, 14);
    assertRefused([...table, '--cores=17', '--items=1', '--policy=packrat'], 3, /uses exactly 17 cores/);
  });

  it('plans for throughput and for cost', () => {
    const most = answerOf<Answer>(...table, '--cores=16', '--goal=throughput', '--latency=100');
    assert.ok(most.best.latencyMs <= 100);
    const rate = String(Math.floor(most.best.itemsPerSecond));
    const cost = answerOf<Answer>(
      ...[...table, '--cores=16', '--goal=cost', '--latency=100', '--rate', rate, '--price=0.05'],
    );
    assert.equal(cost.best.cores, 16);
    assert.equal(cost.best.price!.perHour, 16 * 0.05);
    const perMillion = ((16 * 0.05) / (Number(rate) * 3600)) * 1e6;
    assert.ok(Math.abs(cost.best.price!.perMillionItems - perMillion) < 1e-9);
    assertRefused(
      [...table, '--cores=16', '--goal=cost', '--latency=100', '--rate', String(Number(rate) + 1)],
      3,
      new RegExp(`--rate ${rate}`),
      /--cores 17/,
    );
  });

  it('keeps instances within nodes given by hand', () => {
    const words = [...table, '--items=16', '--nodes=8,8', '--instances-per-node=1'];
    assert.equal(tuplesOf(answerOf<Answer>(...words)), '2,8,8');
  });

  it('explains itself in a few sentences', () => {
    const { stdout } = thinfer('plan', ...table, '--cores=16', '--items=16');
    assert.match(stdout, /^16 items on 16 cores: 4 instances × 4 threads × 4 items\n/);
    assert.match(stdout, /\nbest +⟨4,4,4⟩ +16 +48\.7 ms/);
    assert.match(stdout, /slowest cell, 4 threads × batch 4 at 48\.7 ms, sets the time/);
    assert.match(stdout, /The next best, ⟨2,8,8⟩, is 2\.\d+ % slower/);
    assert.match(stdout, /Twice the items would take 76\.7 ms/);
    assert.doesNotMatch(stdout, /thinfer try/);
  });
});

describe('plan refuses', () => {
  const refusals: readonly (readonly [string, readonly string[], number, readonly RegExp[]])[] = [
    ['no model', [], 2, [/neither a model nor a table/]],
    ['a model beside a table', ['tiny', ...table, '--cores=4'], 2, [/can't both be planned/]],
    ['a table without cores', [...table, '--items=8'], 2, [/number of cores is missing/, /--cores T/]],
    ['a file that is not there', ['--table=nosuch.csv', '--cores=4'], 2, [/nosuch\.csv/]],
    ['two series', ['--table', bert, '--cores=4'], 2, [/series are left/, /--where/]],
    ['more items than fit', [...table, '--cores=16', '--items=99999'], 3, [/99999 items/, /--items 16384/]],
    [
      'contradictions, all at once',
      [...table, '--cores=32', '--nodes=8,8', '--goal=throughput', '--items=4', '--rate=5'],
      2,
      [/--items: --goal throughput/, /--rate: belongs to --goal cost/, /--cores 32: --nodes 8,8 have 16/],
    ],
    ['a cost without a rate', [...table, '--cores=4', '--goal=cost'], 2, [/--rate ITEMS_PER_S/]],
    [
      'limits with packrat',
      [...table, '--cores=4', '--policy=packrat', '--equal', '--latency=5'],
      2,
      [/knows no --latency, --equal/],
    ],
    ['--where without a table', ['tiny', '--where=a=b'], 2, [/--where: belongs to --table/]],
    [
      'values that are none',
      [
        ...[...table, '--cores=8,…,9', '--latency=0', '--rate=fast', '--price=-1', '--nodes=8,0'],
        ...['--instances-per-node=0', '--largest-batch=x', '--memory=8GiBs', '--goal=fun'],
      ],
      2,
      [
        /--cores/,
        /--latency/,
        /--rate/,
        /--price/,
        /--nodes/,
        /--instances-per-node/,
        /--largest-batch/,
        /--memory/,
        /--goal/,
      ],
    ],
    [
      'how a model was measured, of a table',
      [...table, '--cores=4', '--dim=sequence=8', '--spin', '--hardware-threads', '--memory=local'],
      2,
      [/--dim, --spin, --hardware-threads, --memory local: how a model was measured/, /--where/],
    ],
    [
      'the same, of a replay',
      [...table, '--cores=4', '--simulate-adaptive', '--mapping=interleave'],
      2,
      [/--mapping: how a model was measured/],
    ],
    ['memory that is not known', [...table, '--cores=4', '--memory=8GiB'], 3, [/memory of no cell is known/]],
  ];
  for (const [what, words, status, patterns] of refusals)
    it(what, () => assertRefused(words, status, ...patterns));
});

describe('plan for models', () => {
  const project = ['--project', join(work, 'project'), '--engine', 'null:delay=1,item-delay=1'];

  before(() => {
    const profiled = thinfer(
      'profile',
      'tiny',
      ...project,
      '--batches=1,2,4',
      '--warmup=1',
      '--iterations=3',
      '--quiet',
    );
    assert.equal(profiled.status, 0, profiled.stderr);
  });

  it('knows the intervals and the memory of measured cells', () => {
    const answer = answerOf<Answer>('tiny', ...project, '--items=4');
    const [low, high] = answer.best.interval!;
    assert.ok(low <= answer.best.predictedMs && answer.best.predictedMs <= high);
    assert.ok(answer.best.memoryBytes! > 2 ** 20);
    assertRefused(['tiny', ...project, '--items=4', '--memory=1MiB'], 3, /within .*1\.0 MiB/, /--memory \d+/);
  });

  it('plans from its own export as from the points: together, as sure, as large', () => {
    const report = thinfer('report', 'tiny', ...project, '--items=4', '--json');
    assert.equal(report.status, 0, report.stderr);
    const { csv } = JSON.parse(report.stdout) as { csv: string };
    const { cores } = answerOf<Answer>('tiny', ...project, '--items=4');
    const { best } = answerOf<Answer>('--table', csv, `--cores=${cores}`, '--items=4');
    assert.equal(best.cells, 'together');
    assert.ok(best.interval![0] <= best.predictedMs && best.predictedMs <= best.interval![1]);
    assert.ok(best.memoryBytes! > 2 ** 20);
    const { stdout } = thinfer('plan', '--table', csv, `--cores=${cores}`, '--items=4');
    assert.match(stdout, /Its cells were measured together/);
  });

  it('knows fat from cells measured alone too: it has nothing beside it', () => {
    const { baselines } = answerOf<Answer>('tiny', ...project, '--items=4', '--mode=alone');
    assert.notEqual(baselines.fat, null);
  });

  it('shares cores among several, the first keeping its rate', () => {
    const shared = answerOf<{
      cores: number;
      models: (Answer & { model: string; slowdown: number | null })[];
    }>('tiny:goal=cost,rate=1', ...project);
    assert.deepEqual(
      shared.models.map(({ model, slowdown }) => [model, slowdown]),
      [['tiny', null]],
    );
    assert.equal(shared.models[0]!.cores, 1);
  });

  it('says which model asks for what can not be', () => {
    const none = 100_000;
    assertRefused(
      ['tiny:items=1', `tiny:goal=cost,rate=${none}`, ...project],
      3,
      new RegExp(`${none} items/s`),
    );
    const many = Array.from({ length: 200 }, () => 'tiny:items=1');
    assertRefused([...many, ...project], 3, /cores are too few for all models: they need at least 200/);
    assertRefused(['tiny:speed=5', ...project], 2, /tiny: there is no setting "speed"/, /items, latency/);
    assertRefused(['tiny:items=none', ...project], 2, /tiny: --items: "none" is not/);
    assertRefused(
      ['tiny', 'tiny', ...project, '--memory=1GiB', '--nodes=4', '--cores=1,2'],
      2,
      /--memory: give each model a limit/,
      /--nodes: knows one model/,
      /--cores: several models share one/,
    );
  });
});
