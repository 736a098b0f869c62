import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exceedsMemory } from './exceeds-memory.ts';

const gib = 2 ** 30;
/** 1 GiB of weights and half a GiB an item. */
const memory = { instanceBytes: (batch: number) => (1 + batch / 2) * gib, availableBytes: 7 * gib };

describe('exceedsMemory', () => {
  it('counts what each instance takes at its share of the items', () => {
    const thin = [{ instances: 4, threads: 1, batch: 2 }];
    assert.equal(exceedsMemory({ groups: thin }, 6, memory), null, '2 + 2 + 2 items in three instances');
    assert.equal(
      exceedsMemory({ groups: thin }, 8, memory),
      'its 4 instances need about 8.0 GiB, and 7.0 GiB can be had',
    );
  });

  it('takes an instance of the engine’s own threads as one', () => {
    const groups = [{ instances: 1, threads: 0, batch: 16 }];
    assert.equal(exceedsMemory({ groups }, 12, memory), null);
    assert.match(exceedsMemory({ groups }, 16, memory)!, /^its instance needs about 9\.0 GiB/);
  });
});
