import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BodyPieces } from './body-pieces.ts';

test('pieces of any sizes come out in order', () => {
  const sizes = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 0, max: 5000 })), { maxLength: 300 });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const body = new BodyPieces();
      const pieces = lengths.map((length, index) => new Uint8Array(length).fill(index));
      for (const piece of pieces) body.push(piece);
      assert.ok(Buffer.concat(pieces).equals(body.take().join()));
    }),
    { numRuns: 30 },
  );
});

test('a body in one piece is not copied', () => {
  const body = new BodyPieces();
  const piece = Uint8Array.of(1, 2, 3);
  body.push(piece);
  assert.equal(body.take().join(), piece);
});
