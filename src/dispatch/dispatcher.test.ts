import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Batch, Dispatcher, type Ticket, type Worker } from './index.ts';
import { roomFor } from './room.ts';
import { shareOut } from './share-out.ts';

const worker = (largestBatch: number, perItemMs = 1, fixedMs = 2): Worker => ({
  largestBatch,
  latencyMs: (items) => fixedMs + items * perItemMs,
});
const ticket = (request: string, items: number, more: Partial<Ticket<string>> = {}): Ticket<string> => ({
  ...{ request, items, key: 'a', arrivedMs: 0, deadlineMs: null },
  ...more,
});
/** A ms for each `size` of an item. */
const ofLengths = (largestBatch: number, size: number, usualLength = 0): Worker => ({
  ...{ largestBatch, usualLength },
  latencyMs: (items, _key, length) => 2 + (items * Math.max(1, length)) / size,
});
const shapeOf = ({ worker: index, pieces }: Batch<string>): string =>
  `${index}: ${pieces.map(({ ticket: { request }, from, items }) => `${request}[${from},${from + items})`).join(' ')}`;

const isOfOneKey = ({ key, pieces }: Batch<string>): boolean =>
  pieces.every((piece) => piece.ticket.key === key);

describe('a dispatcher', () => {
  it('gives an idle worker what waits at once, and lets the rest wait until one is free', () => {
    const dispatcher = new Dispatcher<string>([worker(2)]);
    dispatcher.offer(ticket('x', 1), 0);
    assert.deepEqual(dispatcher.decide(0).batches.map(shapeOf), ['0: x[0,1)']);
    for (const name of ['y', 'z', 'w']) dispatcher.offer(ticket(name, 1), 1);
    assert.deepEqual(dispatcher.decide(1).batches, []);
    dispatcher.done(0, 3);
    assert.deepEqual(dispatcher.decide(3).batches.map(shapeOf), ['0: y[0,1) z[0,1)']);
    assert.equal(dispatcher.length, 1);
  });

  it('splits a large request over idle workers, and over batches', () => {
    const dispatcher = new Dispatcher<string>([worker(4), worker(4)]);
    dispatcher.offer(ticket('x', 6), 0);
    assert.deepEqual(dispatcher.decide(0).batches.map(shapeOf), ['0: x[0,3)', '1: x[3,6)']);
    dispatcher.done(0, 5);
    dispatcher.done(1, 5);
    dispatcher.offer(ticket('y', 11), 5);
    assert.deepEqual(dispatcher.decide(5).batches.map(shapeOf), ['0: y[0,4)', '1: y[4,8)']);
    dispatcher.done(1, 9);
    assert.deepEqual(dispatcher.decide(9).batches.map(shapeOf), ['1: y[8,11)']);
  });

  it('never puts requests of different keys into one batch', () => {
    const dispatcher = new Dispatcher<string>([worker(8), worker(8)]);
    dispatcher.offer(ticket('x', 1), 0);
    dispatcher.offer(ticket('y', 1, { key: 'b' }), 0);
    dispatcher.offer(ticket('z', 1), 0);
    const { batches } = dispatcher.decide(0);
    assert.ok(batches.every(isOfOneKey));
    assert.equal(batches.length, 2);
  });

  it('waits for a full batch as long as it may, and no longer than a deadline allows', () => {
    const dispatcher = new Dispatcher<string>([worker(4)], { maxDelayMs: 10 });
    dispatcher.offer(ticket('x', 1), 0);
    assert.deepEqual(dispatcher.decide(0), { batches: [], expired: [], againMs: 10 });
    dispatcher.offer(ticket('y', 1, { arrivedMs: 1, deadlineMs: 9 }), 1);
    assert.equal(dispatcher.decide(1).againMs, 5);
    assert.equal(dispatcher.decide(5).batches.length, 1);
    dispatcher.done(0, 6);
    dispatcher.offer(ticket('z', 4, { arrivedMs: 6 }), 6);
    assert.equal(dispatcher.decide(6).batches.length, 1);
  });

  it('refuses what would be late, what is too much, and all when no worker is left; and says when it would be done', () => {
    const dispatcher = new Dispatcher<string>([worker(2)], { mostWaiting: 4 });
    dispatcher.offer(ticket('x', 2), 0);
    dispatcher.decide(0);
    dispatcher.offer(ticket('y', 3), 1);
    // x until 4, two of y until 8, the rest of y with this one until 12.
    assert.equal(dispatcher.expectedMs(1, 1, 'a'), 11);
    assert.deepEqual(dispatcher.offer(ticket('z', 1, { deadlineMs: 11 }), 1), {
      ...{ state: 'refused', reason: 'late', expectedMs: 11 },
    });
    assert.equal(dispatcher.offer(ticket('z', 2), 1).state, 'refused');
    assert.equal(dispatcher.offer(ticket('z', 1, { deadlineMs: 12 }), 1).state, 'waiting');
    dispatcher.retire(0);
    assert.deepEqual(dispatcher.offer(ticket('w', 1), 2), {
      ...{ state: 'refused', reason: 'none', expectedMs: Number.POSITIVE_INFINITY },
    });
  });

  it('lets requests wait for a lost worker to come back', () => {
    const dispatcher = new Dispatcher<string>([worker(2)]);
    dispatcher.lose(0);
    assert.equal(dispatcher.offer(ticket('x', 1, { deadlineMs: 100 }), 0).state, 'waiting');
    assert.deepEqual(dispatcher.decide(0).batches, []);
    dispatcher.join(0, 50);
    assert.deepEqual(dispatcher.decide(50).batches.map(shapeOf), ['0: x[0,1)']);
  });

  it('drops what nobody waits for any more before it is run', () => {
    const dispatcher = new Dispatcher<string>([worker(1)]);
    const gone = ticket('gone', 2);
    const late = ticket('late', 1, { deadlineMs: 20 });
    dispatcher.offer(ticket('x', 1), 0);
    dispatcher.decide(0);
    for (const one of [gone, late, ticket('y', 1)]) dispatcher.offer(one, 0);
    dispatcher.cancel(gone);
    dispatcher.done(0, 30);
    const { batches, expired } = dispatcher.decide(30);
    assert.deepEqual(batches.map(shapeOf), ['0: y[0,1)']);
    assert.deepEqual(expired, [late]);
  });

  it('runs what a lost worker had again, before all others', () => {
    const dispatcher = new Dispatcher<string>([worker(2), worker(2)]);
    dispatcher.offer(ticket('x', 4), 0);
    dispatcher.decide(0);
    dispatcher.offer(ticket('y', 1), 1);
    dispatcher.lose(0);
    dispatcher.done(1, 4);
    assert.deepEqual(dispatcher.decide(4).batches.map(shapeOf), ['1: x[0,2)']);
    dispatcher.join(0, 5);
    assert.deepEqual(dispatcher.decide(5).batches.map(shapeOf), ['0: y[0,1)']);
  });
});

