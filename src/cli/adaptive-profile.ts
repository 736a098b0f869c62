import { ThinferError } from '../errors.ts';
import { candidatePlaces, type Place, type PlanningCase } from '../plan/index.ts';
import {
  type AdaptiveResult,
  adaptiveProfile,
  isSameAlone,
  type ProfileResult,
  refuseTooManyThreads,
  type SamplingRule,
} from '../profile/index.ts';
import { measureCells, runProfile, storedPoints, storedTrial, supersede } from './measure.ts';
import type { AdaptiveFlags, GridFlags } from './measuring-flags.ts';
import { recordContention } from './plan-contention.ts';
import { refuseFixedBatch, ruleOf, type Session } from './session.ts';

/** Measures the cells that decide the plans of all cases, all of them together at T. */
export async function runAdaptive(
  session: Session,
  flags: GridFlags & Partial<Pick<AdaptiveFlags, 'measurements'>>,
  cases: readonly PlanningCase[],
  budgetMs: number | null,
): Promise<AdaptiveResult> {
  const { model, cores, store } = session;
  refuseFixedBatch(model, flags.batches);
  refuseTooManyThreads(flags.threads ?? [], cores);
  const batches = model.batchDim === null ? [model.fixedBatch] : flags.batches;
  const places = candidatePlaces({
    cases,
    ...(flags.threads === undefined ? {} : { threads: flags.threads }),
    ...(batches === undefined ? {} : { batches }),
  });
  if (flags.again)
    supersede(
      session,
      places.map((place) => ({ ...place, mode: 'together' as const })),
    );
  let standing = 'baselines';
  const result = await adaptiveProfile({
    places,
    cases,
    ...(flags.measurements === undefined ? {} : { measurements: flags.measurements }),
    first: baselinePlaces(cases),
    known: storedPoints(session, store).filter(
      ({ settings }) =>
        settings.cores === cores && (settings.mode === 'together' || isSameAlone(settings, cores)),
    ),
    budgetMs,
    measure: (cells, { budgetMs: leftMs, cellMs }) =>
      measureCells(session, cells, withinTime(ruleOf(flags), cellMs), leftMs, standing),
    onChoice: (measured, of) => {
      standing = `deciding cell ${measured + 1} of about ${of}`;
    },
  });
  await recordContention(session, storedPoints(session, store), storedTrial(session, store));
  return result;
}

/** The rule with a lower ceiling; a fixed number of runs stays as it is. */
function withinTime(rule: SamplingRule, cellMs: number | null): SamplingRule {
  return cellMs === null ? rule : { ...rule, ceilingMs: Math.min(rule.ceilingMs, cellMs) };
}

/** The cells of fat and thin for the largest question: a trial runs them in any case. */
function baselinePlaces(cases: readonly PlanningCase[]): Place[] {
  const largest = cases.reduce((most, question) =>
    question.cores * question.items > most.cores * most.items ? question : most,
  );
  const { cores, items } = largest;
  return [
    { threads: cores, batch: items },
    { threads: 1, batch: Math.ceil(items / Math.min(cores, items)) },
  ];
}

/** Both profiles as one: every point once. */
export function mergeProfiles(first: ProfileResult, second: ProfileResult): ProfileResult {
  const hashes = new Set(second.points.map(({ hash }) => hash));
  const own = first.points.filter(({ hash }) => !hashes.has(hash));
  const measuredBefore = first.points.length - own.length - first.reused;
  return {
    points: [...second.points, ...own],
    reused: Math.max(0, second.reused - Math.max(0, measuredBefore)),
    leftOut: second.leftOut,
    seconds: first.seconds + second.seconds,
  };
}

/** The questions of `profile --adaptive`: every number of items on every number of cores. */
function casesOf(session: Session, flags: AdaptiveFlags): PlanningCase[] {
  const cores = flags.planCores ?? [session.cores];
  const most = Math.max(...cores);
  if (most > session.cores)
    throw new ThinferError('machine', `--plan-cores ${most}: only ${session.cores} cores are measured`, {
      remedy: `give at most ${session.cores}, or more --cores where the machine has them`,
    });
  const items = flags.planItems ?? [session.items];
  return cores.flatMap((T) => items.map((B) => ({ cores: T, items: B })));
}

/** What `thinfer profile` measures: the grid, or with `--adaptive` the cells that decide plans. */
export async function profileAsAsked(
  session: Session,
  flags: AdaptiveFlags,
  budgetMs: number | null,
): Promise<ProfileResult> {
  return flags.adaptive
    ? runAdaptive(session, flags, casesOf(session, flags), budgetMs)
    : runProfile(session, flags, budgetMs);
}

/** Throws `usage` where flags of an adaptive profile stand alone, or beside one that contradicts it. */
export function checkAdaptive(flags: AdaptiveFlags): void {
  const { adaptive, planItems, planCores, measurements, mode, again, againBefore } = flags;
  if (againBefore !== undefined && (adaptive || again))
    throw new ThinferError('usage', '--again-before: not together with --adaptive or --again', {
      remedy: 'leave one of them out',
    });
  const own = { '--plan-items': planItems, '--plan-cores': planCores, '--measurements': measurements };
  const given = Object.entries(own).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
  if (!adaptive && given.length > 0)
    throw new ThinferError('usage', `${given.join(', ')}: only an adaptive profile takes this`, {
      remedy: 'add --adaptive',
    });
  if (adaptive && mode === 'alone')
    throw new ThinferError('usage', '--adaptive --mode alone: plans are made from cells measured together', {
      remedy: 'leave one of them out',
    });
}
