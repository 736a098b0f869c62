/** What pages and sweeps take from a project folder beside points: peaks by engine, utilisation by machine, whatever a bundle brought. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readBundle } from '../src/bundle/index.ts';
import { expectedRate } from '../src/cli/expected-rate.ts';
import { storedFacts } from '../src/cli/site-facts.ts';
import type { PointFacts } from '../src/dataset/index.ts';
import { describeEngine } from '../src/engine/index.ts';
import { readMachine, topologyHash } from '../src/machine/index.ts';
import { type PointSettings, toPoint } from '../src/profile/index.ts';
import { type StoredRecord, StoreReader } from '../src/store/index.ts';
import { fillProject, machineRecord, projectRecords, resultRecords } from './support/records.ts';

const work = mkdtempSync(join(tmpdir(), 'thinfer-facts-'));
after(() => rmSync(work, { recursive: true, force: true }));

let folders = 0;
const freshFolder = (): string => join(work, `project-${folders++}`);

const machine = readMachine();
const here = { cpuModel: machine.cpuModel, topology: topologyHash(machine) };
const [real, fast, slow] = ['onnxruntime', 'null', 'null:delay=5'].map(describeEngine);
const modelHash = 'a'.repeat(64);
const peakHash = 'b'.repeat(64);
const subject = `${modelHash}-{}`;

/** Points of a model, one cell; `factor` times as slow as 10 ms. */
const cellOf = (settings: Partial<PointSettings>, factor = 1): Parameters<typeof fillProject>[1] =>
  projectRecords({ settings: { ...here, ...settings }, threads: [1], batches: [1], factor: () => factor });

const model = (engine = real!): Partial<PointSettings> => ({
  model: { name: 'm', contentHash: modelHash },
  engine,
});
const peak = (engine = real!): Partial<PointSettings> => ({
  model: { name: 'peak-product', contentHash: peakHash },
  engine,
});

type Results = Parameters<typeof resultRecords>[1];

function addResults(folder: string, results: Results): void {
  const own = machineRecord();
  fillProject(folder, [own, ...resultRecords(own.hash, results)]);
}

const costOf = (hash: string, flopsPerItem: unknown, madeAt?: string): Results[number] => ({
  of: 'model-cost',
  subject: `${hash}-{}`,
  json: { name: 'm', dims: {}, flopsPerItem, parameters: 1, bytes: 4 },
  ...(madeAt === undefined ? {} : { madeAt }),
});

function withFacts<T>(folder: string, use: (facts: PointFacts, settings: PointSettings[]) => T): T {
  using store = StoreReader.openToRead(folder);
  const places = [...store.measurements(null)].map(({ hash, settings, stored, ...rest }) => ({
    point: toPoint(hash, settings, stored),
    ...rest,
  }));
  const settings = places.map(({ point }) => point.settings);
  return use(storedFacts(store, places), settings);
}

describe('a machine’s peak', () => {
  const folder = freshFolder();
  fillProject(folder, cellOf(model(), 10));
  fillProject(folder, cellOf(peak(), 1));
  fillProject(folder, cellOf(peak(fast), 0.001));
  fillProject(folder, cellOf(peak(slow), 0.5));
  addResults(folder, [costOf(peakHash, 1e9)]);

  it('is that of the engine', () => {
    const rate = (engine: PointSettings['engine']): number =>
      withFacts(folder, ({ peakGflops }, [settings]) => peakGflops({ ...settings!, engine })?.get(1) ?? 0);
    const near = (value: number, expected: number): void =>
      assert.ok(Math.abs(value / expected - 1) < 0.02, `${value}`);
    near(rate(real!), 100);
    near(rate(fast!), 100_000);
    near(rate(slow!), 200);
    assert.equal(rate({ ...real!, version: '0.0.1' }), 0);
  });

  it('that a sweep reckons with is that of its engine, options and all', () => {
    const rate = (engine: string): number | null => expectedRate(folder, machine, engine);
    assert.deepEqual(
      ['onnxruntime', 'null', 'null:delay=5'].map((engine) => Math.round(Math.log10(rate(engine)! * 2) * 10)),
      [20, 50, 23],
    );
    assert.equal(rate('null:delay=6'), null);
    assert.equal(expectedRate(folder, { ...machine, cpuModel: 'Another CPU' }, 'null'), null);
  });
});

