import { ThinferError } from '../errors.ts';
import type { DimValues, Model } from '../model/index.ts';
import { failureCode, type ProfileResult } from '../profile/index.ts';
import type { StudyFailure } from '../study/index.ts';
import { type DimLists, dimChoices, lengthDimOf } from './dim-lists.ts';
import type { SeriesOptions } from './measure-series.ts';
import { openNamedModel, openSession, otherDims, ruleOf, type Session } from './session.ts';
import type { StudyFlags } from './study-flags.ts';
import { openTerminal } from './terminal.ts';

/** A session for a study, and the sizes it goes over. */
export interface StudySession extends AsyncDisposable {
  readonly session: Session;
  /** At least one; every free dimension but the batch. */
  readonly choices: readonly DimValues[];
  readonly options: SeriesOptions;
}

/** Opens machine, model and project folder for the sizes that `--dim` and `--lengths` ask for. */
export async function openStudy(name: string, flags: StudyFlags): Promise<StudySession> {
  const choices = dimChoices(await dimsOf(name, flags));
  const session = await openSession(name, { ...flags, items: undefined, dim: choices.at(-1)! });
  const { budget = null, again } = flags;
  return {
    session,
    choices: choices.map((dim) => otherDims(session.model, { dim }, session.items)),
    options: { rule: ruleOf(flags), budgetMs: budget, again },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

async function dimsOf(name: string, flags: StudyFlags): Promise<DimLists> {
  if (flags.lengths === undefined) return flags.dim;
  const model = await openNamedModel(name, flags, openTerminal(flags));
  return { ...flags.dim, [lengthDimOf(model, Object.keys(flags.dim))]: flags.lengths };
}

/** The batches of a study. Throws `shape-invalid` where the model's batch is fixed at another. */
export function batchesOf(
  model: Model,
  asked: readonly number[] | undefined,
  flag: string,
  usual: number,
): readonly number[] {
  if (model.batchDim !== null) return asked ?? [usual];
  const { name, fixedBatch } = model;
  if (asked?.some((batch) => batch !== fixedBatch) !== true) return [fixedBatch];
  throw new ThinferError('shape-invalid', `${flag}: the batch of ${name} is fixed at ${fixedBatch}`, {
    remedy: `leave ${flag} out, or export the model with a free batch dimension`,
  });
}

/** Throws where nothing at all was measured: the first failure, or that the budget was too short. */
export function checkMeasured(
  { curves, failures }: { readonly curves: readonly unknown[]; readonly failures: readonly StudyFailure[] },
  { points }: ProfileResult,
): void {
  if (curves.length > 0) return;
  const failed = points.find((point) => point.state === 'failed');
  if (failed?.state === 'failed')
    throw new ThinferError(
      failureCode(failed.failure),
      `no point could be measured; the first failed with: ${failed.message}`,
    );
  const impossible = failures.filter((failure) => failure.impossible);
  if (impossible.length > 0 && impossible.length === failures.length)
    throw new ThinferError(
      'usage',
      impossible.map(({ place, message }) => `${place}: ${message}`).join('\n'),
      {
        remedy: 'ask for points that this machine can measure; `thinfer machine` says which cores there are',
      },
    );
  const [first] = failures;
  throw new ThinferError(
    'usage',
    first === undefined ? '--budget: no point was measured within it' : `${first.place}: ${first.message}`,
    { remedy: 'the same command goes on where this one stopped; give it more time' },
  );
}
