import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bag } from './bag.ts';

test('holds what was added and not deleted, whatever the order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 9 })), (turns) => {
      const items = Array.from({ length: 10 }, (_, number) => ({ number, bagIndex: -1 }));
      const bag = new Bag<(typeof items)[number]>();
      const expected = new Set<(typeof items)[number]>();
      for (const turn of turns) {
        const item = items[turn]!;
        if (expected.delete(item)) bag.delete(item);
        else {
          expected.add(item);
          bag.add(item);
        }
        bag.delete({ number: -1, bagIndex: -1 });
        assert.equal(bag.size, expected.size);
        assert.deepEqual(new Set(bag.all()), expected);
      }
    }),
  );
});
