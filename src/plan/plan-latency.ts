import { plan } from './plan.ts';
import type { PlanQuestion } from './question.ts';
import type { ExplainedAnswer } from './types.ts';

/** What `planLatency` plans from. */
export interface LatencyQuestion
  extends Pick<PlanQuestion, 'measured' | 'fit' | 'samplesOf' | 'conditions' | 'alternatives'> {
  /** T, at least 1. */
  readonly cores: number;
  /** B, at least 1. */
  readonly items: number;
}

/** The plan that finishes `items` items on `cores` cores soonest; `plan` with that goal and no other limits. */
export function planLatency({ cores, items, ...question }: LatencyQuestion): ExplainedAnswer {
  return plan({ ...question, target: { goal: 'latency', items }, limits: { cores } });
}
