import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { applyConf, type Conf, parseConf } from './conf.ts';
import { officialConf } from './official-conf.ts';

function read(text: string): Conf {
  const parsed = parseConf(text);
  assert.ok(parsed.state === 'read', JSON.stringify(parsed));
  return parsed.conf;
}

const settingsOf = (text: string, model: string, scenario: 'Server' | 'SingleStream'): object => {
  const applied = applyConf(read(text), model, scenario);
  assert.ok(applied.state === 'applied', `${scenario} of ${model}`);
  return applied.settings;
};

describe('a configuration', () => {
  it('has comments, empty lines and numbers of several kinds', () => {
    const conf = read(
      '# a comment\n\n  a.Server.target_qps = 1.5e3\n*.*.qsl_rng_seed = 0xffffffffffffffff\n',
    );
    assert.deepEqual([...conf.keys()], ['a.Server.target_qps', '*.*.qsl_rng_seed']);
    assert.deepEqual(applyConf(conf, 'a', 'Server'), {
      state: 'applied',
      settings: { qslRngSeed: 2n ** 64n - 1n, serverTargetQps: 1500 },
    });
  });

  it('is looked up by model and scenario, then scenario, then model, then neither', () => {
    const lines = [
      '*.*.min_duration = 1',
      'm.*.min_duration = 2',
      '*.Server.min_duration = 3',
      'm.Server.min_duration = 4',
    ];
    for (let count = 1; count <= 4; count++)
      assert.deepEqual(settingsOf(lines.slice(0, count).join('\n'), 'm', 'Server'), { minDurationMs: count });
    assert.deepEqual(settingsOf(lines.join('\n'), 'other', 'Server'), { minDurationMs: 3 });
    assert.deepEqual(settingsOf(lines.join('\n'), 'm', 'SingleStream'), { minDurationMs: 2 });
  });

  it('has times in ms and percentiles in percent', () => {
    const text = '*.Server.target_latency = 15\n*.Server.target_latency_percentile = 99\n';
    assert.deepEqual(settingsOf(text, 'm', 'Server'), {
      serverTargetLatencyNs: 15_000_000,
      serverTargetLatencyPercentile: 0.99,
    });
    const stream = '*.SingleStream.target_latency = 0.5\n';
    assert.deepEqual(settingsOf(stream, 'm', 'SingleStream'), { singleStreamExpectedLatencyNs: 500_000 });
  });

  it('is told with every wrong line at once', () => {
    const parsed = parseConf('a.b.c=1\na.b.c = x\na.b.c =\na.b.c = 1 # one\n#comment\n');
    assert.ok(parsed.state === 'wrong');
    assert.deepEqual(
      parsed.problems.map((problem) => problem.split(':')[0]),
      ['line 1', 'line 2', 'line 3', 'line 4', 'line 5'],
    );
  });

  it('is refused with every value that is out of range, and where it asks for what is not here', () => {
    const text =
      '*.Server.target_qps = 0\n*.*.min_query_count = 0\nm.*.use_token_latencies = 1\n*.*.mode = 2\n';
    const applied = applyConf(read(text), 'm', 'Server');
    assert.ok(applied.state === 'wrong');
    assert.deepEqual(applied.problems.map((problem) => problem.slice(0, 6)).toSorted(), [
      'line 1',
      'line 2',
      'line 3',
    ]);
  });

  it("of MLPerf's rules is whole", () => {
    const conf = read(officialConf);
    for (const scenario of ['SingleStream', 'MultiStream', 'Server', 'Offline'] as const)
      for (const model of ['resnet50', 'bert', 'mine'])
        assert.equal(applyConf(conf, model, scenario).state, 'applied');
    assert.deepEqual(settingsOf(officialConf, 'resnet50', 'Server'), {
      qslRngSeed: 2085463073848966840n,
      sampleIndexRngSeed: 2747215439041700203n,
      scheduleRngSeed: 16159082839903944936n,
      minDurationMs: 600_000,
      performanceSampleCountOverride: 1024,
      serverTargetLatencyNs: 15_000_000,
      serverTargetLatencyPercentile: 0.99,
      serverTargetQps: 1,
    });
  });
});
