/** What the page, the CSV and the JSON say, without a browser. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { Point } from '../src/profile/types.ts';
import { safeName } from '../src/report/downloads.ts';
import {
  busyFinding,
  cellsFinding,
  latencyFinding,
  planFinding,
  throughputFinding,
  trialFinding,
} from '../src/report/findings.ts';
import { renderReport, reportCsv, reportJson } from '../src/report/index.ts';
import { nearestPoints } from '../src/report/nearest-points.ts';
import { type MeasuredPoint, rateOfMachine, type Series, seriesOf } from '../src/report/series.ts';
import type { TrialResult } from '../src/trial/types.ts';
import { downloadsOf } from './support/page.ts';
import {
  onePointData,
  planOnlyData,
  profileOnlyData,
  sixteenCoreData,
  twoCoreData,
} from './support/report-data.ts';

/** A series with the given medians over threads 1, 2, 4 …, intervals of 1 % to both sides. */
function series(batch: number, medians: readonly number[]): Series {
  const [template] = seriesOf(twoCoreData(), 'alone')[0]!.points;
  return {
    batch,
    points: medians.map((medianMs, index) => ({
      ...template!,
      settings: { ...template!.settings, batch, threads: 2 ** index },
      stats: { ...template!.stats, medianMs, interval: [medianMs * 0.99, medianMs * 1.01] },
    })),
  };
}

function trialWith(change: Partial<TrialResult>): TrialResult {
  return { ...twoCoreData().trial!, ...change };
}

describe('findings', () => {
  const latency: [string, readonly Series[]][] = [
    ['No point of M was measured', []],
    ['M takes 10.0 ms for 4 items on 1 thread', [series(4, [10])]],
    ['More threads do not make M faster', [series(1, [10, 9.9, 10])]],
    ['M stops scaling at 2 threads', [series(1, [10, 6, 5.9]), series(2, [20, 12, 12])]],
    ['4 threads run M 2.50 to 3.33 times as fast as 1', [series(1, [10, 6, 4]), series(2, [20, 11, 6])]],
    ['M scales to 4 threads only from batch 2 up', [series(1, [10, 6, 6]), series(2, [20, 11, 6])]],
    [
      'M stops scaling at 2 to 4 threads, depending on the batch',
      [series(1, [10, 6, 4]), series(2, [20, 11, 11])],
    ],
  ];
  for (const [expected, data] of latency)
    it(expected, () => assert.equal(latencyFinding('M', data), expected));

  it('leave disturbed points out', () => {
    const points = seriesOf(twoCoreData(), 'alone');
    assert.match(latencyFinding('M', points), /^2 threads run M 1\.\d+ to 1\.\d+ times as fast as 1$/);
  });

  it('name the batch beyond which throughput hardly grows', () => {
    const data = [series(1, [10]), series(2, [15]), series(4, [29.5])];
    assert.equal(
      throughputFinding('M', data),
      'Batches above 2 gain M less than 5 %: it peaks at 136 items/s',
    );
    assert.equal(throughputFinding('M', data.slice(0, 2)), 'M peaks at 133 items/s: batch 2 on 1 thread');
  });

  it('compare instances that fill the machine', () => {
    const together = seriesOf(twoCoreData(), 'together');
    assert.match(
      cellsFinding(together),
      /^2 instances of 1 thread get 1\.\d+ times as much done as 1 instance of 2 threads$/,
    );
    assert.equal(cellsFinding([]), 'No cell was measured');
  });

  it('say who wins the trial, or that nobody does', () => {
    const interval = [0.98, 1.1] as const;
    const same = { ...twoCoreData().trial!.speedup, fat: { ratio: 1.04, interval } };
    assert.equal(
      trialFinding(trialWith({})),
      'Thin wins: 2 × 1 thread is 1.12 times as fast as one instance of 2 threads',
    );
    assert.equal(
      trialFinding(trialWith({ speedup: same })),
      'No significant difference between thin and fat',
    );
    const own = { ratio: 1, interval: [1, 1] } as const;
    assert.equal(
      trialFinding(trialWith({ speedup: { ...same, thin: own, fat: null } })),
      'Thin wins: 2 × 1 thread is 1.15 times as fast as the default',
      'the winner is no rival of itself',
    );
    assert.equal(trialFinding(trialWith({ winner: 'unknown', verdict: 'As told.' })), 'As told.');
    assert.match(busyFinding(trialWith({})), /^The plan kept 2\.0 CPUs busy, the default 1\.8$/);
    assert.match(planFinding(planOnlyData()), /^Predicted, not yet tried: .* 1\.13 times as fast as fat$/);
  });
});

