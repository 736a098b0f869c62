/** Bundles of the right form and hashes that hold what no thinfer writes: refused, or drawn without it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readBundle, writeBundle } from '../src/bundle/index.ts';
import type { StoredRecord } from '../src/store/index.ts';
import { thinfer } from './support/command.ts';
import { processTest } from './support/process-test.ts';
import { machineRecord, projectRecords, resultRecords } from './support/records.ts';

const work = mkdtempSync(join(tmpdir(), 'thinfer-strange-'));
after(() => rmSync(work, { recursive: true, force: true }));

const file = join(work, 'strange.jsonl.gz');
const contentHash = 'e99f5c49e99f5c49e99f5c49e99f5c49';
const result = (json: unknown, of = 'sweep', subject = contentHash): StoredRecord[] =>
  resultRecords(machineRecord().hash, [{ of, subject, json }]);

const changed = (change: (record: StoredRecord) => object): StoredRecord[] =>
  [...projectRecords()].map((record) => change(record) as StoredRecord);

const withMachine = (facts: object): StoredRecord[] =>
  changed((record) => {
    const hash = createHash('sha256')
      .update(JSON.stringify({ ...(machineRecord().machine as object), ...facts }))
      .digest('hex')
      .slice(0, 32);
    if (record.kind === 'machine')
      return { ...record, hash, machine: { ...(record.machine as object), ...facts } };
    return record.kind === 'point' ? { ...record, machine: hash } : record;
  });

const refuses = (message: RegExp): Promise<void> =>
  assert.rejects(readBundle(file), (error: Error) => {
    assert.match(error.message, message);
    assert.equal('code' in error && error.code, 'store-invalid');
    return true;
  });

describe('a bundle is refused', () => {
  const stopped = changed((record) =>
    record.kind === 'visit'
      ? {
          ...record,
          replicas: record.replicas.map((one) => ({ ...one, durationNs: one.durationNs.map(() => 0) })),
        }
      : record,
  );
  const sampled = (durationNs: number): StoredRecord[] =>
    result({}, 'trial').map((record) => ({
      ...record,
      samples: [{ configuration: '1x1x1', round: 0, durationNs: [durationNs] }],
    })) as never;
  const facts: [object, string][] = [
    [{ isa: 7 }, 'isa'],
    [{ governors: 'performance' }, 'governors'],
    [{ usable: [null] }, 'usable.0'],
    [{ memoryBytes: '<b>' }, 'memoryBytes'],
    [{ numaNodes: 2 }, 'numaNodes'],
    [{ clockMhz: 3000 }, 'clockMhz'],
    [{ hugePages: {} }, 'hugePages'],
  ];
  const cases: [string, StoredRecord[], RegExp][] = [
    ['with runs that took no time', stopped, /line 4: replicas\.0\.durationNs\.0/],
    [
      'with a trial’s runs that took no time',
      [...projectRecords(), ...sampled(0)],
      /samples\.0\.durationNs\.0/,
    ],
    ...facts.map(([fact, name]): [string, StoredRecord[], RegExp] => [
      `with a machine of ${JSON.stringify(fact)}`,
      withMachine(fact),
      new RegExp(`line 2: machine\\.${name.replace('.', '\\.')}: `),
    ]),
  ];
  for (const [what, records, message] of cases)
    it(what, async () => {
      await writeBundle(file, () => records);
      await refuses(message);
    });

  it('with lists and objects deep in each other, however deep', async () => {
    const mark = '"deep"';
    await writeBundle(file, () => [...projectRecords(), ...result('deep')]);
    const [first, ...lines] = gunzipSync(readFileSync(file)).toString('utf8').trimEnd().split('\n');
    for (const depth of [64, 200_000, 30_000_000]) {
      const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
      const body = `${lines.join('\n').replace(mark, deep)}\n`;
      const sha256 = createHash('sha256').update(body).digest('hex');
      const header = { ...JSON.parse(first!), bytes: Buffer.byteLength(body), sha256 };
      writeFileSync(file, gzipSync(`${JSON.stringify(header)}\n${body}`, { level: 1 }));
      await refuses(/line 27: has lists and objects more than 64 deep in each other/);
    }
  });

  it('but not where a machine tells all that this one can tell, or nothing', async () => {
    const whole = {
      clockMhz: { lowest: null, highest: 3000 },
      governors: [],
      turbo: null,
      usable: [0, 1],
      quotaCores: null,
      numaNodes: [{ id: 0, cpus: [0, 1], memoryBytes: 1 }],
      memoryBytes: 2 ** 34,
      memoryLimitBytes: 2 ** 63,
      isa: ['avx2'],
    };
    for (const records of [withMachine(whole), withMachine({}), [...projectRecords(), ...sampled(1)]]) {
      await writeBundle(file, () => records);
      assert.equal((await readBundle(file)).lines.point, 6);
    }
  });
});

processTest('results of another form do not keep pages from being drawn', async (scratch) => {
  const machine = machineRecord().hash;
  const subject = `${contentHash}-{}`;
  const strange = [null, {}, [], 7, { skipped: null, runs: null }].flatMap((json) => [
    {
      of: 'sweep',
      subject: contentHash,
      json: { ...(json as object), cpuModel: 'A CPU', topology: '47d07d42' },
    },
    { of: 'sweep', subject: contentHash, json },
    { of: 'utilisation', subject, json },
    { of: 'model-cost', subject, json },
  ]);
  const bundle = join(scratch.folder, 'strange.jsonl.gz');
  await writeBundle(bundle, () => [...projectRecords(), ...resultRecords(machine, strange)]);
  for (const words of [
    ['import', bundle],
    ['report', '--site', 'site', '--only', 'latency'],
    ['export', 'made-up', '--out', 'again.jsonl.gz'],
  ]) {
    const { status, stderr } = await thinfer(scratch, words);
    assert.equal(status, 0, stderr);
  }
  assert.equal(globSync('site/made-up*/index.html', { cwd: scratch.folder }).length, 1);
});
