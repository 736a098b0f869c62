/** Which cells a sweep has on machines of every kind, and what it says of those that can't be measured there. */
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { readSweep, type SweepSource } from '../src/cli/read-sweep.ts';
import { ThinferError } from '../src/errors.ts';
import { chooseCores, readMachine } from '../src/machine/index.ts';
import { combinations, expand, presets, type SweepPlaces } from '../src/study/index.ts';
import { useMachineRoot } from './support/machine-fixture.ts';

const read = (values: object): ReturnType<typeof readSweep> =>
  readSweep([{ where: 'a.yaml: ', values: { models: ['tiny'], ...values } } satisfies SweepSource]);
const entryOf = (values: object) => read(values).sweep.entries[0]!;

function placesOn(context: TestContext, name: string, change: Partial<SweepPlaces> = {}): SweepPlaces {
  const machine = readMachine(useMachineRoot(context, name));
  return {
    machine,
    glibcVersion: '2.36',
    precisionProblem: () => null,
    cores: (hardwareThreads) => chooseCores(machine, { cores: machine.usable.length, hardwareThreads }).cores,
    fixedBatch: null,
    ...change,
  };
}

const cellsOf = ({ series }: ReturnType<typeof expand>): number =>
  series.reduce((sum, { cells }) => sum + cells.length, 0);

describe('the cells of a sweep', () => {
  test('every combination, or each value against the base', () => {
    const { settings } = entryOf({
      optimizations: ['all', 'basic', 'disabled'],
      spinning: ['in-runs', 'on'],
    });
    assert.equal(combinations(settings, 'factorial').length, 6);
    const single = combinations(settings, 'one-at-a-time');
    assert.deepEqual(
      single.map(({ optimization, spinning }) => [optimization, spinning]),
      [
        ['all', 'in-runs'],
        ['basic', 'in-runs'],
        ['disabled', 'in-runs'],
        ['all', 'on'],
      ],
    );
  });

  test('a two-socket machine with hardware threads can do everything', (context) => {
    const settings = {
      mappings: ['sequential', 'interleave'],
      'hardware-threads': ['off', 'on'],
      memory: ['default', 'local', 'interleave:0,1', 'bind:1'],
      threads: [24, 48, 96],
      batches: [1, 8],
    };
    const all = expand(entryOf(settings), 'factorial', placesOn(context, 'two-socket-96'));
    // 96 threads need the hardware threads: 2 of 3 counts without them, 3 with.
    assert.equal(cellsOf(all), 2 * 4 * (2 + 3) * 2);
    assert.deepEqual(
      all.skipped.map(({ setting, reason, cells }) => [setting, reason, cells]),
      [['threads 96', 'not possible on this machine: 48 cores', 2 * 4 * 2]],
    );
  });

  test('a machine of one node says so, and counts what is left out', (context) => {
    const asked = {
      mappings: ['sequential', 'interleave'],
      'hardware-threads': ['off', 'on'],
      memory: ['default', 'interleave:0,1', 'bind:0'],
      allocators: ['glibc', 'jemalloc'],
      'huge-pages': ['system', 'malloc', 'off'],
      threads: [1, 2, 4],
      batches: [1, 8],
      design: 'one-at-a-time',
    };
    const { series, skipped } = expand(
      entryOf(asked),
      'one-at-a-time',
      placesOn(context, 'two-core-epyc-kvm'),
    );
    const reasons = Object.fromEntries(
      skipped.map(({ setting, reason, cells }) => [setting, `${reason} ${cells}`]),
    );
    assert.match(reasons['mapping interleave']!, /^not possible on this machine: one NUMA node.* 4$/);
    assert.match(reasons['hardware threads on']!, /no core has a second hardware thread 4$/);
    assert.match(reasons['memory bind:0']!, /one NUMA node/);
    assert.match(reasons['memory interleave:0,1']!, /one NUMA node/);
    assert.match(reasons['allocator jemalloc']!, /apt-get install libjemalloc2/);
    assert.match(reasons['threads 4']!, /2 cores/);
    assert.deepEqual(
      series.map(({ settings }) => settings.hugePages),
      ['system', 'malloc', 'off'],
    );
  });

  test('nodes that are not there, tunables that are not known, and contradictions', (context) => {
    const asked = {
      memory: ['bind:7'],
      'huge-pages': ['malloc'],
      allocators: ['glibc'],
      threads: [1],
      batches: [1],
    };
    const places = placesOn(context, 'two-socket-96', { glibcVersion: '2.31' });
    assert.match(expand(entryOf(asked), 'factorial', places).skipped[0]!.reason, /no NUMA node 7/);
    const old = { ...asked, memory: ['default'] };
    assert.match(
      expand(entryOf(old), 'factorial', places).skipped[0]!.reason,
      /glibc 2.31 has no such tunable/,
    );
    const unpinned = entryOf({ pinned: ['off'], mappings: ['interleave'], threads: [2], batches: [1] });
    assert.match(expand(unpinned, 'factorial', places).skipped[0]!.reason, /^contradictory/);
    const spinning = entryOf({ spinning: ['on', 'off'], threads: [1, 2], batches: [1] });
    const { series, skipped } = expand(spinning, 'factorial', places);
    assert.deepEqual(
      series.map(({ cells }) => cells.map(({ threads }) => threads)),
      [[1, 2], [2]],
    );
    assert.match(skipped[0]!.reason, /one thread/);
  });

  test('equal sets that share a total take exactly the cores they need', (context) => {
    const asked = entryOf({ totals: [8, 12], threads: [16], batches: [8] });
    const { series, skipped } = expand(asked, 'factorial', placesOn(context, 'sixteen-core-xeon-kvm'));
    const sets = series
      .slice(1)
      .flatMap(({ cores, cells }) => cells.map((cell) => [cores, cell.threads, cell.batch]));
    assert.deepEqual(sets, [
      [16, 16, 8],
      [16, 8, 4],
      [16, 4, 2],
      [16, 2, 1],
      [16, 16, 12],
      [16, 8, 6],
      [16, 4, 3],
    ]);
    assert.equal(skipped.length, 3);
  });

  test('no cell is measured twice, whoever asks for it', (context) => {
    const asked = entryOf({
      modes: ['together'],
      totals: [2, 4],
      threads: [1, 2],
      batches: [1, 2, 4],
    });
    const { series } = expand(asked, 'factorial', placesOn(context, 'two-core-epyc-kvm'));
    const cells = series.flatMap((one) => one.cells.map(({ threads, batch }) => `${threads} ${batch}`));
    assert.deepEqual(cells.sort(), ['1 1', '1 2', '1 4', '2 1', '2 2', '2 4']);
  });

  test('a model whose batch is fixed is measured at that batch', (context) => {
    const places = placesOn(context, 'two-core-epyc-kvm', { fixedBatch: 4 });
    const { series, skipped } = expand(entryOf({ batches: [1, 4], threads: [1] }), 'factorial', places);
    assert.deepEqual(
      series[0]!.cells.map(({ batch }) => batch),
      [4],
    );
    assert.match(skipped[0]!.reason, /fixed at 4/);
  });

  test('every preset is a sweep on any machine', (context) => {
    for (const machine of ['two-core-epyc-kvm', 'two-socket-96', 'quota-0.5']) {
      const places = placesOn(context, machine);
      for (const { name, file } of presets) {
        const { sweep } = readSweep([
          { where: `preset ${name}: `, values: file(places.machine.usable.length) },
        ]);
        for (const entry of sweep.entries)
          assert.ok(cellsOf(expand(entry, sweep.design, places)) > 0, `${name} on ${machine}`);
      }
    }
  });
});

