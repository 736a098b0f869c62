/**
 * Verdicts on single rates in; the highest rate that holds out. Knows nothing of how a rate is tried, nor of what it must hold.
 */

/** What a step at one rate says. */
export interface StepVerdict {
  /**
   * `held` and `failed`: the limits hold, or one does not. `undecided`: a limit lies within the interval of what it bounds. `behind`: the
   * generator did not keep up, and the step says nothing of the server.
   */
  readonly state: 'held' | 'failed' | 'undecided' | 'behind';
  /** Whether all limits hold by the numbers alone, however sure they are. */
  readonly holds: boolean;
}

/** Where the search begins and ends. Rates are requests per second. */
export interface SearchRange {
  readonly startRate: number;
  /** Below it nothing is tried. */
  readonly lowestRate: number;
  /** Above it nothing is tried. */
  readonly highestRate: number;
  /** The search ends when the lowest rate that failed is above the highest that held by at most this share. */
  readonly precision: number;
}

/** Why a search ended. `none-holds`: not even the lowest rate; `unbounded`: the highest that may be tried holds. */
export type SearchEnd = 'found' | 'none-holds' | 'unbounded' | 'generator' | 'interrupted';

/** What a search found. */
export interface SearchResult {
  /** The highest rate that held; null: none did. */
  readonly rate: number | null;
  /** The lowest rate above it that failed; null: none did. */
  readonly failedRate: number | null;
  readonly ended: SearchEnd;
}

/** From one rate to the next, while only one side is known. */
const growth = 2;

/**
 * Doubles the rate while it holds, or halves it while it does not; then halves the bracket, in ratio. A step that does not decide is repeated
 * once; where the second does not either, the rate holds if both do by their numbers.
 *
 * @param tryRate One step; null: it was interrupted.
 */
export async function searchRate(
  range: SearchRange,
  tryRate: (rate: number, repeated: boolean) => Promise<StepVerdict | null>,
): Promise<SearchResult> {
  let low: number | null = null;
  let high: number | null = null;
  const end = (ended: SearchEnd): SearchResult => ({ rate: low, failedRate: high, ended });
  for (let rate: number | null = range.startRate; rate !== null; rate = nextRate(low, high, range)) {
    const verdict = await decide(rate, tryRate);
    if (verdict === 'interrupted' || verdict === 'generator') return end(verdict);
    if (verdict === 'held') low = rate;
    else high = rate;
  }
  if (low === null) return end('none-holds');
  return end(high === null ? 'unbounded' : 'found');
}

/** Null: nothing is left to be tried. */
function nextRate(low: number | null, high: number | null, range: SearchRange): number | null {
  const { lowestRate, highestRate, precision } = range;
  if (high === null) return low! >= highestRate ? null : Math.min(highestRate, low! * growth);
  if (low === null) return high <= lowestRate ? null : Math.max(lowestRate, high / growth);
  if (high / low - 1 <= precision) return null;
  const middle = Number(Math.sqrt(low * high).toPrecision(4));
  return middle > low && middle < high ? middle : null;
}

async function decide(
  rate: number,
  tryRate: (rate: number, repeated: boolean) => Promise<StepVerdict | null>,
): Promise<'held' | 'failed' | 'generator' | 'interrupted'> {
  const useful: StepVerdict[] = [];
  for (const repeated of [false, true]) {
    const step = await tryRate(rate, repeated);
    if (step === null) return 'interrupted';
    if (step.state === 'held' || step.state === 'failed') return step.state;
    if (step.state === 'undecided') useful.push(step);
  }
  if (useful.length === 0) return 'generator';
  return useful.every(({ holds }) => holds) ? 'held' : 'failed';
}
