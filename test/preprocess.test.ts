import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ThinferError } from '../src/errors.ts';
import type { TensorSpec } from '../src/model/index.ts';
import { Chunks } from '../src/serve/chunks.ts';
import {
  type Preprocess,
  type PreprocessOptions,
  Preprocessor,
  type PreprocessSpec,
} from '../src/serve/preprocess/index.ts';
import { type PreparedJob, ThreadPool, type ThreadPoolOptions } from '../src/serve/preprocess/thread-pool.ts';
import type { InputTensor } from '../src/serve/types.ts';
import { processTest } from './support/process-test.ts';

const folder = join(import.meta.dirname, 'fixtures/preprocess');
const fixture = (name: string): Buffer => readFileSync(join(folder, name));
const json = (name: string): unknown => JSON.parse(fixture(name).toString('utf8'));
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const hasCode =
  (code: string, words = '') =>
  (error: unknown): boolean =>
    error instanceof ThinferError && error.code === code && error.message.includes(words);

function usePreprocessor(context: TestContext, options: PreprocessOptions = {}): Preprocessor {
  const preprocessor = new Preprocessor(options);
  context.after(() => preprocessor.close());
  return preprocessor;
}

async function declare(
  preprocessor: Preprocessor,
  inputs: readonly TensorSpec[],
  declared: PreprocessSpec,
): Promise<Preprocess> {
  const made = await preprocessor.declare({
    name: 'm',
    version: '1',
    inputs,
    zooName: null,
    file: null,
    declared,
  });
  return made!;
}

const pictures: readonly TensorSpec[] = [{ name: 'x', type: 'float32', shape: ['n', 3, 'h', 'w'] }];

interface Expected {
  readonly file: string;
  readonly resize: number;
  readonly crop: number;
  readonly tensor: string;
}

test('pictures become the tensors that Pillow and numpy make of them, to the bit', async (context) => {
  const preprocessor = usePreprocessor(context);
  for (const { file, resize, crop, tensor } of json('expected.json') as Expected[]) {
    const preprocess = await declare(preprocessor, pictures, { kind: 'image', resize, crop });
    const [made] = await preprocessor.images(preprocess, [new Chunks([fixture(file)])]);
    assert.deepEqual([made!.name, made!.type, made!.shape], ['x', 'float32', [1, 3, crop, crop]]);
    assert.equal(sha256(made!.data.join()), tensor, `${file}, resize ${resize}, crop ${crop}`);
  }
});

test('layout, order of channels and element type are as declared', async (context) => {
  const preprocessor = usePreprocessor(context);
  const make = async (type: 'float32' | 'float16' | 'uint8', spec: object): Promise<InputTensor> => {
    const free: TensorSpec[] = [{ name: 'x', type, shape: ['n', 'a', 'b', 'c'] }];
    const inputs =
      'layout' in spec
        ? [{ ...free[0]!, shape: ['n', 'a', 'b', 3] }]
        : [{ ...free[0]!, shape: ['n', 3, 'a', 'b'] }];
    const declared = { kind: 'image', resize: 12, crop: [10, 6], ...spec } as const;
    const preprocess = await declare(preprocessor, inputs, declared);
    return (await preprocessor.images(preprocess, [new Chunks([fixture('tall.png')])]))[0]!;
  };
  const plane = 60;
  const bytes = (await make('uint8', {})).data.join();
  const turned = await make('uint8', { layout: 'NHWC', channels: 'BGR' });
  assert.deepEqual(turned.shape, [1, 10, 6, 3]);
  const there = turned.data.join();
  for (let at = 0; at < plane; at++)
    for (let channel = 0; channel < 3; channel++)
      assert.equal(there[at * 3 + channel], bytes[(2 - channel) * plane + at]);
  const scaled = { mean: [0, 0, 0], std: [1, 1, 1] };
  const single = new Float32Array((await make('float32', scaled)).data.join().slice().buffer);
  const half = new Float16Array((await make('float16', scaled)).data.join().slice().buffer);
  assert.deepEqual(
    [...single],
    [...bytes].map((byte) => Math.fround(byte / 255)),
  );
  assert.deepEqual([...half], [...Float16Array.from(single)]);
});

