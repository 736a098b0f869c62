import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from 'node:test';
import { readMachine } from '../src/machine/index.ts';
import type { PlanInForce, TrialResult } from '../src/trial/index.ts';
import { startThinfer, thinfer } from './support/command.ts';
import { databaseFile, finishedPoints, query } from './support/database.ts';
import { instancePids, processTest, sleep, until } from './support/process-test.ts';

const cores = readMachine().usable.length;
const engine = ['--engine', 'null:delay=2,item-delay=0.5'];

describe('thinfer try', () => {
  processTest('runs a given configuration beside the baselines, and keeps every time', async (scratch) => {
    const words = ['try', 'tiny', ...engine, '--cores', '1', '--items', '4', '--config', '1x1x4'];
    const { status, stdout, stderr } = await thinfer(scratch, [...words, '--budget', '2s', '--json']);
    assert.equal(status, 0, stderr);
    const result = JSON.parse(stdout) as TrialResult;
    assert.deepEqual(
      result.configurations.map(({ name }) => name),
      ['given = fat = thin', 'default'],
    );
    assert.ok(result.rounds >= 3);
    const samples = query(
      databaseFile(scratch),
      'SELECT configuration, round, length(samples) / 8 AS runs FROM trial_sample',
    );
    assert.equal(samples.length, 2 * result.rounds);
    for (const { name, count, medianMs } of result.configurations) {
      const runs = samples
        .filter(({ configuration }) => configuration === name)
        .map(({ runs }) => Number(runs));
      assert.ok(count <= runs.reduce((sum, more) => sum + more, 0));
      assert.ok(medianMs >= 2);
    }
  });

  processTest('takes the plan from a profile, and refuses to without one', async (scratch) => {
    const words = [...engine, '--items', '2'];
    const without = await thinfer(scratch, ['try', 'tiny', ...words]);
    assert.equal(without.status, 3, without.stderr);
    const exact = ['--mode', 'together', '--warmup', '1', '--iterations', '3'];
    assert.equal((await thinfer(scratch, ['profile', 'tiny', ...words, ...exact])).status, 0);
    const { status, stdout, stderr } = await thinfer(scratch, [
      'try',
      'tiny',
      ...words,
      '--budget',
      '2s',
      '--json',
    ]);
    assert.equal(status, 0, stderr);
    const { configurations } = JSON.parse(stdout) as TrialResult;
    assert.deepEqual(
      new Set(configurations.flatMap(({ names }) => names).filter((name) => !/^plan \d$/.test(name))),
      new Set(['plan', 'fat', 'thin', 'default']),
    );
    for (const { groups, pinned } of configurations)
      assert.ok(
        !pinned || groups.reduce((sum, { instances, threads }) => sum + instances * threads, 0) <= cores,
      );
  });

  processTest('predicts a given configuration where its cells are stored', async (scratch) => {
    const words = ['tiny', ...engine, '--cores', '1', '--items', '2'];
    const exact = ['--warmup', '1', '--iterations', '3'];
    assert.equal((await thinfer(scratch, ['profile', ...words, ...exact])).status, 0);
    const given = ['--config', '1x1x2', '--budget', '1s', '--json'];
    const { status, stdout, stderr } = await thinfer(scratch, ['try', ...words, ...given]);
    assert.equal(status, 0, stderr);
    const [row] = (JSON.parse(stdout) as TrialResult).configurations.filter(({ names }) =>
      names.includes('given'),
    );
    assert.ok(row!.predictedMs! > 0);
    assert.notEqual(row!.prediction, null);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    for (const wait of [0, 100, 600])
      processTest(`ended by ${signal} after ${wait} ms says what is kept`, async (scratch) => {
        const words = ['try', 'tiny', '--engine', 'null:delay=600000', '--items', '1', '--config', '1x1x1'];
        const running = startThinfer(scratch, words);
        await until('an instance', () => instancePids().length > 0);
        await sleep(wait);
        running.process.kill(signal);
        const { status, stderr } = await running.ended;
        assert.equal(status, 130, stderr);
        assert.match(stderr, /\[interrupted\].*the profile is kept, the trial is not/);
      });

  processTest(
    'ended by an interrupt after some rounds keeps them, and the plan in force',
    async (scratch) => {
      const words = ['tiny', '--engine', 'null:delay=20', '--items', '2', '--cores', '1'];
      const exact = ['--mode', 'together', '--warmup', '1', '--iterations', '3'];
      assert.equal((await thinfer(scratch, ['profile', ...words, ...exact])).status, 0);
      const running = startThinfer(scratch, ['try', ...words, '--budget', '10m']);
      let told = '';
      running.process.stderr?.on('data', (text) => (told += text));
      await until('the fifth round', () => /round ([5-9]|\d\d)/.test(told));
      running.process.kill('SIGINT');
      const { status, stdout, stderr } = await running.ended;
      assert.deepEqual([status, stdout], [130, ''], stderr);
      const rounds = Number(/the profile and (\d+) rounds of the trial are kept/.exec(stderr)?.[1]);
      assert.ok(rounds >= 3, stderr);
      const [kept] = query(databaseFile(scratch), "SELECT json FROM result WHERE kind = 'trial'");
      const result = JSON.parse(String(kept!['json'])) as TrialResult;
      assert.deepEqual([result.rounds, result.endedBy], [rounds, 'interrupted']);
      assert.equal(query(databaseFile(scratch), 'SELECT * FROM plan_in_force').length, 0);
    },
  );

  processTest('puts its winner in force, which plan shows for that question only', async (scratch) => {
    const words = ['tiny', ...engine, '--cores', '1'];
    const exact = ['--mode', 'together', '--warmup', '1', '--iterations', '3'];
    for (const items of ['2', '3'])
      assert.equal((await thinfer(scratch, ['profile', ...words, '--items', items, ...exact])).status, 0);
    const inForce = async (items: string): Promise<PlanInForce | null> => {
      const { stdout, stderr } = await thinfer(scratch, ['plan', ...words, '--items', items, '--json']);
      assert.notEqual(stdout, '', stderr);
      return (JSON.parse(stdout) as { inForce: PlanInForce | null }).inForce;
    };
    assert.equal(await inForce('2'), null);
    const given = ['try', ...words, '--items', '2', '--config', '1x1x2', '--budget', '1ms'];
    assert.equal((await thinfer(scratch, given)).status, 0);
    assert.equal(await inForce('2'), null);
    const tried = await thinfer(scratch, [
      ...['try', ...words, '--items', '2', '--plans', '1', '--budget', '1ms', '--json'],
    ]);
    const { configurations, winner, endedBy } = JSON.parse(tried.stdout) as TrialResult;
    assert.equal(endedBy, 'budget');
    assert.ok(configurations.every(({ name }) => !name.startsWith('plan 2')));
    const won = configurations.find(({ name }) => name === winner)!;
    const { groups, medianMs, measuredAt } = (await inForce('2'))!;
    assert.deepEqual([groups, medianMs], [won.groups, won.medianMs]);
    assert.ok(Date.parse(measuredAt) <= Date.now());
    assert.equal(await inForce('3'), null);
    const shown = await thinfer(scratch, ['plan', ...words, '--items', '2']);
    assert.match(shown.stdout, /\nIn force is .*: it won the last trial with /);
  });

  processTest('ended by the death of an instance names it and its last moments', async (scratch) => {
    const words = ['try', 'tiny', '--engine', 'null:delay=600000', '--items', '1', '--config', '1x1x1'];
    const running = startThinfer(scratch, words);
    process.kill(await until('an instance', () => instancePids()[0]), 'SIGSEGV');
    const { status, stderr } = await running.ended;
    assert.equal(status, 4, stderr);
    assert.match(stderr, /\[instance-failed\] instance \d+ .*died of SIGSEGV/);
  });

  processTest('of a batch that memory can not hold says so', async (scratch) => {
    const words = ['try', 'tiny', '--engine', 'null', '--items', '400000000', '--config', '1x1x400000000'];
    const { status, stdout, stderr } = await startThinfer(scratch, words).ended;
    assert.deepEqual([status, stdout], [4, ''], stderr);
    assert.match(stderr, /\[out-of-memory\]/);
  });
});

describe('thinfer tune', () => {
  for (const [what, signal, code] of [
    ['an interrupt', 'SIGINT', 130],
    ['the death of an instance', 'SIGSEGV', 4],
  ] as const)
    processTest(`writes the page of profile and plan where ${what} ends the trial`, async (scratch) => {
      const words = ['tune', 'tiny', '--engine', 'null:delay=100', '--cores', '1', '--items', '1'];
      const running = startThinfer(scratch, [...words, '--warmup', '0', '--iterations', '2']);
      let told = '';
      running.process.stderr?.on('data', (text) => (told += text));
      await until('the trial', () => /^trial /m.test(told));
      const victim = signal === 'SIGINT' ? running.pid : await until('an instance', () => instancePids()[0]);
      process.kill(victim, signal);
      const { status, stdout, stderr } = await running.ended;
      assert.deepEqual([status, stdout], [code, ''], stderr);
      const page = /profile and plan are on the page (.*\.html)/.exec(stderr)?.[1];
      assert.equal(page, '.thinfer/reports/tiny-1-item-1-core-null-delay-100.html');
      const base = join(scratch.folder, page.replace('.html', ''));
      assert.match(readFileSync(`${base}.html`, 'utf8'), /Predicted, not yet tried/);
      assert.equal(JSON.parse(readFileSync(`${base}.json`, 'utf8')).trial, null);
      assert.ok(existsSync(`${base}.csv`));
    });
});

describe('a profile', () => {
  processTest('in which an instance dies records that cell as failed and goes on', async (scratch) => {
    const exact = ['--warmup', '1', '--iterations', '3'];
    const words = [
      'profile',
      'tiny',
      '--engine',
      'null:delay=400',
      '--cores',
      '1',
      '--batches',
      '1,2',
      ...exact,
    ];
    const running = startThinfer(scratch, [...words, '--json']);
    const file = databaseFile(scratch);
    const victim = await until('an instance in its first visit', () => existsSync(file) && instancePids()[0]);
    await sleep(100);
    process.kill(victim, 'SIGKILL');
    const { status, stdout, stderr } = await running.ended;
    assert.equal(status, 0, stderr);
    const { measured, failed } = JSON.parse(stdout) as { measured: number; failed: number };
    assert.deepEqual([measured, failed], [1, 1]);
    const [failure] = query(file, "SELECT failure, message FROM point WHERE state = 'failed'");
    assert.equal(failure!['failure'], 'instance-failed');
    assert.match(String(failure!['message']), /killed by SIGKILL/);
    assert.equal(finishedPoints(file).size, 2);
  });
});
