import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CoreTurns, type TurnTaker } from './index.ts';

/** A model on CPU 0 that has so many batches to run. */
class Model implements TurnTaker {
  left: number;
  private readonly turns: CoreTurns;
  private readonly onStart: (model: Model) => void;

  constructor(turns: CoreTurns, left: number, onStart: (model: Model) => void) {
    this.turns = turns;
    this.left = left;
    this.onStart = onStart;
    turns.join(this);
  }

  get waiting(): boolean {
    return this.left > 0;
  }

  start(): void {
    if (!this.turns.isFree(this, [0])) return;
    this.left--;
    this.turns.take(this, [0]);
    this.onStart(this);
  }
}

describe('turns on shared cores', () => {
  it('one batch runs at a time, and core-time is shared evenly, whoever has more waiting and longer batches', () => {
    const turns = new CoreTurns();
    const usedMs = new Map<Model, number>();
    let running: Model | null = null;
    const onStart = (model: Model): void => {
      assert.equal(running, null);
      running = model;
    };
    const long = new Model(turns, 1000, onStart);
    const short = new Model(turns, 1000, onStart);
    turns.next();
    for (let step = 0; step < 300; step++) {
      const model: Model = running!;
      const ms = model === long ? 30 : 5;
      running = null;
      usedMs.set(model, (usedMs.get(model) ?? 0) + ms);
      turns.give(model, [0], ms);
      turns.next();
    }
    assert.ok(Math.abs(usedMs.get(long)! - usedMs.get(short)!) <= 30);
  });

  it('a model that was idle has saved up nothing, and waits for one batch only', () => {
    const turns = new CoreTurns();
    const order: Model[] = [];
    const busy = new Model(turns, 100, (model) => order.push(model));
    turns.next();
    for (let step = 0; step < 50; step++) {
      turns.give(busy, [0], 10);
      turns.next();
    }
    const late = new Model(turns, 3, (model) => order.push(model));
    turns.give(busy, [0], 10);
    turns.next();
    for (let step = 0; step < 6; step++) {
      turns.give(order.at(-1)!, [0], 10);
      turns.next();
    }
    const own = order.slice(51);
    assert.equal(own.filter((model) => model === late).length, 3);
    assert.ok(own.slice(0, 2).includes(late));
    assert.ok(own.slice(0, 3).includes(busy));
  });

  it('models on other cores do not wait', () => {
    const turns = new CoreTurns();
    const taker: TurnTaker = { waiting: false, start() {} };
    const other: TurnTaker = { waiting: false, start() {} };
    turns.take(taker, [0, 1]);
    assert.equal(turns.isFree(other, [1, 2]), false);
    assert.equal(turns.isFree(other, [2]), true);
    assert.equal(turns.isFree(taker, [1]), true);
    turns.give(taker, [0, 1], 1);
    assert.equal(turns.isFree(other, [1, 2]), true);
  });
});