describe('a sweep that is asked for wrongly', () => {
  const problemsOf = (values: object): string => {
    try {
      read(values);
    } catch (error) {
      return ThinferError.from(error).message;
    }
    return '';
  };

  test('every problem is named at once, with the nearest key', () => {
    const message = problemsOf({
      batchs: [1],
      batches: [],
      threads: [1, 1],
      allocators: ['glibc', 'glibc'],
      'huge-pages': ['some'],
      budget: 'soon',
      memory: ['bind'],
      models: [{ model: 'tiny', desing: 'factorial' }, { batches: [1] }],
    });
    for (const said of [
      'a.yaml: batchs: no such key; did you mean batches?',
      'a.yaml: batches: the list is empty',
      'a.yaml: threads: 1 stands in it twice',
      'a.yaml: allocators: glibc stands in it twice',
      'a.yaml: huge-pages: "some" is none of system, off, malloc',
      'a.yaml: budget: "soon" is not a duration',
      'a.yaml: memory: "bind" is not default',
      'a.yaml: models[0].desing: no such key',
      'a.yaml: models[1].model: no model is named',
    ])
      assert.ok(message.includes(said), `${said} is not in\n${message}`);
  });

  test('no model, and models that are no list', () => {
    assert.match(problemsOf({ models: [] }), /models: the list is empty/);
    assert.match(problemsOf({ models: 3 }), /models: it is not a list/);
    assert.throws(() => readSweep([{ where: '--', values: { batches: '1,2' } }]), /no model is given/);
  });

  test('flags win over a file, and a model over both', () => {
    const { sweep } = readSweep([
      {
        where: 'a.yaml: ',
        values: { batches: [1, 2], threads: [1], models: [{ model: 'tiny', threads: '1-3' }, 'resnet50'] },
      },
      { where: '--', values: { batches: '4,8,…,32', spinning: 'on,off', memory: 'bind:0,1' } },
    ]);
    const [tiny, resnet] = sweep.entries;
    assert.deepEqual([tiny!.batches, tiny!.threads, resnet!.threads], [[4, 8, 16, 32], [1, 2, 3], [1]]);
    assert.deepEqual(resnet!.settings.spinning, ['on', 'off']);
    assert.deepEqual(resnet!.settings.memory, [{ mode: 'bind', nodes: [0, 1] }]);
  });
});
