import { framed, type HttpCase, judgeStatus } from './http-case.ts';
import type { Problem } from './judge.ts';
import { mutateBytes } from './mutate.ts';
import type { Random } from './random.ts';

/** PNG, 8 × 8, grey; and the first bytes of a JPEG with sizes of 65,535. */
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAAAAADhZOFXAAAADklEQVR42mNgGAWDEwAAAZgAAZpG8dUAAAAASUVORK5CYII=',
  'base64',
);
const jpeg = Buffer.from(
  'ffd8ffe000104a46494600010100000100010000ffc0001108ffffffff03011100021101031101',
  'hex',
);

/** TorchServe's predictions: damaged pictures and forms, texts, arrays; what is right is judged by the null engine's rule. */
export function torchServeCase(random: Random): HttpCase {
  const target = random.pick([
    ...[
      '/predictions/tiny',
      '/predictions/tiny/1',
      '/predictions/tiny/9',
      '/models/tiny/invoke',
      '/invocations',
    ],
    ...[
      '/invocations?model_name=tiny',
      '/predictions/words',
      '/predictions/mixed',
      '/predictions/open',
      '/predictions/nothing',
    ],
  ]);
  const [type, body] = random.pick([picture, form, json, raw])(random);
  return framed('torchserve', [random.pick(['POST', 'PUT']), target, [`Content-Type: ${type}`], body]);
}

type Typed = readonly [string, Buffer];

function picture(random: Random): Typed {
  const whole = random.chance(0.5) ? png : jpeg;
  return [random.pick(['image/png', 'image/jpeg', 'image/x', '']), mutateBytes(random, whole)];
}

function form(random: Random): Typed {
  const part = Buffer.concat([
    Buffer.from('--b\r\nContent-Disposition: form-data; name="data"; filename="x"\r\n\r\n'),
    random.pick([png, Buffer.from('[1]'), random.bytes(50)]),
    Buffer.from('\r\n--b--\r\n'),
  ]);
  const boundary = random.pick(['b', '"b"', '', 'x'.repeat(300), 'b; boundary=c', '\\']);
  return [`multipart/form-data; boundary=${boundary}`, random.chance(0.7) ? mutateBytes(random, part) : part];
}

function json(random: Random): Typed {
  const text = random.pick([
    ...[
      '[]',
      '{}',
      '"x"',
      'null',
      '1',
      '[[1,2],[3]]',
      '{"data":[1]}',
      '{"instances":[[1]]}',
      '{"data":{"data":{"data":1}}}',
    ],
    ...[
      '["x"]',
      '[["a","b"]]',
      '{"long":[1,2],"text":["x"],"flag":[true,false,true],"real":[1,2]}',
      '[1e400]',
      '[NaN]',
    ],
    ...[
      '{"__proto__":[1]}',
      '{"data":"====","b64":"x"}',
      '['.repeat(5000),
      '{"input":'.repeat(100),
      '[[0,1,2],[3,4,255]]',
      '[[256]]',
    ],
  ]);
  const body = Buffer.from(text);
  return ['application/json', random.chance(0.4) ? mutateBytes(random, body) : body];
}

function raw(random: Random): Typed {
  const type = random.pick([
    'application/octet-stream',
    'text/plain',
    'application/x-www-form-urlencoded',
    'x/y;;;',
  ]);
  return [type, random.bytes(random.pick([0, 1, 767, 768, 1536, 2304]))];
}

/** A right one: raw bytes of one to three items of `tiny`, and ten floats each come back. */
export function torchServeValidCase(random: Random): HttpCase {
  const items = random.between(1, 3);
  const values = Float32Array.from({ length: items * 192 }, () => random.float());
  const body = Buffer.from(values.buffer);
  const expected = Array.from({ length: items }, (_, item) => [
    ...values.subarray(item * 192, item * 192 + 10),
  ]);
  const headers = ['Content-Type: application/octet-stream', 'Accept: application/octet-stream'];
  return framed(
    'torchserve-valid',
    ['POST', '/predictions/tiny', headers, body],
    ({ status, body: got }): Problem => {
      const right = Buffer.from(Float32Array.from(expected.flat()).buffer);
      return status === 200 && got.equals(right) ? null : `TorchServe answered ${status} with another tensor`;
    },
  );
}

/** KServe's v1. */
export function kserveCase(random: Random): HttpCase {
  const values = Array.from({ length: 3 }, () => random.between(0, 255));
  const right = JSON.stringify({ instances: [values] });
  const body = random.chance(0.5) ? Buffer.from(right) : mutateBytes(random, Buffer.from(right));
  return framed('kserve-v1', ['POST', '/v1/models/open:predict', [], body], (answer): Problem => {
    if (answer.status !== 200 || body.toString() !== right) return judgeStatus(answer);
    const [got] = (JSON.parse(answer.body.toString()) as { predictions: number[][] }).predictions;
    return got?.join() === values.join() ? null : `KServe v1 answered ${got}, not ${values}`;
  });
}

/** Regions that must not be had: names that climb, offsets and sizes that overflow. */
export function sharedMemoryCase(random: Random): HttpCase {
  const key = random.pick([
    '/../../etc/passwd',
    '../etc/passwd',
    '/etc/passwd',
    '/x/y',
    '',
    '/',
    '/.',
    '/..',
    '\\u0000',
    'a'.repeat(300),
  ]);
  const offset = random.pick(['0', '-1', '1e400', '9007199254740993', '0.5', 'null', '"0"']);
  const size = random.pick(['1', '0', '-1', '1e30', '9223372036854775807', '4096']);
  const name = random.pick(['r', '%2e%2e', '__proto__', '%00', 'x'.repeat(500)]);
  const body = Buffer.from(`{"key":"${key}","offset":${offset},"byte_size":${size}}`);
  const action = random.pick(['register', 'unregister', 'status']);
  const kind = random.pick(['systemsharedmemory', 'systemsharedmemory', 'cudasharedmemory']);
  const target = random.chance(0.1) ? `/v2/${kind}/${action}` : `/v2/${kind}/region/${name}/${action}`;
  return framed(
    'shared-memory',
    [action === 'status' ? 'GET' : 'POST', target, [], body],
    (answer): Problem =>
      action === 'register' && answer.status === 200 ? `a region was had: ${body}` : judgeStatus(answer),
  );
}

/** Management without its token, or with another: nothing may be done. */
export function managementCase(random: Random): HttpCase {
  const target = random.pick([
    ...[
      '/v2/repository/models/tiny/unload',
      '/v2/repository/models/tiny/load',
      '/v2/repository/models/x/load',
      '/models/tiny',
    ],
    ...[
      '/models?url=/etc/passwd',
      '/models/tiny/1/set-default',
      '/models/tiny?min_worker=0',
      '/models?limit=-1',
      '/v2/repository/index',
    ],
  ]);
  const headers = random.pick([
    [],
    ['Authorization: Bearer x'],
    ['Authorization: Bearer '],
    [`Authorization: ${'b'.repeat(999)}`],
  ]);
  const method = random.pick(['POST', 'PUT', 'DELETE', 'GET']);
  return framed(
    'management',
    [method, target, headers, Buffer.from('{}')],
    (answer): Problem =>
      answer.status < 400
        ? `${method} ${target} got ${answer.status} without the token`
        : judgeStatus(answer),
  );
}
