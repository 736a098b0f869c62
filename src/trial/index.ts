export { type Contender, contendersFor, contendersOf, rowName, shareItems } from './contenders.ts';
export { judgeSpeedUp } from './judge-speed-up.ts';
export { planInForceOf } from './plan-in-force.ts';
export { runConditions } from './run-conditions.ts';
export { summariseTrial, trialMethod } from './summarise-trial.ts';
export { defaultTrialRule, type TrialProgress, type TrialRequest, type TrialRule, trial } from './trial.ts';
export type * from './types.ts';
