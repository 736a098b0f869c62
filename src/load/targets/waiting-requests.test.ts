import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type WaitingRequest, WaitingRequests } from './waiting-requests.ts';

const request = (payload: number, items: number): WaitingRequest => ({
  ...{ payload, items, givenUp: false },
  settle: () => assert.fail('nobody answers here'),
});

function waitingOf(...items: number[]): { waiting: WaitingRequests; requests: WaitingRequest[] } {
  const waiting = new WaitingRequests();
  const requests = items.map((count, payload) => request(payload, count));
  for (const one of requests) waiting.add(one);
  return { waiting, requests };
}

describe('WaitingRequests', () => {
  it('gives the oldest that fits, and keeps those that do not', () => {
    const { waiting } = waitingOf(4, 1, 4, 2);
    const taken = [2, 2, 2, 4, 4, 4].map((most) => waiting.take(most)?.payload ?? null);
    assert.deepEqual(taken, [1, 3, null, 0, 2, null]);
  });

  it('leaves out what nobody waits for any more', () => {
    const { waiting, requests } = waitingOf(1, 1, 1);
    requests[0]!.givenUp = true;
    requests[1]!.givenUp = true;
    assert.equal(waiting.take(1)?.payload, 2);
    assert.equal(waiting.take(1), null);
  });

  it('loses none while its places move up', () => {
    const waiting = new WaitingRequests();
    const taken: number[] = [];
    for (let payload = 0; payload < 10_000; payload++) {
      waiting.add(request(payload, 1 + (payload % 2)));
      if (payload % 3 === 2) taken.push(waiting.take(2)!.payload);
    }
    for (let next = waiting.take(2); next !== null; next = waiting.take(2)) taken.push(next.payload);
    assert.deepEqual(
      taken,
      Array.from({ length: 10_000 }, (_, payload) => payload),
    );
  });
});
