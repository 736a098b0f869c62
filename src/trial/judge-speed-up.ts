import type { SpeedUp } from './types.ts';

/** Nobody changes a deployment for less; steady measurements can prove differences far below. */
export const worthwhile = 0.01;

/** What a speed-up says: `same` where its interval includes 1, or where it is below one per cent. */
export function judgeSpeedUp({ ratio, interval: [low, high] }: SpeedUp): 'faster' | 'slower' | 'same' {
  if (Math.abs(ratio - 1) < worthwhile) return 'same';
  if (low > 1) return 'faster';
  return high < 1 ? 'slower' : 'same';
}
