import { ThinferError } from '../../errors.ts';
import type { DimValues } from '../../model/index.ts';
import { type GridCell, pointVisits, powersUpTo } from '../../profile/index.ts';
import {
  type EqualSet,
  equalSets,
  type InstancesQuestion,
  instancesStudy,
  placeName,
  type SetCurve,
  type SetPoint,
  type StudyFailure,
} from '../../study/index.ts';
import { parseFlags } from '../flags.ts';
import { type CellSeries, measureSeries, type SeriesResult } from '../measure-series.ts';
import type { Session } from '../session.ts';
import { type InstancesStudyFlags, instancesStudySchema } from '../study-flags.ts';
import { batchesOf, openStudy } from '../study-session.ts';

/** `thinfer study instances MODEL`: 1, 2, 4 … equal instances that share all cores, run at once. */
export async function studyInstancesCommand(name: string, rawFlags: unknown): Promise<void> {
  const flags = parseFlags(instancesStudySchema, rawFlags);
  if (flags.items !== undefined && flags.batchPerInstance !== undefined)
    throw new ThinferError('usage', '--items and --batch-per-instance: one or the other', {
      remedy: 'items of all instances together, or of each',
    });
  await using opened = await openStudy(name, flags);
  const { session, choices, options } = opened;
  const questions = questionsOf(flags, session);
  const asked = choices.flatMap((dims) =>
    questions.map((question) => ({ dims, question, ...equalSets(question) })),
  );
  const placed = new PlacedSeries(session);
  const cells = asked.map(({ dims, sets }) => sets.map((set) => placed.add(dims, set)));
  const result = await measureSeries(session, placed.series(), options);
  const curves = asked.map(({ dims, question, sets }, at): SetCurve => {
    const points = sets.flatMap((set, index) => setPoint(set, cells[at]![index]!, session, result) ?? []);
    return { dims, question, points };
  });
  const { per } = questions[0]!;
  const leftOut = asked.flatMap(({ dims, question, leftOut: sets }) =>
    sets.map(({ instances, reason }): StudyFailure => {
      const where = `batch ${question.batch}, ${instances} instances`;
      return { place: placeName(dims, where), message: `left out: ${reason}`, impossible: true };
    }),
  );
  const study = instancesStudy(curves, per, leftOut);
  const { out, project } = flags;
  const question = `${session.cores}-cores-${questions.map(({ batch }) => batch).join('-')}-items${per === 'set' ? '' : '-each'}`;
  const { finishStudy } = await import('../finish-study.ts');
  await finishStudy(session, { study, rule: options.rule, choices, out, project, question }, result);
}

/** One question for each number of items. A model whose batch is fixed runs it in every instance. */
function questionsOf(flags: InstancesStudyFlags, { cores, model }: Session): InstancesQuestion[] {
  const instances = flags.instances ?? powersUpTo(cores);
  const isFixed = model.batchDim === null;
  if (isFixed && flags.items !== undefined)
    throw new ThinferError(
      'shape-invalid',
      `--items: the batch of ${model.name} is fixed at ${model.fixedBatch}`,
      {
        remedy: 'leave --items out: every instance takes that batch',
      },
    );
  const per = isFixed || flags.batchPerInstance !== undefined ? 'instance' : 'set';
  const batches =
    per === 'set'
      ? (flags.items ?? [16])
      : batchesOf(model, flags.batchPerInstance, '--batch-per-instance', model.fixedBatch);
  return batches.map((batch) => ({ cores, instances, batch, per }));
}

/** A cell and the series it is measured in. */
interface PlacedCell {
  readonly cell: GridCell;
  readonly series: CellSeries;
}

/**
 * Sets as cells measured together, on as many cores as the set takes: there ⌊T/t⌋ replicas are the set, and no filler
 * runs. Equal cells of several curves are one.
 */
class PlacedSeries {
  private readonly session: Session;
  private readonly byPlace = new Map<string, CellSeries & { readonly cells: GridCell[] }>();

  constructor(session: Session) {
    this.session = session;
  }

  add(dims: DimValues, { instances, threads, batch }: EqualSet): PlacedCell {
    const cores = instances * threads;
    const name = `${JSON.stringify(dims)} ${cores}`;
    const series = this.byPlace.get(name) ?? {
      dims,
      placement: { ...this.session.placement, cores },
      cells: [],
    };
    this.byPlace.set(name, series);
    const known = series.cells.find((one) => one.threads === threads && one.batch === batch);
    const cell = known ?? { threads, batch, mode: 'together' };
    if (known === undefined) series.cells.push(cell);
    return { cell, series };
  }

  series(): CellSeries[] {
    return [...this.byPlace.values()];
  }
}

/** Null where the budget left it out. */
function setPoint(
  set: EqualSet,
  { cell, series }: PlacedCell,
  { store }: Session,
  result: SeriesResult,
): SetPoint | null {
  const point = result.pointOf(cell, series);
  if (point === null) return null;
  const stored = point.state === 'measured' ? store.load(point.hash) : null;
  return { set, point, visits: stored === null ? [] : pointVisits(stored) };
}
