import { ThinferError } from '../errors.ts';
import {
  type GridCell,
  gridCells,
  isSameAlone,
  type Point,
  type PointMode,
  type PointSink,
  type ProfileRequest,
  type ProfileResult,
  pointHash,
  profile,
  type SamplingRule,
  settingsOf,
  toPoint,
} from '../profile/index.ts';
import { formatPlural } from '../report/format.ts';
import type { StoredPlace, StoreReader } from '../store/index.ts';
import {
  type Contender,
  defaultTrialRule,
  type PlanInForce,
  planInForceOf,
  shareItems,
  type TrialResult,
  trial,
  trialMethod,
} from '../trial/index.ts';
import { AnewSink, begunBefore } from './anew-sink.ts';
import type { AdaptiveFlags, GridFlags } from './measuring-flags.ts';
import { recordContention, seriesHash } from './plan-contention.ts';
import { ProfileEstimate } from './profile-estimate.ts';
import { refuseFixedBatch, ruleOf, type Session, type Subject } from './session.ts';

export { planFrom, predictionOf } from './plan-input.ts';

const modesOf = (mode: GridFlags['mode']): PointMode[] => (mode === 'both' ? ['together', 'alone'] : [mode]);

/** Measures the grid that the flags ask for, with progress on the terminal. */
export async function runProfile(
  session: Session,
  flags: GridFlags & Partial<Pick<AdaptiveFlags, 'againBefore'>>,
  budgetMs: number | null,
): Promise<ProfileResult> {
  const { model, store } = session;
  const { threads, batches, againBefore } = flags;
  refuseFixedBatch(model, batches);
  const cells = gridCells({
    cores: session.cores,
    items: session.items,
    modes: modesOf(flags.mode),
    ...(threads === undefined ? {} : { threads }),
    ...(model.batchDim === null ? { batches: [model.fixedBatch] } : batches === undefined ? {} : { batches }),
  });
  if (flags.again) supersede(session, cells);
  const sink = againBefore === undefined ? store : new AnewSink(store, store, begunBefore(againBefore));
  const result = await measureCells({ ...session, sink }, cells, ruleOf(flags), budgetMs);
  await recordContention(session, storedPoints(session, store), storedTrial(session, store));
  return result;
}

/** Sets the points of cells aside, so that they are measured anew. */
export function supersede(session: Session, cells: readonly GridCell[]): void {
  session.store.supersede(cells.map((cell) => pointHash(settingsOf(cell, session))));
}

/**
 * Measures cells, most telling first, with progress on the terminal; `standing` says there how far the whole is. Points go to the session's
 * store, or to a sink of its own.
 */
export async function measureCells(
  session: Session & { readonly sink?: PointSink },
  cells: readonly GridCell[],
  rule: SamplingRule,
  budgetMs: number | null,
  standing = '',
): Promise<ProfileResult> {
  const { terminal } = session;
  const estimate = new ProfileEstimate(session.sink ?? session.store, rule);
  const began = performance.now();
  terminal.progress.begin('profile');
  const result = await profile({
    ...session,
    cells,
    rule,
    budgetMs,
    memory: memoryOf(session),
    sink: estimate,
    onProgress: ({ cells: total, done, now }) => {
      if (now === null) return;
      const text = `${standing === '' ? `${done}/${total} cells` : standing}, now ${formatPlural(now.threads, 'thread')} × batch ${now.batch} ${now.mode}`;
      const spent = performance.now() - began;
      const left = Math.min(estimate.restMs(), Math.max(0, (budgetMs ?? Number.POSITIVE_INFINITY) - spent));
      terminal.progress.show({ text, share: spent / (spent + left) });
    },
  });
  terminal.progress.end();
  return result;
}

/** What instances take, and what there was before any was started. */
function memoryOf({ instanceBytes, machine }: Session): ProfileRequest['memory'] {
  return { instanceBytes, availableBytes: machine.memoryAvailableBytes };
}

/** The stored points that fit a subject: same settings, any threads, batch and number of cores. */
export function storedPoints(subject: Question, store: StoreReader): Point[] {
  return placesOf(subject, store).flatMap(({ hash, settings }) => {
    const stored = store.load(hash);
    return stored === null || (stored.failure === null && stored.visits.length === 0)
      ? []
      : [toPoint(hash, settings, stored)];
  });
}

