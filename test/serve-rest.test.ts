import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startThinfer } from './support/command.ts';
import { processTest, type Scratch, until } from './support/process-test.ts';

interface Ready {
  readonly http: string;
  readonly management: string;
  readonly tokenFile: string;
}

/** The tiny model, float32 [batch, 3, 8, 8] → [batch, 10]: the null engine answers with the first ten numbers of each item. */
const itemFloats = 3 * 8 * 8;
const inferPath = '/v2/models/tiny/infer';

/** Runs `use` against the real command; ends it with SIGTERM, and it has to end well. */
async function serving(
  scratch: Scratch,
  words: readonly string[],
  use: (ready: Ready, end: () => void) => Promise<void>,
): Promise<void> {
  const ports = ['--http-port', '0', '--grpc-port', '0', '--management-port', '0'];
  const running = startThinfer(scratch, ['serve', ...words, ...ports, '--json']);
  let ending = false;
  // Asked twice, it ends at once.
  const end = (): void => {
    if (!ending && running.process.exitCode === null) process.kill(running.pid, 'SIGTERM');
    ending = true;
  };
  let stdout = '';
  let stderr = '';
  running.process.stdout?.on('data', (data) => {
    stdout += data;
  });
  running.process.stderr?.on('data', (data) => {
    stderr += data;
  });
  try {
    const line: string = await until('the ready line', () => {
      assert.equal(running.process.exitCode, null, stderr);
      return stdout.includes('\n') ? stdout : undefined;
    });
    await use(JSON.parse(line), end);
  } finally {
    end();
  }
  const { status } = await running.ended;
  assert.equal(status, 0, stderr);
}

const tiny = ['tiny', '--engine', 'null', '--config', '2x1x4'];

function items(count: number): Float32Array {
  return Float32Array.from({ length: count * itemFloats }, (_, index) => index);
}

function expected(count: number): number[] {
  return Array.from({ length: count * 10 }, (_, index) => Math.floor(index / 10) * itemFloats + (index % 10));
}

const jsonOf = (count: number, more: object = {}): string =>
  JSON.stringify({
    ...more,
    inputs: [{ name: 'input', shape: [count, 3, 8, 8], datatype: 'FP32', data: [...items(count)] }],
  });

function binaryOf(count: number): { body: Buffer; headers: Record<string, string> } {
  const raw = Buffer.from(items(count).buffer);
  const json = JSON.stringify({
    parameters: { binary_data_output: true },
    inputs: [
      {
        name: 'input',
        shape: [count, 3, 8, 8],
        datatype: 'FP32',
        parameters: { binary_data_size: raw.length },
      },
    ],
  });
  return {
    body: Buffer.concat([Buffer.from(json), raw]),
    headers: { 'Inference-Header-Content-Length': String(json.length), 'Accept-Encoding': 'identity' },
  };
}

