import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { digamma, logGamma, trigamma, trigammaInverse } from './gamma.ts';
import { studentQuantile, studentTails } from './student-quantile.ts';

const close = (actual: number, expected: number, share: number): void =>
  assert.ok(Math.abs(actual - expected) <= share * Math.abs(expected), `${actual} is not ${expected}`);

describe('studentQuantile', () => {
  it('gives the published tables of Student’s t', () => {
    // Two-sided 5 %, 1 %, 0.1 % (Pearson and Hartley, Biometrika Tables for Statisticians, table 12).
    const table: [number, number, number, number][] = [[1, 12.706, 63.657, 636.62], [2, 4.303, 9.925, 31.599], [3, 3.182, 5.841, 12.924], [4, 2.776, 4.604, 8.61], [10, 2.228, 3.169, 4.587], [30, 2.042, 2.75, 3.646], [120, 1.98, 2.617, 3.373]]; // biome-ignore format: a table
    for (const [df, five, one, tenth] of table) {
      close(studentQuantile(0.05, df), five, 3e-4);
      close(studentQuantile(0.01, df), one, 3e-4);
      close(studentQuantile(0.001, df), tenth, 3e-4);
    }
    close(studentQuantile(0.05, Number.POSITIVE_INFINITY), 1.959964, 1e-5);
  });

  it('is the inverse of the tails, far out and between whole degrees of freedom too', () => {
    for (const df of [0.5, 1.3, 2, 3.7, 20, 500])
      for (const tails of [0.9, 0.05, 1e-4, 1e-8])
        close(studentTails(studentQuantile(tails, df), df), tails, 1e-6);
    // For two degrees of freedom there is a closed form.
    for (const tails of [0.3, 1e-3, 1e-7]) {
      const p = 1 - tails / 2;
      close(studentQuantile(tails, 2), (2 * p - 1) / Math.sqrt(2 * p * (1 - p)), 1e-6);
    }
  });
});

describe('the gamma function', () => {
  it('and its derivatives have their known values', () => {
    close(logGamma(5), Math.log(24), 1e-13);
    close(logGamma(0.5), Math.log(Math.sqrt(Math.PI)), 1e-13);
    close(digamma(1), -0.5772156649015329, 1e-9);
    close(digamma(0.5), -1.9635100260214235, 1e-9);
    close(trigamma(1), Math.PI ** 2 / 6, 1e-8);
    close(trigamma(0.5), Math.PI ** 2 / 2, 1e-8);
    for (const x of [0.01, 0.4, 1, 3, 40, 1e4]) close(trigammaInverse(trigamma(x)), x, 1e-6);
  });
});