/** The rules that those of them were measured by which were measured at all; one for each point. */
export function storedRules(subject: Question, store: StoreReader): SamplingRule[] {
  return placesOf(subject, store).flatMap(({ rule }) => rule ?? []);
}

function placesOf(subject: Question, store: StoreReader): StoredPlace[] {
  const wanted = seriesHash(settingsOf({ threads: 1, batch: 1, mode: 'alone' }, subject));
  return store.points(subject.model.contentHash).filter(({ settings }) => seriesHash(settings) === wanted);
}

/** What tells one answer about a model from another: all settings, the cores and the items. */
export type Question = Pick<Subject, 'model' | 'items' | 'cores' | 'dims' | 'engine' | 'placement'>;

/** What a stored trial must agree in. */
export function subjectHash(subject: Question): string {
  const settings = settingsOf({ threads: 1, batch: subject.items, mode: 'together' }, subject);
  return `${pointHash({ ...settings, threads: 0, cores: subject.cores })}-${trialMethod}`;
}

/** With one replica on all cores alone and together are one measurement: it stands in both curves. */
export function withSharedAlone(points: readonly Point[], cores: number): Point[] {
  const shared = points
    .filter(
      ({ settings }) =>
        settings.mode === 'together' && settings.cores === cores && isSameAlone(settings, cores),
    )
    .filter(({ settings }) =>
      points.some((other) => other.settings.mode === 'alone' && other.settings.threads !== settings.threads),
    )
    .map((point): Point => ({ ...point, settings: { ...point.settings, mode: 'alone' } }));
  return [...points, ...shared];
}

/** The last trial of a question, of the plan and the baselines; null where there was none. */
export function storedTrial(subject: Question, store: StoreReader): TrialResult | null {
  return (store.latestResult('trial', subjectHash(subject))?.json ?? null) as TrialResult | null;
}

/** The measured winner of a question's last trial, for whoever serves it; null where none was run to its end. */
export function planInForce(subject: Question, store: StoreReader): PlanInForce | null {
  return store.planInForce(subjectHash(subject));
}

/**
 * Runs contenders against each other and stores the result with its raw samples; the winner of a `trial` becomes the plan
 * in force. Throws `interrupted` after an interrupt; where three rounds were full by then, they are kept.
 */
export async function runTrial(
  session: Session,
  contenders: readonly Contender[],
  kind: 'trial' | 'trial-given',
  ceilingMs: number = defaultTrialRule.ceilingMs,
): Promise<TrialResult> {
  const { terminal, store } = session;
  const running = runnable(contenders, session);
  if (running.length === 0)
    throw new ThinferError(
      'shape-invalid',
      `no configuration runs ${session.items} items in whole batches of ${session.model.fixedBatch}`,
      {
        remedy: `the batch of ${session.model.name} is fixed: give every instance a batch of ${session.model.fixedBatch}`,
      },
    );
  terminal.progress.begin('trial');
  const { result, samples } = await trial({
    ...session,
    contenders: running,
    rule: { ...defaultTrialRule, ceilingMs },
    memory: memoryOf(session),
    onProgress: ({ round, share, now }) => {
      if (now !== null) terminal.progress.show({ text: `round ${round}, now ${now}`, share });
    },
  });
  terminal.progress.end();
  const subject = subjectHash(session);
  const number = store.addResult(kind, subject, result, samples);
  const winner = kind === 'trial' ? planInForceOf(result) : null;
  if (winner !== null) store.putInForce(subject, number, winner);
  if (result.endedBy === 'interrupted')
    throw new ThinferError(
      'interrupted',
      `the profile and ${result.rounds} rounds of the trial are kept; the plan in force stays as it was`,
    );
  await recordContention(session, storedPoints(session, store), storedTrial(session, store));
  return result;
}

/** A model whose batch is fixed runs whole batches only; configurations that cut them otherwise can't take part. */
function runnable(contenders: readonly Contender[], { model, items }: Session): Contender[] {
  return contenders.filter(
    ({ groups }) =>
      model.batchDim !== null || shareItems(groups, items).every((share) => share.items === model.fixedBatch),
  );
}