describe('what fails', () => {
  it('is run again as it was, then in halves, until one item stands alone and is given up', () => {
    const dispatcher = new Dispatcher<string>([worker(4)]);
    const poison = ticket('poison', 1);
    for (const one of [ticket('x', 1), ticket('y', 1), poison, ticket('z', 1)]) dispatcher.offer(one, 0);
    const seen: string[] = [];
    const givenUp: string[] = [];
    for (let now = 0; now < 20; now++) {
      const [batch] = dispatcher.decide(now).batches;
      if (batch === undefined) break;
      seen.push(shapeOf(batch));
      if (batch.pieces.some((piece) => piece.ticket === poison)) {
        givenUp.push(...dispatcher.lose(0).map(({ request }) => request));
        dispatcher.join(0, now);
      } else dispatcher.done(0, now);
    }
    assert.deepEqual(seen, [
      '0: x[0,1) y[0,1) poison[0,1) z[0,1)',
      '0: x[0,1) y[0,1) poison[0,1) z[0,1)',
      '0: x[0,1) y[0,1)',
      '0: poison[0,1) z[0,1)',
      '0: poison[0,1)',
      '0: z[0,1)',
    ]);
    assert.deepEqual(givenUp, ['poison']);
    assert.equal(dispatcher.length, 0);
  });

  it('is given up at once where the engine refused it alone', () => {
    const dispatcher = new Dispatcher<string>([worker(2)]);
    for (const name of ['x', 'y']) dispatcher.offer(ticket(name, 1), 0);
    const [both] = dispatcher.decide(0).batches;
    assert.deepEqual(dispatcher.refuse(both!, 1), []);
    const [alone] = dispatcher.decide(1).batches;
    assert.equal(shapeOf(alone!), '0: x[0,1)');
    assert.deepEqual(
      dispatcher.refuse(alone!, 2).map(({ request }) => request),
      ['x'],
    );
    assert.deepEqual(dispatcher.decide(2).batches.map(shapeOf), ['0: y[0,1)']);
  });

  it('does not come back when its client has left', () => {
    const dispatcher = new Dispatcher<string>([worker(2)]);
    const gone = ticket('gone', 1);
    for (const one of [gone, ticket('y', 1)]) dispatcher.offer(one, 0);
    dispatcher.decide(0);
    dispatcher.lose(0);
    dispatcher.cancel(gone);
    dispatcher.join(0, 1);
    assert.deepEqual(dispatcher.decide(1).batches.map(shapeOf), ['0: y[0,1)']);
  });
});

