/**
 * MLPerf's scenarios against the real LoadGen: what it did and said is recorded in `test/fixtures/loadgen/`, and where LoadGen can be
 * had it is run anew with other seeds.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { applyConf, parseConf } from '../src/load/mlperf/conf.ts';
import { detailLog } from '../src/load/mlperf/detail-log.ts';
import type { LoggedRun } from '../src/load/mlperf/logged-run.ts';
import { officialConf } from '../src/load/mlperf/official-conf.ts';
import { bareSettings, type MlperfSettings, type Scenario } from '../src/load/mlperf/settings.ts';
import { summaryLog } from '../src/load/mlperf/summary-log.ts';
import { traceLog } from '../src/load/mlperf/trace-log.ts';
import {
  detailOf,
  type LoadGenJob,
  type LoadGenRecord,
  runLoadGen,
  settingNames,
  traceLines,
} from './peers/loadgen.ts';
import { loadGenJobs } from './peers/loadgen-jobs.ts';
import { replay } from './peers/replay-loadgen.ts';
import { usePeer } from './support/peers.ts';

const folder = resolve(import.meta.dirname, 'fixtures/loadgen');
const recorded = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => [
      name.replace('.json', ''),
      JSON.parse(readFileSync(join(folder, name), 'utf8')) as LoadGenRecord,
    ]),
);

/** Of keys that tell of LoadGen's own build, of the time of day, or of a moment that no log holds. */
const ownValues =
  /^(loadgen_|test_datetime|get_sut_name_duration_ns|power_|logger_|result_qps_with_loadgen_overhead)/;
/** The detail log writes 6 digits of a rate. */
const rounding = 1e-5;

function sameSchedule(real: LoadGenRecord, { queries, settings }: LoggedRun): void {
  assert.deepEqual([...queries.samples.subarray(0, real.samples.length)], real.samples, 'samples');
  if (settings.scenario !== 'Server') return;
  const steps = real.dueStepsNs.map((_, at) => queries.dueNs[at]! - (queries.dueNs[at - 1] ?? 0));
  assert.deepEqual(steps, real.dueStepsNs, 'schedule');
}

function sameDetail(real: LoadGenRecord, run: LoggedRun): void {
  const ours = detailOf(detailLog(run, 1));
  assert.deepEqual(
    ours.map(([key]) => key),
    real.detail.map(([key]) => key),
    'keys of the detail log',
  );
  const values = (pairs: LoadGenRecord['detail']): object =>
    pairs.filter(([key]) => !ownValues.test(key)).map(([key, value]) => `${key} = ${value}`);
  assert.deepEqual(values(ours), values(real.detail), 'values of the detail log');
  if (run.settings.scenario === 'SingleStream') sameStart(real, run, valueAt(ours, rateOfAll));
}

const rateOfAll = 'result_qps_with_loadgen_overhead';
const valueAt = (pairs: LoadGenRecord['detail'], wanted: string): number =>
  Number(pairs.find(([key]) => key === wanted)![1]);

/**
 * LoadGen's start is in no log: a rate from there tells it. It lies after the queries were generated and before the first was sent,
 * which is a µs, and more where the machine took the core away in between.
 */
function sameStart(real: LoadGenRecord, run: LoggedRun, ourRate: number): void {
  const spanNs = (rate: number): number => ((run.result.sampleCount - 1) * 1e9) / rate;
  const realNs = spanNs(valueAt(real.detail, rateOfAll));
  const earlierNs = realNs - spanNs(ourRate);
  const slackNs = rounding * realNs;
  const mostNs = beforeFirstNs(real);
  const told = `the start ${earlierNs} ns before the first step, of ${mostNs} ns since the queries were generated`;
  assert.ok(earlierNs >= -slackNs && earlierNs <= mostNs + slackNs, told);
}

