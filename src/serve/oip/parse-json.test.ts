import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJson, parseJsonExactly } from './parse-json.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string): unknown => parseJson(bytesOf(text), 8);

test('it parses what JSON.parse parses', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = JSON.stringify(value);
      assert.deepEqual(parse(text), JSON.parse(text));
    }),
  );
});

test('any bytes are parsed or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      try {
        parseJson(bytes, 8);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'request-invalid');
      }
    }),
  );
});

test('bare NaN and infinities become texts; words within texts stay', () => {
  assert.deepEqual(parse('{"NaN":[NaN,-Infinity,Infinity,"a NaN \\" NaN"]}'), {
    NaN: ['NaN', '-Infinity', 'Infinity', 'a NaN " NaN'],
  });
});

test('depth is counted outside of texts only', () => {
  assert.deepEqual(parse('["[[[[[[[[[[[[[[", "\\"[[[[[[[[["]'), ['[[[[[[[[[[[[[[', '"[[[[[[[[[']);
  assert.throws(() => parse('['.repeat(9)), { code: 'request-invalid', message: /nested deeper than 8/ });
  assert.throws(() => parse('[{"a":'.repeat(5)), /nested deeper/);
});

test('hostile texts take no time out of proportion', () => {
  const start = '{"a":NaN,"';
  assert.throws(() => parse(start + '\\"'.repeat(2_000_000)), { code: 'request-invalid' });
  assert.throws(() => parse(`[NaN${'"'.repeat(2_000_001)}`), { code: 'request-invalid' });
});

test('the document is not echoed', () => {
  assert.throws(
    () => parse('{"secret": hunter2}'),
    (error: Error) => !error.message.includes('hunter2') && error.message.includes('failed to parse'),
  );
});

test('only integers that lose digits become bigint', () => {
  assert.deepEqual(parseJsonExactly(bytesOf('[1,1e19,9007199254740993,0.5]'), 2), [
    1,
    10n ** 19n,
    9007199254740993n,
    0.5,
  ]);
});