describe('priorities', () => {
  it('put a request before others, and never starve one', () => {
    const dispatcher = new Dispatcher<string>([worker(1)], { starvationMs: 10 });
    dispatcher.offer(ticket('running', 1), 0);
    dispatcher.decide(0);
    dispatcher.offer(ticket('low', 1, { priority: 2, arrivedMs: 1 }), 1);
    dispatcher.offer(ticket('high', 1, { arrivedMs: 2 }), 2);
    dispatcher.offer(ticket('too late to overtake', 1, { arrivedMs: 12 }), 12);
    const order: string[] = [];
    for (let now = 12; dispatcher.length > 0; now++) {
      dispatcher.done(0, now);
      order.push(...dispatcher.decide(now).batches.map(shapeOf));
    }
    assert.deepEqual(order, ['0: high[0,1)', '0: low[0,1)', '0: too late to overtake[0,1)']);
  });
});

describe('the policy of Packrat', () => {
  it('gathers what all workers hold, splits it, and waits for the last of them', () => {
    const dispatcher = new Dispatcher<string>([worker(2), worker(2)], {
      policy: 'packrat',
      maxDelayMs: 50,
    });
    for (const name of ['x', 'y', 'z']) dispatcher.offer(ticket(name, 1), 0);
    assert.deepEqual(dispatcher.decide(0), { batches: [], expired: [], againMs: 50 });
    dispatcher.offer(ticket('w', 1), 1);
    assert.equal(dispatcher.decide(1).batches.length, 2);
    dispatcher.offer(ticket('v', 1, { arrivedMs: 1 }), 1);
    dispatcher.done(0, 5);
    assert.deepEqual(dispatcher.decide(60).batches, []);
    dispatcher.done(1, 60);
    assert.deepEqual(dispatcher.decide(60).batches.map(shapeOf), ['0: v[0,1)']);
  });
});

