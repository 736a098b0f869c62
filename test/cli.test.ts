/** Bad input through the real command: exit status, an empty standard output, and a short message that says what to do. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { type ModelProto, ModelProtoSchema } from '../src/model/generated/onnx_pb.ts';

const root = resolve(import.meta.dirname, '..');
const work = mkdtempSync(join(tmpdir(), 'thinfer-cli-'));
const cache = join(work, 'cache');
after(() => rmSync(work, { recursive: true, force: true }));

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function thinfer(words: readonly string[], environment: NodeJS.ProcessEnv = {}): Ended {
  return spawnSync(process.execPath, [join(root, 'bin', 'thinfer.js'), ...words], {
    encoding: 'utf8',
    cwd: work,
    env: { ...process.env, THINFER_CACHE: cache, ...environment },
  });
}

/** Progress lines are no part of an error. */
const messageOf = (stderr: string): string => stderr.replace(/^(model|profile|trial) +\d+ %.*\n/gm, '');

/**
 * The command fails with `status`, says every one of `patterns`, and no more than `lines` lines; nothing on standard
 * output, no stack trace.
 */
function assertRefused(ended: Ended, status: number, patterns: readonly RegExp[], lines = 3): void {
  const message = messageOf(ended.stderr);
  assert.equal(ended.status, status, message);
  assert.equal(ended.stdout, '');
  for (const pattern of patterns) assert.match(message, pattern);
  assert.doesNotMatch(message, /^ +at /m);
  assert.ok(message.trimEnd().split('\n').length <= lines, `more than ${lines} lines:\n${message}`);
}

/** A copy of the tiny model beside its external data, changed. */
function variant(name: string, change: (proto: ModelProto) => void): string {
  const proto = fromBinary(ModelProtoSchema, readFileSync(join(work, 'tiny.onnx')));
  change(proto);
  writeFileSync(join(work, name), toBinary(ModelProtoSchema, proto));
  return name;
}

/** The dimension of the model's first input at an axis. */
function inputDim(proto: ModelProto, axis: number) {
  const type = proto.graph?.input[0]?.type?.value;
  assert.ok(type?.case === 'tensorType');
  const dim = type.value.shape?.dim[axis];
  assert.ok(dim);
  return dim;
}

before(() => {
  const made = thinfer(['model', 'make', 'tiny', '--json', '--quiet']);
  assert.equal(made.status, 0, made.stderr);
  const [model] = JSON.parse(made.stdout);
  for (const name of ['tiny.onnx', 'tiny.data'])
    copyFileSync(join(dirname(model.file), name), join(work, name));
});

const measuring = ['profile', 'try', 'tune'];
const remedy = /--help/;

describe('words that are wrong', () => {
  const cases: [string[], RegExp][] = [
    [['nonsense'], /nonsense/],
    [['--nonsense'], /--nonsense/],
    [['model', 'nonsense'], /nonsense/],
    [['profile'], /model/],
    [['profile', 'tiny', 'extra'], /too many arguments/],
    [['profile', 'tiny', '--nonsense'], /--nonsense/],
    [['profile', 'tiny', '--items'], /--items/],
    [['machine', 'extra'], /too many arguments/],
  ];
  for (const [words, pattern] of cases)
    it(`refuses ${words.join(' ')}`, () => assertRefused(thinfer(words), 2, [pattern, remedy]));
});

/** A number flag and what it refuses. */
const numberFlags: Readonly<Record<string, readonly string[]>> = {
  cores: ['0', '-1', 'many', '1.5'],
  items: ['0', '-1', 'many', '1e3'],
  threads: ['0', '-1', 'many', '1,,2', '4-1'],
  batches: ['0', '-1', 'many', '1,0', '1-'],
  warmup: ['-1', 'many', '0.5'],
  iterations: ['0', '-1', 'many', '2.5'],
  interval: ['0', '-1', 'many', '60%'],
  budget: ['0', '-5s', 'soon', '5 years'],
  dim: ['batch=0', 'batch=-1', 'batch=many', 'batch'],
};
const numbersOf: Readonly<Record<string, readonly string[]>> = {
  profile: ['cores', 'items', 'threads', 'batches', 'warmup', 'iterations', 'interval', 'budget', 'dim'],
  plan: ['cores', 'items', 'dim'],
  try: ['cores', 'items', 'budget', 'dim'],
  tune: ['cores', 'items', 'threads', 'batches', 'warmup', 'iterations', 'interval', 'budget', 'dim'],
  report: ['cores', 'items', 'dim'],
};