async function inferBinary(url: string, count: number): Promise<number[]> {
  const { body, headers } = binaryOf(count);
  const response = await fetch(url + inferPath, { method: 'POST', body: new Uint8Array(body), headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  assert.equal(response.status, 200, bytes.toString());
  const at = Number(response.headers.get('inference-header-content-length'));
  return [...new Float32Array(Uint8Array.from(bytes.subarray(at)).buffer)];
}

const post = async (url: string, body: string, headers: Record<string, string> = {}) => {
  const response = await fetch(url, { method: 'POST', body, headers });
  return { status: response.status, text: await response.text(), headers: response.headers };
};

processTest('the command answers over REST, one item or many, in JSON or binary', async (scratch) => {
  await serving(scratch, tiny, async ({ http }) => {
    assert.equal((await fetch(`${http}/v2/health/ready`)).status, 200);
    const one = await post(http + inferPath, jsonOf(1, { id: '7' }));
    assert.equal(one.status, 200, one.text);
    const answer = JSON.parse(one.text);
    assert.equal(answer.id, '7');
    assert.deepEqual(answer.outputs[0].data, expected(1));
    assert.deepEqual(await inferBinary(http, 1), expected(1));
    // More than an instance takes at once: split, and joined in order.
    assert.deepEqual(await inferBinary(http, 11), expected(11));
    const many = await Promise.all(
      Array.from({ length: 40 }, (_, index) => inferBinary(http, (index % 5) + 1)),
    );
    for (const [index, numbers] of many.entries()) assert.deepEqual(numbers, expected((index % 5) + 1));
    const classes = await post(
      http + inferPath,
      jsonOf(2).replace(
        '"inputs"',
        '"outputs":[{"name":"output","parameters":{"classification":2}}],"inputs"',
      ),
    );
    assert.deepEqual(JSON.parse(classes.text).outputs[0].data, [
      '9.000000:9',
      '8.000000:8',
      '201.000000:9',
      '200.000000:8',
    ]);
  });
});

processTest('statistics count what was answered', async (scratch) => {
  await serving(scratch, tiny, async ({ http }) => {
    for (let index = 0; index < 5; index++) await inferBinary(http, 2);
    assert.equal((await post(http + inferPath, '{}')).status, 400);
    const { model_stats } = (await (await fetch(`${http}/v2/models/tiny/stats`)).json()) as {
      model_stats: { inference_count: number; inference_stats: { success: { count: number } } }[];
    };
    assert.equal(model_stats[0]?.inference_count, 10);
    assert.equal(model_stats[0]?.inference_stats.success.count, 5);
  });
});

processTest('what does not fit the model is refused, and the server goes on', async (scratch) => {
  await serving(scratch, tiny, async ({ http }) => {
    const wrong = async (body: string, status: number, message: RegExp): Promise<void> => {
      const answer = await post(http + inferPath, body);
      assert.equal(answer.status, status, answer.text);
      assert.match(JSON.parse(answer.text).error, message);
    };
    await wrong(jsonOf(1).replace('"input"', '"other"'), 400, /'input'/);
    await wrong(jsonOf(1).replace('FP32', 'INT32'), 400, /data-type|holds/);
    await wrong(jsonOf(1).replace('[1,3,8,8]', '[1,3,64]'), 400, /unexpected shape/);
    await wrong(jsonOf(1).replace('[1,3,8,8]', '[2,3,8,8]'), 400, /384 elements/);
    await wrong('{"inputs":[', 400, /failed to parse/);
    await wrong(jsonOf(1).replace('"inputs"', '"outputs":[{"name":"nope"}],"inputs"'), 400, /'nope'/);
    assert.equal((await post(`${http}/v2/models/nope/infer`, '{}')).status, 404);
    assert.equal((await post(`${http}/v2/models/tiny/versions/9/infer`, '{}')).status, 404);
    assert.deepEqual(await inferBinary(http, 3), expected(3));
  });
});

processTest('what can not be done in time is refused or given up', async (scratch) => {
  const slow = ['tiny', '--engine', 'null:delay=300', '--config', '1x1x1'];
  await serving(scratch, slow, async ({ http }) => {
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => post(http + inferPath, jsonOf(1), { 'x-thinfer-deadline-ms': '700' })),
    );
    const statuses = answers.map((answer) => answer.status);
    assert.ok(statuses.includes(504), statuses.join());
    for (const { status, headers } of answers)
      if (status === 504) assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  });
});

processTest('a client that leaves takes nothing from those who stay', async (scratch) => {
  const slow = ['tiny', '--engine', 'null:delay=50', '--config', '1x1x1'];
  await serving(scratch, slow, async ({ http }) => {
    const leaving = Array.from({ length: 20 }, () => {
      const signal = AbortSignal.timeout(30);
      return fetch(http + inferPath, { method: 'POST', body: jsonOf(1), signal }).catch(() => null);
    });
    const staying = inferBinary(http, 2);
    await Promise.all(leaving);
    assert.deepEqual(await staying, expected(2));
  });
});

processTest('models are managed with the token only', async (scratch) => {
  await serving(scratch, tiny, async ({ http, management, tokenFile }) => {
    const repository = `${management}/v2/repository`;
    assert.equal((await post(`${repository}/index`, '')).status, 401);
    assert.equal((await post(`${http}/v2/repository/index`, '')).status, 404);
    const token = readFileSync(join(scratch.folder, tokenFile), 'utf8').trim();
    const headers = { Authorization: `Bearer ${token}` };
    const index = await post(`${repository}/index`, '', headers);
    assert.equal(JSON.parse(index.text)[0].state, 'READY');
    assert.equal((await post(`${repository}/models/tiny/unload`, '', headers)).status, 200);
    assert.equal((await post(http + inferPath, jsonOf(1))).status, 404);
    assert.equal((await fetch(`${http}/v2/models/tiny/ready`)).status, 400);
    const loaded = await post(`${repository}/models/tiny/load`, '', headers);
    assert.equal(loaded.status, 200, loaded.text);
    assert.deepEqual(await inferBinary(http, 1), expected(1));
    assert.equal((await post(`${repository}/models/nope/load`, '', headers)).status, 404);
  });
});

processTest('what was taken is answered when the command is asked to end', async (scratch) => {
  const slow = ['tiny', '--engine', 'null:delay=200', '--config', '1x1x1'];
  await serving(scratch, slow, async ({ http }, end) => {
    const underWay = [1, 2, 1].map((count) => inferBinary(http, count));
    // The others were sent at the same time, and wait.
    await Promise.race(underWay);
    end();
    assert.deepEqual(await Promise.all(underWay), [1, 2, 1].map(expected));
  });
});