/** The two-core data's points measured together, as if on other cores. */
function measuredOn(cores: number): Point[] {
  return twoCoreData()
    .points.filter(({ settings }) => settings.mode === 'together')
    .map((point) => ({ ...point, settings: { ...point.settings, cores } }));
}

describe('points measured on other cores', () => {
  it('are the nearest of those that are enough', () => {
    const all = [...measuredOn(8), ...measuredOn(4), ...measuredOn(3), ...measuredOn(1)];
    const nearest = nearestPoints(all, 'together', 2);
    assert.equal(nearest.length, 10);
    assert.deepEqual(new Set(nearest.map(({ settings }) => settings.cores)), new Set([3]));
    const narrow = nearestPoints(all, 'together', 1);
    assert.deepEqual(new Set(narrow.map(({ settings }) => settings.threads)), new Set([1]));
    assert.deepEqual(nearestPoints(measuredOn(1), 'together', 2), []);
    assert.equal(nearestPoints(twoCoreData().points, 'alone', 1).length, 5, 'alone, cores do not matter');
  });

  it('stand where those on fewer cores failed', () => {
    const { stats, verdict, memory, readBack, replicas, ...rest } = measuredOn(2)[0] as MeasuredPoint;
    const failed: Point = { ...rest, state: 'failed', failure: 'out-of-memory', message: 'too large' };
    const [kept] = nearestPoints([failed, ...measuredOn(4)], 'together', 2);
    assert.deepEqual([kept?.state, kept?.settings.cores], ['measured', 4]);
    assert.deepEqual(nearestPoints([failed], 'together', 2), [failed]);
  });

  it('are labelled, and count as many replicas as the asked cores hold', () => {
    const exact = twoCoreData();
    const points = [...exact.points.filter(({ settings }) => settings.mode === 'alone'), ...measuredOn(4)];
    const data = { ...exact, points };
    assert.deepEqual(
      seriesOf(data, 'together').flatMap((one) => one.points.map(rateOfMachine)),
      seriesOf(exact, 'together').flatMap((one) => one.points.map(rateOfMachine)),
    );
    const page = renderReport(data);
    assert.match(page, /All points measured on 4 cores\./);
    assert.match(page, /<td>trusted, measured on 4 cores<\/td>/);
    assert.match(page, /<td>trusted; measured on 4 cores<\/td>/);
    assert.match(renderReport({ ...data, trial: null }), /<p class="lede">[^<]*measured on 4 cores\./);
    assert.doesNotMatch(renderReport(exact), /measured on \d cores?/);
    const mixed = [...exact.points.slice(0, -1), ...measuredOn(4)];
    assert.match(renderReport({ ...exact, points: mixed }), / 1 of 10 points measured on 4 cores\./);
  });
});

/** Fields of an RFC 4180 text. */
function parseCsv(text: string): string[][] {
  return text
    .split('\r\n')
    .filter((row) => row !== '')
    .map((row) =>
      [...row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
        (field) => field[1]?.replaceAll('""', '"') ?? field[2] ?? '',
      ),
    );
}

