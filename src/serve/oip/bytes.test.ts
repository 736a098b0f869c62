import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Chunks } from '../chunks.ts';
import { byteStrings, countStrings, decodeStrings, encodeByteStrings, encodeStrings } from './bytes.ts';

const text = fc.string({ unit: 'binary' });

test('texts come back', () => {
  fc.assert(
    fc.property(fc.array(text), (texts) => {
      const bytes = encodeStrings(texts);
      assert.deepEqual(decodeStrings('x', bytes), texts);
      assert.equal(countStrings('x', new Chunks([bytes])), texts.length);
    }),
  );
});

test('bytes come back', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array()), (elements) => {
      const bytes = encodeByteStrings(elements);
      assert.deepEqual(
        [...byteStrings('x', bytes)].map((element) => [...element]),
        elements.map((element) => [...element]),
      );
    }),
  );
});

test('any bytes are counted or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        assert.equal(countStrings('x', new Chunks([bytes])), [...byteStrings('x', bytes)].length);
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'request-invalid');
      }
    }),
  );
});

test('what is cut off is named', () => {
  const cut = Uint8Array.of(255, 0, 0, 0, 97);
  assert.throws(() => countStrings('x', new Chunks([cut])), {
    code: 'request-invalid',
    message: /expecting a string of length 255 but only 1 bytes/,
  });
  assert.throws(() => [...byteStrings('x', Uint8Array.of(1, 0))], /the length of a string but only 2 bytes/);
});

test('what is not UTF-8 has no text', () => {
  const bytes = encodeByteStrings([Uint8Array.of(0xff, 0xfe)]);
  assert.throws(() => decodeStrings('y', bytes), { code: 'request-invalid', message: /not UTF-8/ });
});
