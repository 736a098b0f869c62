/**
 * The documents of `--json` are what docs/json.md says: its tables are read, the real commands run (null engine, tiny
 * model), and every field is compared, down to the leaves.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { useQuantization } from './support/quantization.ts';

const root = resolve(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'thinfer-json-'));
after(() => rmSync(work, { recursive: true, force: true }));

interface Field {
  readonly type: string;
  readonly optional: boolean;
}
type Table = ReadonlyMap<string, Field>;

/** The rows of a Markdown table as cells without backquotes. */
function rowsOf(section: string): string[][] {
  return section
    .split('\n')
    .filter((line) => /^\| *`/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

const text = readFileSync(join(root, 'docs', 'json.md'), 'utf8');
const tables = new Map<string, Table>(
  text
    .split(/^### /m)
    .slice(1)
    .map((section) => [
      /^\w+/.exec(section)![0],
      new Map(
        rowsOf(section).map(([name = '', type = '']) => [
          name.replace('?', ''),
          { type, optional: name.endsWith('?') },
        ]),
      ),
    ]),
);
const documents = new Map(
  rowsOf(/^## Documents\n([\s\S]*?)^## /m.exec(text)![1]!).map(([command = '', type = '']) => [
    command,
    type,
  ]),
);

const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const basicTypes: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  boolean: (value) => typeof value === 'boolean',
  integer: Number.isSafeInteger,
  number: isNumber,
  null: (value) => value === null,
  dim: (value) => Number.isSafeInteger(value) || typeof value === 'string',
  time: (value) => typeof value === 'string' && new Date(value).toISOString() === value,
  interval: (value) =>
    Array.isArray(value) && value.length === 2 && value.every(isNumber) && value[0] <= value[1],
};

/** Every way in which a value is not of a type of the page. */
function problemsOf(value: unknown, type: string, path: string): string[] {
  if (type === 'Point') return problemsOf(value, pointType(value), path);
  if (type.endsWith(' or null')) return value === null ? [] : problemsOf(value, type.slice(0, -8), path);
  if (type.endsWith('[]')) {
    if (!Array.isArray(value)) return [`${path} is no list`];
    return value.flatMap((entry, at) => problemsOf(entry, type.slice(0, -2), `${path}[${at}]`));
  }
  const basic = basicTypes[type];
  if (basic !== undefined) return basic(value) ? [] : [`${path} is ${JSON.stringify(value)}, not ${type}`];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  if (type.startsWith('map of '))
    return Object.entries(value).flatMap(([name, entry]) =>
      problemsOf(entry, type.slice(7), `${path}.${name}`),
    );
  return fieldProblems(value, type, path);
}

function fieldProblems(value: object, type: string, path: string): string[] {
  const table = tables.get(type);
  if (table === undefined) return [`${path}: docs/json.md has no table ${type}`];
  const undocumented = Object.keys(value).filter((name) => !table.has(name));
  return [
    ...undocumented.map((name) => `${path}.${name} is not in the table ${type}`),
    ...[...table].flatMap(([name, field]) => {
      if (name in value)
        return problemsOf((value as Record<string, unknown>)[name], field.type, `${path}.${name}`);
      return field.optional ? [] : [`${path}.${name} is missing`];
    }),
  ];
}

function pointType(value: unknown): string {
  return (value as { state?: unknown } | null)?.state === 'failed' ? 'FailedPoint' : 'MeasuredPoint';
}

function run(...words: string[]): unknown {
  return runTo(0, ...words);
}

/** Runs a command that ends with a status. */
function runTo(expected: number, ...words: string[]): unknown {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'bin', 'thinfer.js'), ...words, '--json', '--project', join(work, 'project')],
    { encoding: 'utf8', cwd: work, env: { ...process.env, THINFER_CACHE: join(work, 'cache') } },
  );
  assert.equal(status, expected, stderr);
  return JSON.parse(stdout);
}

function assertDocumented(document: unknown, command: string): void {
  assert.deepEqual(problemsOf(document, documents.get(command) ?? '', command), []);
}

const settings = ['tiny', '--engine', 'null', '--items', '2'];
const fast = [...settings, '--warmup', '1', '--iterations', '3'];

describe('docs/json.md', () => {
  it('names only types that it describes', () => {
    const named = [...tables.values()].flatMap((table) => [...table.values()].map(({ type }) => type));
    const unknown = [...named, ...documents.values()]
      .map((type) => type.replace(/ or null$|^map of /g, '').replaceAll('[]', ''))
      .filter((type) => type !== 'Point' && !(type in basicTypes) && !tables.has(type));
    assert.deepEqual(unknown, []);
  });

  it('describes serve and load', async () => {
    const words = ['serve', ...settings, '--http-port', '0', '--grpc-port', '0', '--management-port', '0'];
    const server = spawn(
      process.execPath,
      [join(root, 'bin', 'thinfer.js'), ...words, '--json', '--quiet', '--project', join(work, 'serving')],
      {
        cwd: work,
        env: { ...process.env, THINFER_CACHE: join(work, 'cache') },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    try {
      const [line] = (await once(server.stdout, 'data')) as [Buffer];
      const ready = JSON.parse(line.toString('utf8')) as { http: string };
      assertDocumented(ready, 'thinfer serve');
      const load = [
        '--model',
        'tiny',
        '--concurrency',
        '2',
        '--requests',
        '50',
        '--warmup',
        '0s',
        '--verify',
      ];
      assertDocumented(run('load', ready.http, ...load, '--out', 'load.csv'), 'thinfer load');
      assertDocumented(run('load', 'merge', 'load.csv'), 'thinfer load merge');
      const mlperf =
        'server --target-qps 200 --target-latency 10s --latency-percentile 50 --min-duration 100ms';
      const scenario = ['--model', 'tiny', '--warmup', '0', '--scenario', ...mlperf.split(' ')];
      assertDocumented(run('load', ready.http, ...scenario), 'thinfer load');
    } finally {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
  });

  it('describes simulate', () => {
    const table = join(root, 'test/data/packrat/bert/cloudlab/large-batches/bert_latency.csv');
    const words = ['--table', table, '--where', 'benchmark=bert_manual_script,topology=sequential'];
    const asked = ['--cores', '16', '--largest-batch', '8', '--arrivals', 'steps:2@20s,60@20s'];
    const policies = ['load', 'packrat', '4x4x4'].flatMap((policy) => ['--policy', policy]);
    const answer = run('simulate', ...words, ...asked, ...policies);
    assertDocumented(answer, 'thinfer simulate');
    const [load] = (answer as { policies: { changes: unknown[] }[] }).policies;
    assert.ok(load!.changes.length > 0, 'or its fields were not looked at');
  });

  it('describes machine', () => assertDocumented(run('machine'), 'thinfer machine'));
  it('describes model list', () => assertDocumented(run('model', 'list'), 'thinfer model list'));
  it('describes model make', () => assertDocumented(run('model', 'make', 'tiny'), 'thinfer model make'));
  it('describes model show', () => {
    assertDocumented(run('model', 'show', 'tiny'), 'thinfer model show');
    assertDocumented(run('model', 'show', 'tiny-bert'), 'thinfer model show');
  });

  it('describes model quantize, of what can be made and what can not', async (context) => {
    const document = runTo(1, 'model', 'quantize', 'tiny', '--precision', 'int4-weights');
    assertDocumented(document, 'thinfer model quantize');
    const tools = await useQuantization();
    if (tools.skip !== false) return context.skip(tools.skip);
    tools.lendTo(join(work, 'cache'));
    const made = run('model', 'quantize', 'tiny', '--precision', 'int8-dynamic');
    assertDocumented(made, 'thinfer model quantize');
  });

  it('describes profile, with a cell that fails and cells that the budget leaves out', () => {
    // A batch of 10⁹ is more than any memory here holds.
    const document = run('profile', ...fast, '--batches', '1,2,1000000000') as {
      points: { state: string }[];
      cells: number;
    };
    assertDocumented(document, 'thinfer profile');
    assert.deepEqual([...new Set(document.points.map(({ state }) => state))].sort(), ['failed', 'measured']);
    assert.equal(document.points.length, document.cells);
    const cut = run('profile', ...fast, '--batches', '3-9', '--budget', '1ms') as { leftOut: number };
    assertDocumented(cut, 'thinfer profile');
    assert.ok(cut.leftOut > 0);
  });

  it('describes plan', () => {
    assertDocumented(run('plan', ...settings), 'thinfer plan');
    const nodes = ['--nodes', '8', '--instances-per-node', '2', '--memory', '1TiB', '--price', '0.5'];
    assertDocumented(run('plan', ...settings, ...nodes, '--latency', '1000', '--equal'), 'thinfer plan');
    const rate = ['plan', ...settings.slice(0, 3), '--cores', '1'];
    assertDocumented(run(...rate, '--goal', 'throughput', '--latency', '1000'), 'thinfer plan');
    assertDocumented(run(...rate, '--goal', 'cost', '--rate', '1'), 'thinfer plan');
  });

  it('describes plan of lists and of several models', () => {
    const lists = run('plan', ...settings.slice(0, 3), '--items', '1,2,…,4', '--cells', 'measured');
    assertDocumented(lists, 'thinfer plan --items LIST');
    const models = ['plan', 'tiny:items=2', 'tiny:goal=cost,rate=0.1', ...settings.slice(1, 3)];
    assertDocumented(run(...models), 'thinfer plan M1 M2');
  });

  it('describes plan --simulate-adaptive', () => {
    const table = join(root, 'test/data/packrat/bert/cloudlab/large-batches/bert_latency.csv');
    const where = 'benchmark=bert_manual_script,topology=sequential';
    const words = ['plan', '--table', table, '--where', where, '--cores', '4', '--items', '8,16'];
    assertDocumented(run(...words, '--simulate-adaptive'), 'thinfer plan --simulate-adaptive');
  });

  it('describes profile and plan over lengths', () => {
    const words = ['tiny-bert', ...settings.slice(1)];
    const fixed = ['--warmup', '1', '--iterations', '2', '--mode', 'together'];
    const series = run('profile', ...words, ...fixed, '--dim', 'sequence=8,16');
    assertDocumented(series, 'thinfer profile --dim LIST');
    const lengths = ['plan', ...words.slice(0, 3), '--lengths', '8:0.5,16:0.5', '--cores', '1'];
    assertDocumented(run(...lengths, '--items', '2', '--split', '16:1'), 'thinfer plan --lengths');
    assertDocumented(run(...lengths, '--goal', 'throughput'), 'thinfer plan --lengths');
  });

  it('describes try', () => {
    assertDocumented(run('try', ...settings, '--budget', '1ms'), 'thinfer try');
    assertDocumented(
      run('try', ...settings, '--config', '1x1x2', '--budget', '1ms', '--cores', '1'),
      'thinfer try',
    );
  });
  it('describes tune', () => assertDocumented(run('tune', ...fast, '--budget', '1s'), 'thinfer tune'));

  it('describes study', () => {
    const words = [
      'tiny-bert',
      '--engine',
      'null',
      '--warmup',
      '1',
      '--iterations',
      '2',
      '--lengths',
      '8,16',
    ];
    const sweep = [
      '--models',
      'tiny-bert',
      '--engine',
      'null',
      '--lengths',
      '8',
      '--batches',
      '1',
      '--iterations',
      '2',
    ];
    assertDocumented(run('study', ...sweep, '--threads', '1,4096', '--dry-run'), 'thinfer study --dry-run');
    assertDocumented(run('study', ...sweep, '--threads', '1,4096', '--peak', 'off'), 'thinfer study');
    const cores = run('study', 'cores', ...words, '--hardware-threads') as { report: string };
    assertDocumented(cores, 'thinfer study cores');
    assert.ok(existsSync(resolve(work, cores.report)));
    const instances = run('study', 'instances', ...words, '--items', '2', '--instances', '1,64');
    assertDocumented(instances, 'thinfer study instances');
    const each = run('study', 'instances', ...words, '--batch-per-instance', '2', '--cores', '1');
    assertDocumented(each, 'thinfer study instances');
  });

  it("describes report, and the page's data", () => {
    assertDocumented(run('report', '--site', 'site', '--only', 'latency'), 'thinfer report --site DIR');
    const files = run('report', ...settings) as { json: string };
    assertDocumented(files, 'thinfer report');
    const data: unknown = JSON.parse(readFileSync(resolve(work, files.json), 'utf8'));
    assert.deepEqual(problemsOf(data, 'ReportData', 'data'), []);
  });

  it('describes export, import of a bundle, and compare', () => {
    const bundle = join(work, 'all.jsonl.gz');
    assertDocumented(run('export', '--out', bundle), 'thinfer export');
    assertDocumented(run('import', bundle), 'thinfer import BUNDLE');
    assertDocumented(run('import', bundle, '--dry-run'), 'thinfer import BUNDLE');
    const where = ['--where', 'mode=together,benchmark=tiny'];
    assertDocumented(run('compare', bundle, join(work, 'project'), ...where), 'thinfer compare');
  });

  it('covers every command', () => {
    const help = spawnSync(process.execPath, [join(root, 'bin', 'thinfer.js'), '--help'], {
      encoding: 'utf8',
    });
    const commands = [...help.stdout.matchAll(/^ {2}([a-z]+) /gm)].map((match) => match[1]);
    const documented = [...documents.keys()].map((command) => command.split(' ')[1]);
    assert.deepEqual(new Set(commands), new Set([...documented, 'help']));
  });
});