describe('downloads', () => {
  it('CSV has a row per point and quotes what it must', () => {
    const data = profileOnlyData();
    const [head = [], ...rows] = parseCsv(reportCsv(data));
    assert.equal(rows.length, data.points.length);
    assert.ok(rows.every((row) => row.length === head.length));
    const failed = rows.find((row) => row[head.indexOf('batch_size')] === '64') ?? [];
    assert.equal(failed[head.indexOf('state')], 'out-of-memory');
    assert.equal(failed[head.indexOf('latency(median)')], '');
    assert.equal(failed[head.indexOf('benchmark')], data.model.name);
    assert.equal(new Set(head).size, head.length);
  });

  it('CSV keeps every digit', () => {
    const data = twoCoreData();
    const [head = [], row = []] = parseCsv(reportCsv(data));
    const [point] = data.points;
    assert.ok(point?.state === 'measured');
    assert.equal(Number(row[head.indexOf('latency(median)')]), point.stats.medianMs);
  });

  it('JSON is the data', () => {
    assert.deepEqual(JSON.parse(reportJson(sixteenCoreData())), sixteenCoreData());
  });

  it('hang in the page whole, packed where big', () => {
    for (const data of [twoCoreData(), sixteenCoreData()]) {
      const contents = [...downloadsOf(renderReport(data))].map(([name, bytes]) =>
        (name.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'),
      );
      assert.deepEqual(contents, [reportCsv(data), reportJson(data)]);
    }
  });

  it('names are safe', () => {
    assert.equal(safeName('../../etc/pass wd"><'), 'etc-pass-wd');
    assert.equal(safeName('..'), 'model');
    assert.equal(safeName('bert-base_v1.2'), 'bert-base_v1.2');
  });
});

describe('page', () => {
  it('is light and self-contained', () => {
    for (const data of [
      twoCoreData(),
      sixteenCoreData(),
      profileOnlyData(),
      planOnlyData(),
      onePointData(),
    ]) {
      const page = renderReport(data);
      assert.ok(page.length < 400_000, `${page.length} bytes`);
      assert.doesNotMatch(page, /<script|<iframe|@import|url\(|(?:src|href)="(?!data:)/i);
      assert.match(page, /<html lang="en">/);
      assert.doesNotMatch(page, /undefined|NaN|\[object/);
    }
  });

  it('bears intervals without bounds', () => {
    const { trial, points, ...data } = twoCoreData();
    const unbounded = [0, Number.MAX_SAFE_INTEGER] as const;
    const ratio = { ratio: 1.1, interval: unbounded };
    const page = renderReport({
      ...data,
      points: points.map((point) =>
        point.state === 'measured' ? { ...point, stats: { ...point.stats, interval: unbounded } } : point,
      ),
      trial: {
        ...trial!,
        configurations: trial!.configurations.map((one) => ({
          ...one,
          interval: unbounded,
          overDefault: ratio,
        })),
        speedup: { plan: null, fat: ratio, thin: ratio, default: ratio },
      },
    });
    assert.doesNotMatch(page, /NaN|Infinity|\d,\d{3},\d{3},\d{3}/);
    assert.match(page, /0–∞/);
  });

  it('says how far apart the instances of each configuration began', () => {
    assert.match(renderReport(twoCoreData()), /<td class="n">0\.322 · 0\.120 %<\/td>/);
  });

  it('says where short sets are slower than predicted', () => {
    const { trial, ...data } = twoCoreData();
    const page = (share: number): string =>
      renderReport({
        ...data,
        trial: {
          ...trial!,
          configurations: trial!.configurations.map((one) => ({
            ...one,
            medianMs: one.medianMs * share,
            predictedMs: one.predictedMs === null ? null : (one.predictedMs * share) / 3,
          })),
        },
      });
    assert.match(page(0.001), /<p class="note">Took up to 3\.\d+ times as long as predicted/);
    assert.doesNotMatch(page(1), /times as long as predicted/);
  });

  it('stands without any measured point', () => {
    const failed = profileOnlyData().points.filter(({ state }) => state === 'failed');
    for (const points of [[], failed]) {
      const page = renderReport({ ...onePointData(), points });
      assert.match(page, /No point of tiny \(synthetic\) was measured/);
      assert.doesNotMatch(page, /undefined|NaN|Infinity/);
    }
  });

  it('shows names that hold markup as text', () => {
    const { model, ...data } = profileOnlyData();
    const page = renderReport({
      ...data,
      model: { ...model, file: '"><img src=x onerror=alert(1)>' },
      command: '</pre><b>',
    });
    assert.doesNotMatch(page, /<script|<img|<pre[^>]*><code><\/pre>/);
    assert.match(page, /&lt;\/pre&gt;&lt;b&gt;/);
    assert.match(page, /&lt;script&gt;/);
  });

  it('is the same from the same data', () => {
    assert.equal(renderReport(sixteenCoreData()), renderReport(sixteenCoreData()));
  });
});
