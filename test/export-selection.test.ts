/** What `thinfer export MODEL` takes along: all that the model's pages are drawn from, and nothing of other models. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { readBundle } from '../src/bundle/index.ts';
import { selectRecords } from '../src/cli/export-selection.ts';
import { storedFacts } from '../src/cli/site-facts.ts';
import { type PointSettings, toPoint } from '../src/profile/index.ts';
import { RecordReader, type StoredRecord, StoreReader } from '../src/store/index.ts';
import { fillProject, machineRecord, projectRecords, resultRecords } from './support/records.ts';

const work = mkdtempSync(join(tmpdir(), 'thinfer-selection-'));
after(() => rmSync(work, { recursive: true, force: true }));

function selected(folder: string, ...names: string[]): StoredRecord[] {
  using reader = RecordReader.open(folder);
  return [...reader.records(selectRecords(names, reader))];
}

const modelsOf = (records: readonly StoredRecord[]): string[] => {
  const points = records.flatMap((record) =>
    record.kind === 'point' ? [record.settings as PointSettings] : [],
  );
  return [...new Set(points.map(({ model, cpuModel }) => `${model.name}, ${cpuModel}`))].sort();
};

const resultsOf = (records: readonly StoredRecord[]): string[] =>
  records.flatMap((record) => (record.kind === 'result' ? [`${record.of} ${record.subject}`] : [])).sort();

it('a model takes what sweeps stored beside its points, and the peak of its machines', () => {
  const folder = join(work, 'made-up');
  const points: [name: string, hash: string, settings?: Partial<PointSettings>][] = [
    ['a', 'aa'],
    ['b', 'bb'],
    ['b', 'bb', { cpuModel: 'Another CPU' }],
    ['peak-product', 'cc'],
    ['peak-product', 'cc', { cpuModel: 'Another CPU' }],
    ['peak-convolution', 'dd', { topology: '00' }],
  ];
  for (const [name, contentHash, settings] of points)
    fillProject(
      folder,
      projectRecords({ settings: { model: { name, contentHash }, ...settings }, threads: [1] }),
    );
  const { hash } = machineRecord();
  const kinds = ['model-cost', 'utilisation', 'sweep'];
  const subjects = ['aa', 'bb', 'cc', 'dd'].flatMap((subject) =>
    kinds.map((of) => ({ of, subject: of === 'sweep' ? subject : `${subject}-{"length":8}`, json: {} })),
  );
  fillProject(folder, [machineRecord(), ...resultRecords(hash, subjects)]);
  const own = (subject: string): string[] => [
    `model-cost ${subject}-{"length":8}`,
    `sweep ${subject}`,
    `utilisation ${subject}-{"length":8}`,
  ];
  const peakCost = 'model-cost cc-{"length":8}';
  const ofA = selected(folder, 'a');
  assert.deepEqual(modelsOf(ofA), ['a, A CPU', 'peak-product, A CPU']);
  assert.deepEqual(resultsOf(ofA), [...own('aa'), peakCost].sort());
  const ofB = selected(folder, 'b');
  assert.deepEqual(modelsOf(ofB), [
    'b, A CPU',
    'b, Another CPU',
    'peak-product, A CPU',
    'peak-product, Another CPU',
  ]);
  assert.deepEqual(resultsOf(ofB), [...own('bb'), peakCost].sort());
  assert.deepEqual(resultsOf(selected(folder, 'peak-convolution')), own('dd'));
});

it('a model of a sweep has the same facts elsewhere', async () => {
  const [whole, part] = [join(work, 'whole'), join(work, 'part')];
  const records: StoredRecord[] = [];
  const file = join(import.meta.dirname, '../bench/results/studies/two-cores.jsonl.gz');
  await readBundle(file, (record) => records.push(record));
  fillProject(whole, records);
  fillProject(part, selected(whole, 'resnet50'));
  const factsOf = (folder: string): unknown => {
    using store = StoreReader.openToRead(folder);
    const places = [...store.measurements(null)].map(({ hash, settings, stored, ...rest }) => ({
      point: toPoint(hash, settings, stored),
      ...rest,
    }));
    const { settings } = places.find(({ point }) => point.settings.model.name === 'resnet50')!.point;
    const facts = storedFacts(store, places);
    return Object.values(facts).map((factOf) => factOf(settings));
  };
  assert.deepEqual(factsOf(part), factsOf(whole));
  assert.ok((factsOf(part) as unknown[]).every((fact) => fact !== null));
});