describe('numbers that are none', () => {
  for (const [command, flags] of Object.entries(numbersOf))
    it(`are all reported at once by ${command}`, () => {
      const worst = Math.max(...flags.map((flag) => numberFlags[flag]!.length));
      // Every bad value of every flag, as many at once as there are flags.
      for (let at = 0; at < (command === 'profile' ? worst : 1); at++) {
        const given = flags.map(
          (flag) => [flag, numberFlags[flag]!.at(at) ?? numberFlags[flag]![0]!] as const,
        );
        const words = given.map(([flag, value]) => `--${flag}=${value}`);
        const patterns = given.map(([flag, value]) => new RegExp(`--${flag}: "${value}" is not`));
        assertRefused(thinfer([command, 'tiny', ...words]), 2, [...patterns, remedy], flags.length + 1);
      }
    });

  it('are reported with other wrong values', () => {
    const words = ['--optimization=fast', '--mapping=zigzag', '--memory=far', '--items=0', '--config=2x2'];
    const patterns = [
      /--optimization: "fast" is none of/,
      /--mapping: "zigzag"/,
      /--memory: "far"/,
      /--items/,
      /--config: "2x2"/,
    ];
    assertRefused(thinfer(['try', 'tiny', ...words]), 2, patterns, 6);
    assertRefused(thinfer(['profile', 'tiny', '--mode=some', '--items=0']), 2, [/--mode: "some"/, /--items/]);
    assertRefused(thinfer(['plan', 'tiny', '--cells=some']), 2, [/--cells: "some" is none of/]);
    assertRefused(thinfer(['tune', 'tiny', '--plans=-1']), 2, [/--plans: "-1"/]);
    assertRefused(thinfer(['model', 'show', 'tiny', '--batch=0']), 2, [/--batch: "0"/]);
    assertRefused(thinfer(['machine', '--project=']), 2, [/--project: .* is empty/]);
  });
});

describe('models that are none', () => {
  for (const command of [...measuring, 'plan', 'report'])
    it(`are refused by ${command}`, () => {
      assertRefused(thinfer([command, 'nosuch']), 2, [/nosuch: neither a file nor a model/, /resnet50/]);
      assertRefused(thinfer([command, './nosuch.onnx']), 2, [
        /nosuch\.onnx: there is no such file/,
        /model list/,
      ]);
    });

  it('text', () => {
    writeFileSync(join(work, 'text.onnx'), 'These are words, not a graph.\n');
    assertRefused(thinfer(['profile', 'text.onnx']), 2, [/text\.onnx is a text file, not an ONNX file/]);
  });

  it('an empty file, and a folder', () => {
    writeFileSync(join(work, 'empty.onnx'), '');
    assertRefused(thinfer(['profile', 'empty.onnx']), 2, [/empty\.onnx is not an ONNX file/, /again/]);
    assertRefused(thinfer(['profile', '.']), 2, [/is a folder, not an ONNX file/]);
  });

  it('a file that was cut', () => {
    copyFileSync(join(work, 'tiny.onnx'), join(work, 'cut.onnx'));
    truncateSync(join(work, 'cut.onnx'), 1000);
    assertRefused(thinfer(['profile', 'cut.onnx']), 2, [
      /cut\.onnx is not an ONNX file, or was cut/,
      /again/,
    ]);
  });

  it('external data that is missing or was cut', () => {
    const folder = join(work, 'elsewhere');
    mkdirSync(folder);
    copyFileSync(join(work, 'tiny.onnx'), join(folder, 'alone.onnx'));
    const patterns = [/alone\.onnx: its external data .*tiny\.data is missing/, /beside the model/];
    assertRefused(thinfer(['profile', 'elsewhere/alone.onnx']), 2, patterns);
    copyFileSync(join(work, 'tiny.data'), join(folder, 'tiny.data'));
    truncateSync(join(folder, 'tiny.data'), 5000);
    assertRefused(thinfer(['profile', 'elsewhere/alone.onnx']), 2, [
      /tiny\.data was cut: 5000 bytes/,
      /again/,
    ]);
  });

  const short = ['--items', '1', '--threads', '1', '--warmup', '0', '--iterations', '1'];

  it('an operator that the engine does not know', () => {
    const file = variant('operator.onnx', ({ graph }) => {
      const node = graph?.node.find(({ opType }) => opType === 'Relu');
      assert.ok(node);
      node.opType = 'Frobnicate';
    });
    for (const command of ['profile', 'tune'])
      assertRefused(thinfer([command, file, ...short, '--quiet']), 2, [
        /operator\.onnx: ONNX Runtime refuses this model: .*Frobnicate/,
        /check the operators and the opset/,
      ]);
  });

  it('an opset that the engine does not know', () => {
    const file = variant('opset.onnx', (proto) => {
      for (const opset of proto.opsetImport) opset.version = 99n;
    });
    const patterns = [/opset\.onnx: ONNX Runtime refuses this model: .*99/, /export the model again/];
    assertRefused(thinfer(['profile', file, ...short]), 2, patterns);
  });

  it('a free dimension that nobody gave, or nobody has', () => {
    const file = variant('free.onnx', (proto) => {
      inputDim(proto, 2).value = { case: 'dimParam', value: 'height' };
      inputDim(proto, 3).value = { case: 'dimParam', value: 'width' };
    });
    const patterns = [
      /free dimension "height"; give --dim height=/,
      /free dimension "width"; give --dim width=/,
    ];
    for (const command of measuring) assertRefused(thinfer([command, file]), 2, patterns);
    assertRefused(thinfer(['profile', 'tiny', '--dim', 'height=8']), 2, [
      /no free dimension "height"/,
      /"batch"/,
    ]);
  });
});