test('hostile pictures are refused with a reason, and harm no other', async (context) => {
  const preprocessor = usePreprocessor(context, { maxPixels: 200_000, maxImageBytes: 40_000 });
  const preprocess = await declare(preprocessor, pictures, { kind: 'image', resize: 10, crop: 8 });
  const send = (...sent: Uint8Array[]): Promise<InputTensor[]> =>
    preprocessor.images(
      preprocess,
      sent.map((bytes) => new Chunks([bytes])),
    );
  const huge = Buffer.from(fixture('tiny.png'));
  huge.writeUInt32BE(60_000, 16);
  huge.writeUInt32BE(60_000, 20);
  const jpeg = fixture('wide.jpg');
  const refused: readonly (readonly [string, Uint8Array, string, string])[] = [
    ['truncated JPEG', jpeg.subarray(0, jpeg.length >> 1), 'request-invalid', 'premature'],
    ['truncated PNG', fixture('tall.png').subarray(0, 4000), 'request-invalid', "can't be read"],
    ['only a signature', jpeg.subarray(0, 3), 'request-invalid', "can't be read"],
    ['nothing', new Uint8Array(), 'request-invalid', 'neither'],
    [
      'text',
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      'request-invalid',
      'neither',
    ],
    ['GIF', fixture('animated.gif'), 'request-invalid', 'neither'],
    ['WebP', fixture('picture.webp'), 'request-invalid', 'neither'],
    [
      'PNG signature before SVG',
      Buffer.concat([fixture('tiny.png').subarray(0, 8), Buffer.from('<svg/>')]),
      'request-invalid',
      "can't be read",
    ],
    ['CMYK', fixture('cmyk.jpg'), 'request-invalid', 'CMYK'],
    ['huge by its header', huge, 'too-large', '60000'],
    ['many bytes', new Uint8Array(40_001), 'too-large', '40001'],
  ];
  for (const [what, bytes, code, words] of refused)
    await assert.rejects(send(bytes), hasCode(code, words), what);
  await assert.rejects(send(jpeg, fixture('animated.gif')), hasCode('request-invalid'));
  const polyglot = Buffer.concat([jpeg, Buffer.from('PK\x03\x04<script>')]);
  const [alone, both] = [await send(jpeg), await send(polyglot, jpeg)];
  assert.deepEqual(both[0]!.shape, [2, 3, 8, 8]);
  assert.deepEqual(
    both[0]!.data.slice(0, 768).join(),
    alone[0]!.data.join(),
    'what follows a picture is not read',
  );
});

test('many pictures at once wait in a bounded queue', async (context) => {
  const preprocessor = usePreprocessor(context, { threads: 2, maxWaiting: 4 });
  const preprocess = await declare(preprocessor, pictures, { kind: 'image', resize: 10, crop: 8 });
  const one = (): Promise<InputTensor[]> =>
    preprocessor.images(preprocess, [new Chunks([fixture('large.jpg')])]);
  const made = await Promise.allSettled(Array.from({ length: 12 }, one));
  const refused = made.flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  assert.equal(refused.length, 6);
  assert.ok(refused.every(hasCode('overloaded')));
  await one();
});

interface Texts {
  readonly texts: readonly (string | [string, string])[];
  readonly maxLength: number;
  readonly tokenizers: Record<string, readonly [ids: number[], mask: number[], types: number[]][]>;
}

const texts: readonly TensorSpec[] = ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => ({
  name,
  type: 'int64',
  shape: ['n', 's'],
}));

const numbers = ({ data }: InputTensor): number[] =>
  Array.from(new BigInt64Array(data.join().slice().buffer), Number);

