import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ThinferError } from '../errors.ts';
import { type ModelQuestion, planModels } from './plan-models.ts';
import { shareCores } from './share-cores.ts';
import type { Cell } from './types.ts';

/** Largest slow-down, their sum, and the cores of the best of all shares, tried one by one; null where none has plans for all. */
function bruteForce(slowdowns: readonly (readonly number[])[], cores: number): number[] | null {
  let best: number[] | null = null;
  const visit = (model: number, left: number, worst: number, sum: number): void => {
    if (model === slowdowns.length) {
      const found = [worst, sum, cores - left];
      const order = best && found.reduce((sign, value, i) => sign || value - best![i]!, 0);
      if (worst < Number.POSITIVE_INFINITY && (order === null || order < 0)) best = found;
      return;
    }
    for (let own = 0; own <= left; own++) {
      const slowdown = slowdowns[model]![own]!;
      visit(model + 1, left - own, Math.max(worst, slowdown), sum + slowdown);
    }
  };
  visit(0, cores, 0, 0);
  return best;
}

describe('shareCores', () => {
  it('equals brute force over all shares', () => {
    const anySlowdown = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant(Number.POSITIVE_INFINITY));
    const anyRows = fc.integer({ min: 0, max: 7 }).chain((cores) =>
      fc.record({
        cores: fc.constant(cores),
        rows: fc.array(fc.array(anySlowdown, { minLength: cores + 1, maxLength: cores + 1 }), {
          minLength: 1,
          maxLength: 4,
        }),
      }),
    );
    fc.assert(
      fc.property(anyRows, ({ cores, rows }) => {
        const shares = shareCores(rows, cores);
        const chosen = shares?.map((own, model) => rows[model]![own]!);
        const found =
          shares === null
            ? null
            : [
                Math.max(...chosen!),
                chosen!.reduce((sum, slowdown) => sum + slowdown, 0),
                shares.reduce((sum, own) => sum + own, 0),
              ];
        assert.deepEqual(found, bruteForce(rows, cores));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('planModels', () => {
  const scaling = (exponent: number): Cell[] =>
    [1, 2, 3, 4, 5, 6, 7, 8].flatMap((threads) =>
      [1, 2, 4, 8].map((batch) => ({
        threads,
        batch,
        latencyMs: (10 * batch) / threads ** exponent,
        fitted: false,
      })),
    );
  const question = (model: string, changes: Partial<ModelQuestion> = {}): ModelQuestion => ({
    model,
    measured: scaling(0.9),
    target: { goal: 'latency', items: 8 },
    limits: { cores: 8 },
    fit: false,
    ...changes,
  });

  it('shares evenly among equals', () => {
    const answers = planModels([question('a'), question('b')], 8);
    assert.deepEqual(
      answers.map(({ model, cores }) => [model, cores]),
      [
        ['a', 4],
        ['b', 4],
      ],
    );
    assert.equal(answers[0]!.slowdown, 2);
    assert.equal(answers[0]!.best.cores, 4);
  });

  it('first gives what keeps a rate or a latency, then shares the rest', () => {
    const rate = question('rate', { target: { goal: 'cost', itemsPerSecond: 250 } });
    const limit = question('limit', { limits: { cores: 8, latencyMs: 40 } });
    const [first, second, third] = planModels([rate, question('rest'), limit], 8);
    assert.deepEqual([first!.cores, second!.cores, third!.cores], [3, 3, 2]);
    assert.equal(first!.slowdown, null);
    assert.ok(third!.best.latencyMs <= 40);
    assert.ok(second!.slowdown! > 2);
  });

  it('leaves cores idle where every model keeps a limit', () => {
    const rate = question('rate', { target: { goal: 'cost', itemsPerSecond: 250 } });
    assert.deepEqual(
      planModels([rate, rate], 8).map(({ cores }) => cores),
      [3, 3],
    );
    assert.deepEqual(shareCores([], 8), []);
  });

  it('says how many cores all need, and what one alone can not keep', () => {
    const rate = question('rate', { target: { goal: 'cost', itemsPerSecond: 500 } });
    const refused = (questions: readonly ModelQuestion[]): ThinferError => {
      try {
        planModels(questions, 8);
      } catch (error) {
        if (error instanceof ThinferError) return error;
      }
      throw new Error('not refused');
    };
    assert.match(refused([rate, question('b'), rate]).message, /at least 11 \(rate 5, b 1, rate 5\)/);
    const impossible = question('x', { target: { goal: 'cost', itemsPerSecond: 9000 } });
    assert.match(refused([question('b'), impossible]).message, /no set of instances processes 9000 items/);
  });
});