describe('what does not fit the machine', () => {
  const more = availableParallelism() + 1000;

  for (const command of [...measuring, 'plan', 'report'])
    it(`more cores than usable, for ${command}`, () => {
      const patterns = [
        new RegExp(`--cores ${more}: this machine has \\d+ usable core`),
        /give at most --cores \d+/,
      ];
      assertRefused(thinfer([command, 'tiny', '--cores', String(more)]), 3, patterns);
    });

  for (const command of ['profile', 'tune'])
    it(`more threads than cores, for ${command}`, () => {
      const patterns = [
        new RegExp(`${more} threads are more than the \\d+ cores?`),
        /give at most \d+ thread/,
      ];
      assertRefused(thinfer([command, 'tiny', '--engine=null', `--threads=${more}`]), 3, patterns);
    });

  it('a configuration with more cores than there are, or too few items', () => {
    const large = `--config=${more}x1x16`;
    const patterns = [new RegExp(`--config: it needs ${more} cores`), /smaller instances/];
    assertRefused(thinfer(['try', 'tiny', '--engine=null', large]), 2, patterns);
    const small = thinfer(['try', 'tiny', '--engine=null', '--config=1x1x1', '--items=16']);
    assertRefused(small, 2, [/--config: it holds 1 items? and 16 are asked for/, /larger batches/]);
  });

  it('a NUMA node that is not there', () => {
    const words = ['profile', 'tiny', '--engine=null', '--items=1', '--memory=bind:999'];
    assertRefused(thinfer(words), 3, [/memory policy bind:999 was refused/, /NUMA nodes/]);
  });

  it('another operating system than Linux', () => {
    const preload = "Object.defineProperty(process,'platform',{value:'darwin'})";
    const environment = { NODE_OPTIONS: `--import data:text/javascript,${preload}` };
    for (const words of [['machine'], ['profile', 'tiny'], ['tune', 'tiny'], ['plan', 'tiny']])
      assertRefused(thinfer(words, environment), 3, [/on Linux; this is darwin/, /virtual machine/]);
  });
});

describe('engines that are none', () => {
  for (const command of [...measuring, 'plan', 'report'])
    it(`are refused by ${command}`, () =>
      assertRefused(thinfer([command, 'tiny', '--engine', 'nonsense']), 2, [
        /"nonsense"/,
        /onnxruntime or null/,
      ]));

  it('knobs of the null engine', () => {
    const words = ['profile', 'tiny', '--engine', 'null:foo=1'];
    assertRefused(thinfer(words), 2, [/"foo=1" is no setting of the null engine/, /delay=/]);
  });
});

describe('project folders', () => {
  it('without a point have no plan and no report', () => {
    const fresh = ['tiny', '--engine=null', '--project=fresh'];
    for (const command of ['plan', 'report'])
      assertRefused(thinfer([command, ...fresh]), 2, [/nothing has been measured/, /thinfer profile tiny/]);
    assert.ok(!existsSync(join(work, 'fresh')), 'a refusal makes no folder');
    assertRefused(thinfer(['try', ...fresh]), 3, [/no cell to plan from/, /thinfer profile/]);
    assertRefused(thinfer(['plan', ...fresh]), 3, [/no cell to plan from/, /thinfer profile/]);
    assertRefused(thinfer(['report', ...fresh]), 2, [/no point of tiny/, /thinfer profile tiny/]);
  });

  it('that hold another file as database', () => {
    mkdirSync(join(work, 'other'));
    writeFileSync(join(work, 'other', 'thinfer.db'), 'These are words, not a database. '.repeat(100));
    for (const command of [...measuring, 'plan', 'report']) {
      const ended = thinfer([command, 'tiny', '--engine=null', '--project=other']);
      assertRefused(ended, 2, [/thinfer\.db: is no database/, /--project DIR/]);
    }
  });

  it('in a place where nothing can be made', () => {
    for (const words of [
      ['--project', '/proc/thinfer/x'],
      ['--cache', '/proc/thinfer/x'],
    ]) {
      const refused = thinfer(['profile', 'tiny', '--engine', 'null', '--iterations', '1', ...words]);
      assertRefused(refused, 3, [/\/proc\/thinfer/]);
    }
  });

  it('that are a file', () => {
    writeFileSync(join(work, 'file'), '');
    for (const command of [...measuring, 'plan', 'report']) {
      const ended = thinfer([command, 'tiny', '--engine=null', '--project=file']);
      assertRefused(ended, 3, [/file/, /--project DIR/]);
    }
  });
});

describe('help and version', () => {
  it('go to standard output with status 0', () => {
    for (const words of [['--help'], ['profile', '--help'], ['model', 'show', '--help'], ['help', 'tune']]) {
      const { status, stdout, stderr } = thinfer(words);
      assert.deepEqual([status, stderr], [0, '']);
      assert.match(stdout, /^Usage: thinfer/);
    }
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    assert.equal(thinfer(['--version']).stdout, `${version}\n`);
  });
});