for (const name of ['wordpiece', 'byte-level'])
  test(`${name}: texts become the ids that Hugging Face's library gives in Python`, async (context) => {
    const golden = json('texts.json') as Texts;
    const preprocessor = usePreprocessor(context);
    const tokenizer = join(folder, `${name}.json`);
    const padding = name === 'wordpiece' ? 'max' : 'longest';
    const preprocess = await declare(preprocessor, texts, {
      kind: 'text',
      tokenizer,
      maxLength: golden.maxLength,
      padding,
    });
    for (const [at, text] of golden.texts.entries()) {
      const made = await preprocessor.texts(preprocess, [text]);
      const expected = golden.tokenizers[name]![at]!;
      // A model needs one token at least: an empty text without special tokens is filled up to it.
      if (expected[0].length > 0) assert.deepEqual(made.map(numbers), expected, JSON.stringify(text));
    }
  });

test('texts of a request are filled up to the longest', async (context) => {
  const preprocessor = usePreprocessor(context);
  const tokenizer = join(folder, 'wordpiece.json');
  const preprocess = await declare(preprocessor, texts, { kind: 'text', tokenizer, maxLength: 12 });
  const [short, long] = ['the fox', 'the quick brown fox jumps'];
  const [ids, mask] = await preprocessor.texts(preprocess, [short!, long!]);
  const [shortIds] = await preprocessor.texts(preprocess, [short!]);
  const [longIds] = await preprocessor.texts(preprocess, [long!]);
  const filled = longIds!.shape[1]! - shortIds!.shape[1]!;
  assert.ok(filled > 0);
  const zeros = Array.from({ length: filled }, () => 0);
  assert.deepEqual(numbers(ids!), [...numbers(shortIds!), ...zeros, ...numbers(longIds!)]);
  assert.deepEqual(numbers(mask!), [
    ...numbers(shortIds!).map(() => 1),
    ...zeros,
    ...numbers(longIds!).map(() => 1),
  ]);
});

processTest('a tokenizer that fills and cuts on the left does so', async ({ folder: own }, context) => {
  const preprocessor = usePreprocessor(context);
  const made = json('wordpiece.json') as { padding: object };
  const tokenizer = join(own, 'left.json');
  const truncation = { direction: 'Left', max_length: 512, strategy: 'LongestFirst', stride: 0 };
  writeFileSync(
    tokenizer,
    JSON.stringify({ ...made, truncation, padding: { ...made.padding, direction: 'Left' } }),
  );
  const idsOf = async (text: string, maxLength: number, file: string): Promise<number[]> => {
    const preprocess = await declare(preprocessor, texts, {
      kind: 'text',
      tokenizer: file,
      maxLength,
      padding: 'max',
    });
    return numbers((await preprocessor.texts(preprocess, [text]))[0]!);
  };
  const whole = await idsOf('the quick brown fox', 12, join(folder, 'wordpiece.json'));
  const tokens = whole.filter((id) => id !== 0);
  assert.deepEqual(await idsOf('the quick brown fox', 12, tokenizer), [
    ...whole.filter((id) => id === 0),
    ...tokens,
  ]);
  const cut = await idsOf('the quick brown fox', tokens.length - 1, tokenizer);
  assert.deepEqual(cut, [tokens[0], ...tokens.slice(2)]);
  await preprocessor.close();
});

test('without a mask, texts of different lengths can not share a request', async (context) => {
  const preprocessor = usePreprocessor(context);
  const declared = { kind: 'text', tokenizer: join(folder, 'byte-level.json') } as const;
  const preprocess = await declare(preprocessor, texts.slice(0, 1), declared);
  await assert.rejects(preprocessor.texts(preprocess, ['a', 'a b c']), hasCode('request-invalid', 'mask'));
  assert.equal((await preprocessor.texts(preprocess, ['a b', 'a b'])).length, 1);
});

test('limits of texts', async (context) => {
  const preprocessor = usePreprocessor(context, { maxTextLength: 100, maxItems: 3 });
  const tokenizer = join(folder, 'wordpiece.json');
  const preprocess = await declare(preprocessor, texts, { kind: 'text', tokenizer, maxLength: 8 });
  await assert.rejects(preprocessor.texts(preprocess, ['x'.repeat(101)]), hasCode('too-large', '101'));
  await assert.rejects(preprocessor.texts(preprocess, ['a', 'b', 'c', 'd']), hasCode('too-large', '4 items'));
  await assert.rejects(preprocessor.texts(preprocess, []), hasCode('request-invalid'));
  const [ids] = await preprocessor.texts(preprocess, ['x \ud800 y'.repeat(10)]);
  assert.deepEqual(ids!.shape, [1, 8]);
});

