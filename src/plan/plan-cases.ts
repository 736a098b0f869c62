import { ThinferError } from '../errors.ts';
import { mean } from '../stats/index.ts';
import type { ExplainedAnswer, ExplainedPlan, PlanAnswer } from './types.ts';

/** One question of a table of them, and its answer. */
export interface PlanCase {
  readonly cores: number;
  /** B; null where the goal has none and there is no plan. */
  readonly items: number | null;
  /** Null where there is no plan. */
  readonly best: ExplainedPlan | null;
  readonly baselines: ExplainedAnswer['baselines'];
  readonly speedup: PlanAnswer['speedup'];
  /** Why there is no plan; null where there is one. */
  readonly noPlan: string | null;
}

/** Arithmetic means over the cases of one number of cores; null where no case has the baseline. */
export interface MeanSpeedUp {
  readonly cores: number;
  readonly fat: number | null;
  readonly thin: number | null;
  /** Cases with a plan. */
  readonly cases: number;
}

/** A whole table of plans. */
export interface PlanCases {
  readonly goal: ExplainedAnswer['goal'];
  readonly policy: ExplainedAnswer['policy'];
  readonly cases: readonly PlanCase[];
  readonly means: readonly MeanSpeedUp[];
}

/**
 * Every combination of cores and items. A case without a plan is a row that says why; where none has one, the first
 * error is thrown.
 *
 * @param items Null where the goal has none.
 * @param answer Plans one case.
 */
export function planCases(
  cores: readonly number[],
  items: readonly (number | null)[],
  answer: (cores: number, items: number | null) => ExplainedAnswer,
): PlanCases {
  const answers: ExplainedAnswer[] = [];
  const errors: ThinferError[] = [];
  const cases = cores.flatMap((count) =>
    items.map((asked): PlanCase => {
      try {
        const found = answer(count, asked);
        answers.push(found);
        const { best, baselines, speedup } = found;
        return { cores: count, items: found.items, best, baselines, speedup, noPlan: null };
      } catch (error) {
        if (!(error instanceof ThinferError) || error.code !== 'no-plan') throw error;
        errors.push(error);
        return { ...withoutPlan, cores: count, items: asked, noPlan: error.message };
      }
    }),
  );
  const first = answers[0];
  if (first === undefined) throw errors[0]!;
  const { goal, policy } = first;
  return { goal, policy, cases, means: cores.map((count) => meanOf(cases, count)) };
}

const withoutPlan = {
  best: null,
  baselines: { fat: null, thin: null },
  speedup: { fat: null, thin: null, default: null },
};

function meanOf(cases: readonly PlanCase[], cores: number): MeanSpeedUp {
  const own = cases.filter((one) => one.cores === cores && one.best !== null);
  const over = (baseline: 'fat' | 'thin'): number | null => {
    const ratios = own.flatMap(({ speedup }) => speedup[baseline] ?? []);
    return ratios.length === 0 ? null : mean(ratios);
  };
  return { cores, fat: over('fat'), thin: over('thin'), cases: own.length };
}
