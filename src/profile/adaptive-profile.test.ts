import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { candidatePlaces } from '../plan/index.ts';
import { type AdaptiveRequest, adaptiveProfile, type GridCell, type Point } from './index.ts';

const latencyOf = ({ threads, batch }: Pick<GridCell, 'threads' | 'batch'>): number =>
  (batch + 2) / threads ** 0.6;

const pointOf = ({ threads, batch, mode }: GridCell, failed = false): Point => {
  const medianMs = latencyOf({ threads, batch });
  const common = { hash: `${threads}/${batch}`, settings: { threads, batch, mode }, measuredAt: '' };
  const rest = failed
    ? { state: 'failed', failure: 'out-of-memory', message: 'no memory' }
    : { state: 'measured', stats: { medianMs, interval: [medianMs * 0.99, medianMs * 1.01] } };
  return { ...common, ...rest } as unknown as Point;
};

const cases = [
  { cores: 16, items: 32 },
  { cores: 16, items: 64 },
];

/** Measures imagined cells; those of `failing` batches run out of memory, and none is measured after `limit` cells. */
function request(more: Partial<AdaptiveRequest> = {}, failing = Number.POSITIVE_INFINITY, limit = 1e9) {
  const asked: string[] = [];
  const full: AdaptiveRequest = {
    places: candidatePlaces({ cases }),
    cases,
    first: [{ threads: 16, batch: 64 }],
    known: [],
    budgetMs: null,
    measure: (cells) => {
      const open = cells.slice(0, Math.max(0, limit - asked.length));
      asked.push(...open.map(({ threads, batch }) => `${threads}/${batch}`));
      const points = open.map((cell) => pointOf(cell, cell.batch >= failing));
      return Promise.resolve({ points, reused: 0, leftOut: cells.slice(open.length), seconds: 1 });
    },
    ...more,
  };
  return { asked, full };
}

describe('an adaptive profile', () => {
  it('measures what is asked first, each cell once, and far fewer than there are', async () => {
    const { asked, full } = request();
    const result = await adaptiveProfile(full);
    assert.equal(asked[0], '16/64');
    assert.equal(new Set(asked).size, asked.length);
    assert.equal(result.points.length, asked.length);
    assert.ok(asked.length < result.places / 3, `${asked.length} of ${result.places}`);
    const least = Math.min(...full.places.filter(holds(32)).map(latencyOf));
    assert.ok(result.points.some(({ settings }) => latencyOf(settings) === least && holds(32)(settings)));
  });

  it('goes on where it stopped: what is known is not measured again', async () => {
    const first = request();
    const { points } = await adaptiveProfile(first.full);
    const second = request({ known: points });
    await adaptiveProfile(second.full);
    assert.deepEqual(second.asked, []);
  });

  it('goes on without cells that run out of memory', async () => {
    const { full } = request({}, 32);
    const result = await adaptiveProfile(full);
    const measured = result.points.filter(({ state }) => state === 'measured');
    assert.ok(measured.length > 0 && measured.every(({ settings }) => settings.batch < 32));
    assert.ok(result.points.some(({ state }) => state === 'failed'));
  });

  it('ends where no set of cells that can be measured holds the items', async () => {
    const { full } = request({}, 1);
    const result = await adaptiveProfile(full);
    assert.ok(result.points.every(({ state }) => state === 'failed'));
  });

  it('shares a budget out over the cells to come, and gives the rest to those of the plans', async () => {
    const shares: (number | null)[] = [];
    const sure: string[] = [];
    const { full } = request({ budgetMs: 60_000 });
    const { points } = await adaptiveProfile({
      ...full,
      measure: (cells, time) => {
        shares.push(time.cellMs);
        if (time.cellMs === null) sure.push(...cells.map(({ threads, batch }) => `${threads}/${batch}`));
        return full.measure(cells, time);
      },
    });
    const known = new Set(points.map(({ hash }) => hash));
    assert.ok(shares[0]! <= 60_000 / 6, `${shares[0]} ms for the first cell`);
    assert.ok(sure.length > 0 && sure.length < known.size);
    assert.ok(sure.every((place) => known.has(place)));
  });

  it('ends with the budget, and names what was left out', async () => {
    const { asked, full } = request({}, Number.POSITIVE_INFINITY, 3);
    const result = await adaptiveProfile(full);
    assert.equal(asked.length, 3);
    assert.equal(result.leftOut.length, 1);
  });
});

const holds =
  (items: number) =>
  ({ threads, batch }: { readonly threads: number; readonly batch: number }): boolean =>
    Math.floor(16 / threads) * batch >= items;