const run = {
  placed: 'pinned',
  threads: 1,
  pinnedTo: [0],
  runs: 9,
  cpus: [0, 1],
  stepMs: 200,
  busy: [
    [1, 1],
    [0, 0.5],
  ],
};
const utilisation = (change: object = {}): object => ({
  model: 'm',
  dims: {},
  batch: 1,
  ...here,
  engine: { name: real!.name, version: real!.version },
  cores: 2,
  runs: [run],
  ...change,
});

describe('utilisation', () => {
  const seen = (...results: object[]): readonly number[] | null => {
    const folder = freshFolder();
    fillProject(folder, cellOf(model()));
    addResults(
      folder,
      results.map((json, day) => ({
        of: 'utilisation',
        subject,
        json,
        madeAt: `2026-01-0${day + 1}T00:00:00.000Z`,
      })),
    );
    return withFacts(folder, (facts, [settings]) => facts.utilisation(settings!)?.[0]?.busy[1] ?? null);
  };

  it('is that of the machine, the last that was recorded there', () => {
    const busy = (share: number): object => ({ runs: [{ ...run, busy: [[1], [share]] }] });
    assert.deepEqual(
      seen(
        utilisation(busy(0.1)),
        utilisation(busy(0.2)),
        utilisation({ ...busy(0.3), cpuModel: 'Another CPU' }),
        utilisation({ ...busy(0.4), topology: '00' }),
        utilisation({ ...busy(0.5), engine: { name: 'null', version: '1' } }),
      ),
      [0.2],
    );
    assert.equal(seen(utilisation({ cpuModel: 'Another CPU' })), null);
  });

  it('is in the study that lies in bench', async () => {
    const folder = freshFolder();
    const records: StoredRecord[] = [];
    const file = join(import.meta.dirname, '../bench/results/studies/two-cores.jsonl.gz');
    await readBundle(file, (record) => records.push(record));
    fillProject(folder, records);
    withFacts(folder, (facts, all) => {
      const drawn = all.filter((settings) => facts.utilisation(settings)?.length === 2);
      assert.deepEqual(
        [...new Set(drawn.map(({ model: { name }, dims }) => `${name} ${JSON.stringify(dims)}`))].sort(),
        ['bert-base-uncased {"sequence":32}', 'resnet50 {}'],
      );
    });
  });

  it('of another form is left out', () => {
    const { topology: _, ...older } = utilisation() as { topology: string };
    const strange = [
      {},
      older,
      utilisation({ runs: null }),
      utilisation({ runs: [{ ...run, busy: [] }] }),
      utilisation({ runs: [{ ...run, busy: [[1], [0, 1]] }] }),
      utilisation({ runs: [{ ...run, busy: [['1'], [0]] }] }),
    ];
    for (const one of strange) {
      assert.equal(seen(one), null, JSON.stringify(one));
      assert.deepEqual(seen(utilisation(), one), [0, 0.5], JSON.stringify(one));
    }
  });
});

describe('results of another form', () => {
  const later = '2026-02-01T00:00:00.000Z';
  const sweep = {
    name: null,
    model: 'm',
    ...here,
    design: 'factorial',
    skipped: [{ setting: 'threads 9', reason: 'too many', cells: 2 }],
  };
  const { skipped: _, ...without } = sweep;

  it('of sweeps are left out', () => {
    for (const json of [null, 7, {}, without, { ...sweep, skipped: [null] }]) {
      const folder = freshFolder();
      fillProject(folder, cellOf(model()));
      addResults(folder, [
        { of: 'sweep', subject: modelHash, json: sweep },
        { of: 'sweep', subject: modelHash, json, madeAt: later },
      ]);
      withFacts(folder, (facts, [settings]) => {
        assert.deepEqual(facts.skipped(settings!), sweep.skipped, JSON.stringify(json));
      });
    }
  });

  it('of costs are left out', () => {
    for (const flops of ['<b>', -1, [], undefined]) {
      const folder = freshFolder();
      fillProject(folder, cellOf(model()));
      addResults(folder, [costOf(modelHash, 5), costOf(modelHash, flops, later)]);
      withFacts(folder, (facts, [settings]) => {
        assert.equal(facts.flopsPerItem(settings!), 5, JSON.stringify(flops));
      });
    }
  });
});
