import { formatTuples } from '../plan/baselines.ts';
import { formatCount, formatMs, formatPercent, formatPlural } from './format.ts';
import { defined } from './load-figure.ts';
import type { SimulatedPolicyData, SimulatePageData } from './simulate-page-data.ts';
import { setsOf, stretchesOf } from './simulate-sets.ts';
import { type AnswersWindow, batchWindows, type Windows } from './simulate-windows.ts';

const names: Readonly<Record<string, string>> = {
  load: 'following the load',
  packrat: 'Packrat’s estimator',
  'packrat-paper': 'Packrat as published',
  fat: 'the fat set',
  thin: 'the best thin set',
  'best-static': 'the best set that stays',
};

function wordsOf({ name, latencyMs, refused }: SimulatedPolicyData): string {
  const latency =
    latencyMs === null ? 'no answer' : `mean ${formatMs(latencyMs.mean)}, p99 ${formatMs(latencyMs.p99)}`;
  const lost = refused === 0 || latencyMs === null ? '' : `, ${formatCount(refused)} not answered`;
  return `${names[name] ?? name}: ${latency}${lost}`;
}

/** Following the load beside the best set that stays; the first two policies where these were not asked for. */
export function headlineOf({ policies }: SimulatePageData): string {
  const [first, ...more] = ledBy(policies).slice(0, 2).map(wordsOf);
  return [first!.charAt(0).toUpperCase() + first!.slice(1), ...more].join('; ');
}

/** The rest of the policies, and what was simulated. */
export function ledeOf({ policies, stream, cores, arrivals }: SimulatePageData): string {
  const { arrivedMs } = stream;
  const what = `${formatCount(arrivedMs.length)} requests in ${formatMs(arrivedMs[arrivedMs.length - 1]!)} on ${formatPlural(cores, 'core')}, ${arrivals}.`;
  const rest = ledBy(policies).slice(2).map(wordsOf);
  return rest.length === 0 ? what : `${what} Beside them: ${rest.join('; ')}.`;
}

function ledBy(policies: readonly SimulatedPolicyData[]): SimulatedPolicyData[] {
  const rank = ({ name }: SimulatedPolicyData): number => (['best-static', 'load'].indexOf(name) + 1) * -1;
  return [...policies].sort((a, b) => rank(a) - rank(b));
}

/** Where each policy was worst. */
export function latencyFinding(
  name: 'p99' | 'mean',
  policies: readonly { readonly name: string; readonly windows: readonly AnswersWindow[] }[],
): string {
  const words = policies.map(({ name: policy, windows }) => {
    const values = defined(windows.map(({ p99Ms, meanMs }) => (name === 'p99' ? p99Ms : meanMs)));
    return values.length === 0 ? `${policy} –` : `${policy} ${formatMs(Math.max(...values))}`;
  });
  return `The highest ${name} of a window: ${words.join(', ')}`;
}

/** How often a policy changed its set, and what it used most. */
export function timelineFinding(policy: SimulatedPolicyData, spanMs: number): string {
  const sets = setsOf(stretchesOf(policy, spanMs));
  const [{ set, totalMs }] = sets as [(typeof sets)[number]];
  return `${policy.name}: ${formatPlural(policy.changes.length, 'change')}, ${formatPlural(sets.length, 'set')}; ${set} in force for ${formatPercent(totalMs / spanMs)} of the time`;
}

/** How many items a policy's batches had. */
export function batchesFinding({ name, batches }: SimulatedPolicyData, windows: Windows): string {
  const means = defined(batchWindows(windows, batches).map(({ meanItems }) => meanItems));
  const sum = batches.items.reduce((total, own) => total + own, 0);
  return `${name}: a batch holds ${itemsWords(sum / batches.items.length)} in the mean, ${itemsWords(Math.max(...means))} in the fullest window`;
}

const itemsWords = (count: number): string => `${count.toPrecision(3)} items`;

/** A set, or how many changes of it there were. */
export function setWords({ groups, changes }: SimulatedPolicyData): string {
  return changes.length === 0 ? formatTuples(groups) : formatPlural(changes.length, 'change');
}