describe('workers', () => {
  it('come and go', () => {
    const dispatcher = new Dispatcher<string>([worker(1)]);
    const second = dispatcher.add(worker(2));
    dispatcher.retire(0);
    dispatcher.offer(ticket('x', 2), 0);
    assert.deepEqual(dispatcher.decide(0).batches.map(shapeOf), [`${second}: x[0,2)`]);
    dispatcher.retire(second);
    dispatcher.done(second, 1);
    assert.equal(dispatcher.offer(ticket('y', 1), 1).state, 'refused');
  });
});

describe('a long queue', () => {
  it('is expected to take what its batches take', () => {
    const dispatcher = new Dispatcher<string>([worker(8), worker(8)], { mostWaiting: 1e6 });
    for (let i = 0; i < 4000; i++) dispatcher.offer(ticket(`r${i}`, 8), 0);
    // 4,000 full batches of 10 ms, and one of 3 ms, on two workers.
    const expectedMs = dispatcher.expectedMs(1, 0, 'a');
    assert.ok(Math.abs(expectedMs - 20_003) < 10, `${expectedMs}`);
  });
});

describe('batches behind others', () => {
  const always = (): boolean => true;
  const decideAhead = (dispatcher: Dispatcher<string>, now: number) =>
    dispatcher.decide(now, always, always).batches;
  const offerAll = (dispatcher: Dispatcher<string>, count: number): void => {
    for (let i = 0; i < count; i++) dispatcher.offer(ticket(`r${i}`, 1), 0);
  };

  it('are sent where two full ones wait for every busy worker', () => {
    const dispatcher = new Dispatcher<string>([worker(2), worker(2)]);
    offerAll(dispatcher, 11);
    assert.deepEqual(decideAhead(dispatcher, 0).map(shapeOf), ['0: r0[0,1) r1[0,1)', '1: r2[0,1) r3[0,1)']);
    // Seven wait, and two workers take two each.
    assert.deepEqual(decideAhead(dispatcher, 1), []);
    dispatcher.offer(ticket('r11', 1), 1);
    const ahead = decideAhead(dispatcher, 2);
    assert.deepEqual(ahead.map(shapeOf), ['0: r4[0,1) r5[0,1)', '1: r6[0,1) r7[0,1)']);
    assert.ok(ahead.every((batch) => batch.ahead));
    assert.deepEqual(decideAhead(dispatcher, 3), []);
  });

  it('are expected to take their time, and run when the one before is done', () => {
    const dispatcher = new Dispatcher<string>([worker(2)]);
    offerAll(dispatcher, 6);
    const [, next] = decideAhead(dispatcher, 0);
    const both = dispatcher.expectedMs(1, 1, 'a');
    dispatcher.done(0, 2);
    assert.ok(dispatcher.expectedMs(1, 2, 'a') < both);
    assert.ok(dispatcher.holds(next!));
    dispatcher.done(0, 4);
    assert.ok(!dispatcher.holds(next!));
  });

  it('may be done before the one in front, which runs on', () => {
    const dispatcher = new Dispatcher<string>([worker(2)]);
    offerAll(dispatcher, 6);
    const [first, next] = decideAhead(dispatcher, 0);
    dispatcher.done(0, 1, next);
    assert.ok(dispatcher.holds(first!) && !dispatcher.holds(next!));
    dispatcher.done(0, 2, first);
    assert.deepEqual(decideAhead(dispatcher, 3).map(shapeOf), ['0: r4[0,1) r5[0,1)']);
  });

  it('wait again, and are not blamed, where the worker is lost', () => {
    const dispatcher = new Dispatcher<string>([worker(2), worker(2)]);
    dispatcher.lose(1);
    offerAll(dispatcher, 6);
    decideAhead(dispatcher, 0);
    dispatcher.lose(0);
    dispatcher.join(0, 2);
    dispatcher.join(1, 2);
    const again = decideAhead(dispatcher, 2);
    assert.deepEqual(again.map(shapeOf), ['0: r0[0,1) r1[0,1)', '1: r2[0,1) r3[0,1)']);
    assert.deepEqual(
      again.map(({ failures }) => failures),
      [1, 0],
    );
  });

  it('that could not be sent wait again, and the one before runs on', () => {
    const dispatcher = new Dispatcher<string>([worker(2)]);
    offerAll(dispatcher, 6);
    const [first, next] = decideAhead(dispatcher, 0);
    dispatcher.refuse(next!, 2);
    assert.ok(dispatcher.holds(first!) && !dispatcher.holds(next!));
    assert.equal(dispatcher.length, 4);
  });
});

