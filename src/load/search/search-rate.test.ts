import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type SearchRange, type SearchResult, type StepVerdict, searchRate } from './search-rate.ts';

const range: SearchRange = { startRate: 10, lowestRate: 1, highestRate: 10_000, precision: 0.05 };
const held: StepVerdict = { state: 'held', holds: true };
const failed: StepVerdict = { state: 'failed', holds: false };
const behind: StepVerdict = { state: 'behind', holds: false };
const unsure = (holds: boolean): StepVerdict => ({ state: 'undecided', holds });

async function search(
  verdictOf: (rate: number, step: number, repeated: boolean) => StepVerdict | null,
  own: Partial<SearchRange> = {},
): Promise<SearchResult & { readonly rates: readonly number[] }> {
  const rates: number[] = [];
  const result = await searchRate({ ...range, ...own }, async (rate, repeated) => {
    rates.push(rate);
    return verdictOf(rate, rates.length, repeated);
  });
  return { ...result, rates };
}

const upTo =
  (capacity: number) =>
  (rate: number): StepVerdict =>
    rate <= capacity ? held : failed;

describe('searchRate', () => {
  it('finds a capacity to the precision that is asked for, from below and from above', async () => {
    for (const capacity of [1, 3.3, 9.9, 10, 47, 1234])
      for (const precision of [0.05, 0.01]) {
        const { rate, failedRate, ended } = await search(upTo(capacity), { precision });
        assert.equal(ended, 'found');
        assert.ok(rate! <= capacity && failedRate! > capacity, `${capacity}: ${rate} ${failedRate}`);
        assert.ok(failedRate! / rate! - 1 <= precision, `${capacity}: ${rate} ${failedRate}`);
      }
  });

  it('doubles, then halves the bracket', async () => {
    const { rates } = await search(upTo(47), { precision: 0.2 });
    assert.deepEqual(rates.slice(0, 4), [10, 20, 40, 80]);
    assert.ok(rates.slice(4).every((rate) => rate > 40 && rate < 80));
  });

  it('says where not even the lowest rate holds, and where the highest does', async () => {
    const none = await search(() => failed);
    assert.deepEqual([none.ended, none.rate, none.failedRate], ['none-holds', null, 1]);
    assert.deepEqual(none.rates, [10, 5, 2.5, 1.25, 1]);
    const all = await search(() => held, { highestRate: 50 });
    assert.deepEqual([all.ended, all.rate, all.failedRate], ['unbounded', 50, null]);
  });

  it('repeats a step that does not decide, once', async () => {
    const second = await search((rate, _, repeated) =>
      rate === 20 && !repeated ? unsure(false) : upTo(30)(rate),
    );
    assert.equal(second.rates.filter((rate) => rate === 20).length, 2);
    assert.ok(second.rate! > 20);
    const twice = await search((rate, _, repeated) =>
      rate === 20 ? unsure(!repeated) : rate < 20 ? held : failed,
    );
    assert.deepEqual([twice.failedRate, twice.rates.filter((rate) => rate === 20).length], [20, 2]);
    const both = await search((rate) => (rate === 20 ? unsure(true) : rate < 20 ? held : failed));
    assert.equal(both.rate, 20);
  });

  it('ends where the generator is twice too slow, and not where it is once', async () => {
    const twice = await search((rate) => (rate > 20 ? behind : held));
    assert.deepEqual([twice.ended, twice.rate, twice.rates], ['generator', 20, [10, 20, 40, 40]]);
    const once = await search((rate, _, repeated) => (rate === 20 && !repeated ? behind : upTo(30)(rate)));
    assert.equal(once.ended, 'found');
  });

  it('keeps what was found when it is interrupted', async () => {
    const { ended, rate } = await search((_, step) => (step < 3 ? held : null));
    assert.deepEqual([ended, rate], ['interrupted', 20]);
  });

  it('ends with any precision', async () => {
    const { ended, rate } = await search(upTo(47), { precision: 1e-9 });
    assert.deepEqual([ended, rate], ['found', 47]);
  });
});