processTest(
  'a tokenizer beside the model is found, and one that is none is refused',
  async ({ folder: own }, context) => {
    const preprocessor = usePreprocessor(context as TestContext);
    const model = { name: 'm', version: '1', inputs: texts, zooName: null, file: join(own, 'model.onnx') };
    assert.equal(await preprocessor.declare(model), null);
    copyFileSync(join(folder, 'wordpiece.json'), join(own, 'tokenizer.json'));
    assert.equal((await preprocessor.declare(model))?.kind, 'text');
    assert.equal(preprocessor.of(model)?.kind, 'text');
    const short = { ...model, declared: { kind: 'text', maxLength: 3 } } as const;
    await assert.rejects(preprocessor.declare(short), hasCode('model-invalid', 'special tokens'));
    writeFileSync(join(own, 'tokenizer.json'), '{"model": {"type": "None"}}');
    await assert.rejects(
      preprocessor.declare({ ...model, maxDims: { s: 77 } }),
      hasCode('model-invalid', 'tokenizer.json'),
    );
    assert.equal(preprocessor.of(model), null);
    await preprocessor.close();
  },
);

const does = (job: string) => (): PreparedJob => ({ job, transfer: [] });

/** A thread that does what its job says. */
const obedient = `
import { parentPort } from 'node:worker_threads';
parentPort.on('message', ({ id, job }) => {
  if (job === 'exit') process.exit(3);
  if (job === 'throw') throw new Error('deliberate');
  if (job === 'hang') for (;;);
  if (job === 'fill') { const kept = []; for (;;) kept.push(new Array(10_000).fill(id)); }
  parentPort.postMessage({ id, value: job });
});`;

processTest('a thread that dies fails its own job only, and is replaced', async ({ folder: own }) => {
  const file = join(own, 'thread.mjs');
  writeFileSync(file, obedient);
  const options: ThreadPoolOptions = {
    file: pathToFileURL(file),
    threads: 1,
    maxWaiting: 8,
    jobMs: 5000,
    heapMiB: 32,
  };
  const pool = new ThreadPool(options);
  for (const [job, code, words] of [
    ['exit', 'engine-failed', 'status 3'],
    ['throw', 'engine-failed', 'deliberate'],
    ['fill', 'too-large', 'memory'],
  ] as const) {
    const bad = assert.rejects(pool.run(does(job)), hasCode(code, words));
    const good = pool.run(does(`after ${job}`));
    await bad;
    assert.equal(await good, `after ${job}`);
  }
  await pool.close();
  const impatient = new ThreadPool({ ...options, jobMs: 300 });
  const bad = assert.rejects(impatient.run(does('hang')), hasCode('late', '300 ms'));
  const good = impatient.run(does('then'));
  await bad;
  assert.equal(await good, 'then');
  await impatient.close();
});

processTest('what waits can be dropped, and a closed pool takes nothing', async ({ folder: own }) => {
  const file = join(own, 'thread.mjs');
  writeFileSync(file, obedient);
  const pool = new ThreadPool({
    file: pathToFileURL(file),
    threads: 1,
    maxWaiting: 2,
    jobMs: 60_000,
    heapMiB: 64,
  });
  const hanging = assert.rejects(pool.run(does('hang')), hasCode('unavailable', 'closing'));
  const leaving = new AbortController();
  const dropped = assert.rejects(
    pool.run(does('dropped'), { signal: leaving.signal }),
    hasCode('unavailable', 'left'),
  );
  const waiting = assert.rejects(pool.run(does('waiting')), hasCode('unavailable', 'closing'));
  await assert.rejects(pool.run(does('too many')), hasCode('overloaded'));
  leaving.abort();
  await dropped;
  assert.equal(pool.queued, 1);
  await pool.close();
  await Promise.all([hanging, waiting]);
  await assert.rejects(pool.run(does('late')), hasCode('unavailable'));
});