describe('requests of different lengths', () => {
  const offer = (dispatcher: Dispatcher<string>, lengths: readonly number[]): void => {
    for (const [at, length] of lengths.entries())
      dispatcher.offer(ticket(`${at}:${length}`, 1, { length }), 0);
  };
  const shapes = ({ worker: index, pieces, length }: Batch<string>): string =>
    `${index} to ${length}: ${pieces.map(({ ticket: { request } }) => request).join(' ')}`;

  it('are padded together where that takes less than one after the other, and pass those that would make them long', () => {
    const dispatcher = new Dispatcher<string>([ofLengths(8, 10)]);
    offer(dispatcher, [10, 12, 400, 11, 340]);
    assert.deepEqual(dispatcher.decide(0).batches.map(shapes), ['0 to 12: 0:10 1:12 3:11']);
    dispatcher.done(0, 6);
    assert.deepEqual(dispatcher.decide(6).batches.map(shapes), ['0 to 400: 2:400']);
    dispatcher.done(0, 50);
    assert.deepEqual(dispatcher.decide(50).batches.map(shapes), ['0 to 340: 4:340']);
    assert.equal(dispatcher.length, 0);
  });

  it('go where they will finish first, be it on a worker that is still busy', () => {
    const dispatcher = new Dispatcher<string>([ofLengths(4, 100), ofLengths(4, 10)]);
    offer(dispatcher, [1000]);
    assert.deepEqual(dispatcher.decide(0).batches.map(shapes), ['0 to 1000: 0:1000']);
    offer(dispatcher, [500, 20]);
    // The fast one is free at 12 and has done it at 19; the slow one would take until 52.
    const { batches, againMs } = dispatcher.decide(0);
    assert.deepEqual(batches.map(shapes), ['1 to 20: 1:20']);
    assert.equal(againMs, 52 - 19);
    dispatcher.done(1, 4);
    assert.deepEqual(dispatcher.decide(4).batches, []);
    dispatcher.done(0, 12);
    assert.deepEqual(dispatcher.decide(12).batches.map(shapes), ['0 to 500: 0:500']);
  });

  it('do not wait for a worker that hangs', () => {
    const dispatcher = new Dispatcher<string>([ofLengths(4, 100), ofLengths(4, 10)]);
    offer(dispatcher, [1000]);
    dispatcher.decide(0);
    offer(dispatcher, [500]);
    const { againMs } = dispatcher.decide(0);
    const later = dispatcher.decide(againMs!);
    assert.deepEqual(later.batches, []);
    // So long after the one was expected to end as the other takes longer.
    assert.equal(later.againMs, 12 + 52 - 7);
    assert.deepEqual(dispatcher.decide(later.againMs!).batches.map(shapes), ['1 to 500: 0:500']);
  });

  it('take the room of several where they are longer than a batch is meant for', () => {
    const dispatcher = new Dispatcher<string>([ofLengths(8, 1000, 100)]);
    offer(dispatcher, [400, 400, 400, 50]);
    assert.deepEqual(dispatcher.decide(0).batches.map(shapes), ['0 to 400: 0:400 1:400']);
  });

  it('join nobody whose deadline would pass; who would be late anyhow is let go', () => {
    const dispatcher = new Dispatcher<string>([ofLengths(8, 10)]);
    dispatcher.offer(ticket('soon', 1, { length: 100, deadlineMs: 15 }), 0);
    offer(dispatcher, [100]);
    assert.deepEqual(dispatcher.decide(0).batches.map(shapes), ['0 to 100: soon']);
    dispatcher.offer(ticket('later', 1, { length: 100, deadlineMs: 40 }), 1);
    dispatcher.done(0, 30);
    const { batches, expired } = dispatcher.decide(30);
    assert.deepEqual(batches.map(shapes), ['0 to 100: 0:100']);
    assert.deepEqual(
      expired.map(({ request }) => request),
      ['later'],
    );
  });

  it('of many items that are late on one worker are let go whole, and told once', () => {
    const dispatcher = new Dispatcher<string>([ofLengths(2, 100), ofLengths(2, 100)]);
    dispatcher.offer(ticket('big', 4, { length: 100, deadlineMs: 20 }), 0);
    const { batches, expired } = dispatcher.decide(18);
    assert.deepEqual([batches.length, expired.length, dispatcher.length], [0, 1, 0]);
    offer(dispatcher, [10]);
    assert.equal(dispatcher.decide(19).batches.length, 1);
    assert.equal(dispatcher.length, 0);
  });

  it('wait behind others as long as those take', () => {
    const dispatcher = new Dispatcher<string>([ofLengths(1, 10)]);
    offer(dispatcher, [100, 50]);
    dispatcher.decide(0);
    assert.equal(dispatcher.expectedMs(1, 0, 'a', 20), 12 + 7 + 4);
  });
});