/** From the end of generating queries to the first step of the loop that sends them. */
function beforeFirstNs({ lines, dueStepsNs }: LoadGenRecord): number {
  const generated = /"GenerateQueries".*"ts":([\d.]+),"dur":([\d.]+)/.exec(lines.join('\n'))!;
  const first = /"ts":([\d.]+),"args":\{"sample_seq":0,/.exec(lines.join('\n'))!;
  return (Number(first[1]) - Number(generated[1]) - Number(generated[2])) * 1000 - dueStepsNs[0]!;
}

/** Without the rate that hangs on the start, and the warnings of LoadGen's own logger. */
const comparable = (summary: string): string[] =>
  summary.split('\n').filter((line) => !/^QPS w\/ loadgen|warnings? encountered/.test(line));

function same(real: LoadGenRecord): void {
  const run = replay(real);
  sameSchedule(real, run);
  sameDetail(real, run);
  assert.deepEqual(comparable(summaryLog(run)), comparable(real.summary), 'summary');
}

describe('what the real LoadGen did', () => {
  it('is recorded for every job', () => {
    assert.deepEqual([...recorded.keys()], Object.keys(loadGenJobs).toSorted());
  });
  for (const [name, real] of recorded)
    it(`${name}: the same schedule, samples, numbers, verdict and logs`, () => {
      assert.deepEqual(real.job, loadGenJobs[name]);
      same(real);
    });
  it('has valid and invalid runs in each scenario', () => {
    const seen = new Set(
      [...recorded.values()].map(
        ({ job, summary }) => `${job.scenario} ${/Result is : (\w+)/.exec(summary)![1]}`,
      ),
    );
    for (const scenario of ['SingleStream', 'MultiStream', 'Server', 'Offline'])
      for (const verdict of ['VALID', 'INVALID']) assert.ok(seen.has(`${scenario} ${verdict}`), scenario);
  });
});

describe('the form of the logs', () => {
  /** Numbers, names of files and strings of the build differ; everything else must not. */
  const form = (line: string): string =>
    line
      .replace(/"value": ".*?", "time/, '"value": "…", "time')
      .replace(/"file": ".*?"/, '"file": "…"')
      .replaceAll(/\d+/g, '0');
  for (const name of ['judged-server-slow', 'judged-single-valid', 'judged-offline-valid'])
    it(`${name}: lines of the detail log and the trace`, () => {
      const real = recorded.get(name)!;
      const run = replay(real);
      const trace = [...traceLog(run, 1)].join('');
      const ours = [detailLog(run, 1).split('\n')[0]!, ...traceLines(trace)];
      assert.deepEqual(ours.map(form), real.lines.map(form));
      const { traceEvents } = JSON.parse(trace) as { readonly traceEvents: readonly object[] };
      const perSample = real.job.scenario === 'Server' ? 3 : 2;
      assert.equal(traceEvents.length, 3 + perSample * real.samples.length);
    });
  it('the detail log is JSON after its mark', () => {
    for (const real of recorded.values())
      for (const line of detailLog(replay(real), 1).trimEnd().split('\n')) {
        assert.ok(line.startsWith(':::MLLOG '));
        JSON.parse(line.slice(':::MLLOG '.length));
      }
  });
});

const models =
  'resnet50,retinanet,bert,dlrm-v2,3d-unet,rnnt,stable-diffusion-xl,pointpainting,rgat,mine'.split(',');
const userConf = resolve(folder, 'user.conf');

function configured(model: string, scenario: Scenario): MlperfSettings {
  const settings = [officialConf, readFileSync(userConf, 'utf8')].map((text) => {
    const parsed = parseConf(text);
    assert.ok(parsed.state === 'read');
    const applied = applyConf(parsed.conf, model, scenario);
    assert.ok(applied.state === 'applied');
    return applied.settings;
  });
  return { ...bareSettings, ...settings[0], ...settings[1], scenario };
}

/** Names of fields that other scenarios have. */
function otherScenarios(scenario: Scenario): RegExp {
  const names = {
    SingleStream: 'single_stream',
    MultiStream: 'multi_stream',
    Server: 'server',
    Offline: 'offline',
  };
  const others = Object.entries(names).filter(([name]) => name !== scenario);
  return new RegExp(`^(${others.map(([, prefix]) => prefix).join('|')})_`);
}

/** Python writes a double as 10.0, and its truth as True. */
const comparableValue = (text: string): string => text.toLowerCase().replace(/\.0$/, '');

describe('the real LoadGen, run now', () => {
  const peer = usePeer('loadgen');
  const seed = String(Date.now());
  const fresh = (name: string): LoadGenJob => {
    const job = loadGenJobs[name]!;
    const seeds = { qsl_rng_seed: seed, sample_index_rng_seed: seed, schedule_rng_seed: seed };
    return { ...job, settings: { ...job.settings, ...seeds } };
  };
  for (const name of Object.keys(loadGenJobs))
    it(`${name} with a seed of now`, (context) => {
      if (peer.skip !== false) return context.skip(peer.skip);
      same(runLoadGen(peer.command, fresh(name)));
    });
  it('reads the same settings from a configuration, over its own rules', (context) => {
    if (peer.skip !== false) return context.skip(peer.skip);
    const fields = Object.keys(settingNames);
    const { status, stdout, stderr } = spawnSync(
      peer.command,
      [resolve(import.meta.dirname, 'peers/loadgen_conf.py'), userConf, models.join(','), fields.join(',')],
      { encoding: 'utf8' },
    );
    assert.equal(status, 0, stderr);
    const real = JSON.parse(stdout) as Readonly<Record<string, Readonly<Record<string, string>>>>;
    assert.equal(Object.keys(real).length, 4 * models.length);
    for (const [key, values] of Object.entries(real)) {
      const [model, scenario] = key.split(' ') as [string, Scenario];
      const ours = configured(model, scenario);
      // Each scenario's own fields only: ours reads no others.
      const used = fields.filter((name) => !otherScenarios(scenario).test(name));
      for (const name of used)
        assert.equal(
          comparableValue(String(ours[settingNames[name]!])),
          comparableValue(values[name]!),
          `${key} ${name}`,
        );
    }
  });
  // Not a seed of now: once in some millions of gaps of seconds the last bit of a logarithm makes a ns, as docs/mlperf.md says.
  it('a million gaps at 3 rates add up to the same ns', (context) => {
    if (peer.skip !== false) return context.skip(peer.skip);
    for (const qps of [0.5, 20, 50_000]) {
      const settings = {
        server_target_qps: qps,
        min_query_count: 1_000_000,
        max_query_count: 1,
        min_duration_ms: 0,
      };
      const job: LoadGenJob = {
        ...{ scenario: 'Server', library: [100, 64], delaysUs: [] },
        settings: { ...settings, schedule_rng_seed: '20190621' },
      };
      const real = runLoadGen(peer.command, job);
      const told = real.detail.find(([key]) => key === 'generated_query_duration')![1];
      assert.equal(String(replay(real).queries.durationNs), told, `${qps}/s`);
    }
  });
});