describe('whatever comes', () => {
  const event = fc.oneof(
    fc.record({
      type: fc.constant('offer'),
      items: fc.integer({ min: 1, max: 9 }),
      key: fc.constantFrom('a', 'b'),
      length: fc.constant(0),
    }),
    fc.record({
      type: fc.constant('offer'),
      items: fc.integer({ min: 1, max: 9 }),
      key: fc.constantFrom('c', 'd'),
      length: fc.integer({ min: 1, max: 40 }),
    }),
    fc.record({ type: fc.constant('done'), worker: fc.nat(2) }),
    fc.record({ type: fc.constant('lose'), worker: fc.nat(2) }),
    fc.record({ type: fc.constant('join'), worker: fc.nat(2) }),
    fc.record({ type: fc.constant('cancel'), request: fc.nat(59) }),
  );

  it('every accepted item runs, to its end once, in batches that fit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 3 }),
        fc.array(event, { maxLength: 60 }),
        fc.boolean(),
        (largest, events, ahead) => {
          const workers = largest.map((size, index) => ofLengths(size, 1 + index, 10 * index));
          const dispatcher = new Dispatcher<string>(workers);
          const running = largest.map((): Batch<string>[] => []);
          const accepted = new Map<string, Ticket<string>>();
          const finished = new Map<string, number>();
          let now = 0;
          const decide = (): void => {
            for (const batch of dispatcher.decide(now, undefined, () => ahead).batches) {
              assert.equal(running[batch.worker]!.length, batch.ahead ? 1 : 0);
              assert.ok(!batch.ahead || batch.length > 0 || batch.items === largest[batch.worker]);
              assert.ok(isOfOneKey(batch));
              assert.ok(batch.items <= roomFor(workers[batch.worker]!, batch.length) && batch.items > 0);
              assert.equal(batch.length, Math.max(...batch.pieces.map((piece) => piece.ticket.length!)));
              assert.equal(
                batch.items,
                batch.pieces.reduce((sum, { items }) => sum + items, 0),
              );
              running[batch.worker]!.push(batch);
              assert.ok(dispatcher.holds(batch));
            }
          };
          const finish = (index: number): void => {
            const batch = running[index]!.shift();
            if (batch === undefined) return;
            dispatcher.done(index, now);
            assert.ok(!dispatcher.holds(batch));
            for (const {
              ticket: { request },
              from,
              items,
            } of batch.pieces)
              for (let item = from; item < from + items; item++)
                finished.set(`${request}/${item}`, (finished.get(`${request}/${item}`) ?? 0) + 1);
          };
          for (const [at, one] of events.entries()) {
            now++;
            if ('items' in one) {
              const own = ticket(`r${at}`, one.items, { ...one, arrivedMs: now });
              if (dispatcher.offer(own, now).state === 'waiting') accepted.set(own.request, own);
            } else if ('request' in one) {
              const left = accepted.get(`r${one.request}`);
              if (left !== undefined) dispatcher.cancel(left);
              accepted.delete(`r${one.request}`);
            } else if (one.worker < largest.length) {
              if (one.type === 'done') finish(one.worker);
              if (one.type === 'join') dispatcher.join(one.worker, now);
              if (one.type === 'lose') {
                running[one.worker] = [];
                for (const { request } of dispatcher.lose(one.worker)) accepted.delete(request);
              }
            }
            decide();
          }
          for (const index of largest.keys()) dispatcher.join(index, now);
          const busy = (): boolean => running.some((batches) => batches.length > 0);
          for (let round = 0; round < 1000 && (dispatcher.length > 0 || busy()); round++) {
            now++;
            decide();
            for (const index of running.keys()) finish(index);
          }
          assert.equal(dispatcher.length, 0);
          for (const [request, { items }] of accepted)
            for (let item = 0; item < items; item++) assert.equal(finished.get(`${request}/${item}`), 1);
          assert.ok([...finished.values()].every((times) => times === 1));
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('shareOut', () => {
  it('is as fast as any other way to share', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            batch: fc.integer({ min: 1, max: 4 }),
            perItem: fc.integer({ min: 1, max: 5 }),
            fixed: fc.nat(5),
          }),
          { minLength: 1, maxLength: 3 },
        ),
        fc.integer({ min: 1, max: 12 }),
        (kinds, items) => {
          const workers = kinds.map(({ batch, perItem, fixed }) => worker(batch, perItem, fixed));
          const shares = shareOut(workers, items, 'a');
          const room = kinds.reduce((sum, { batch }) => sum + batch, 0);
          assert.equal(
            shares.reduce((sum, share) => sum + share, 0),
            Math.min(items, room),
          );
          assert.equal(slowest(workers, shares), bestOf(workers, Math.min(items, room)));
        },
      ),
    );
  });

  it('shares the same whether workers of a kind have one function of time or each its own', () => {
    const kinds = fc.record({ largestBatch: fc.integer({ min: 1, max: 4 }), fixedMs: fc.nat(3) });
    const latencies = [0, 1, 2, 3].map((fixedMs) => worker(1, 1, fixedMs).latencyMs);
    fc.assert(
      fc.property(fc.array(kinds, { minLength: 1, maxLength: 6 }), fc.nat(20), (list, items) => {
        const own = list.map(({ largestBatch, fixedMs }) => worker(largestBatch, 1, fixedMs));
        const common = list.map(({ largestBatch, fixedMs }) => ({
          largestBatch,
          latencyMs: latencies[fixedMs]!,
        }));
        assert.deepEqual(shareOut(common, items, 'a'), shareOut(own, items, 'a'));
      }),
    );
  });
});

const slowest = (workers: readonly Worker[], shares: readonly number[]): number =>
  Math.max(...shares.map((share, index) => (share === 0 ? 0 : workers[index]!.latencyMs(share, 'a', 0))));

function bestOf(workers: readonly Worker[], items: number, shares: readonly number[] = []): number {
  if (shares.length === workers.length)
    return items === 0 ? slowest(workers, shares) : Number.POSITIVE_INFINITY;
  const most = Math.min(items, workers[shares.length]!.largestBatch);
  return Math.min(
    ...Array.from({ length: most + 1 }, (_, share) => bestOf(workers, items - share, [...shares, share])),
  );
}
