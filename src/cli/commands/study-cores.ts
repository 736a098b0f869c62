import { ThinferError } from '../../errors.ts';
import { powersUpTo } from '../../profile/index.ts';
import { formatPlural } from '../../report/format.ts';
import { type CoreCell, coreCells, coresStudy, type PlacedPoint, withSiblings } from '../../study/index.ts';
import { parseFlags } from '../flags.ts';
import { type CellSeries, measureSeries, type SeriesResult } from '../measure-series.ts';
import { coresStudySchema } from '../study-flags.ts';
import { batchesOf, openStudy } from '../study-session.ts';

/** One curve's cells, or several batches of it. */
interface Curve extends Omit<CellSeries, 'cells'> {
  readonly placed: readonly CoreCell[];
}

/** `thinfer study cores MODEL`: latency over core count, at several lengths and batches. */
export async function studyCoresCommand(name: string, rawFlags: unknown): Promise<void> {
  const flags = parseFlags(coresStudySchema, rawFlags);
  // Hardware threads are a second curve here; the session is that of the physical cores.
  await using opened = await openStudy(name, { ...flags, hardwareThreads: false });
  const { session, choices, options } = opened;
  const { terminal, model } = session;
  const counts = coreCounts(flags.coreCounts, session.cores);
  const batches = batchesOf(model, flags.batches, '--batches', 1);
  const threaded = flags.hardwareThreads ? withSiblings(session.placement) : null;
  if (flags.hardwareThreads && threaded === null)
    terminal.notice('--hardware-threads: no core here has a second hardware thread that may be used');
  const placements = [session.placement, ...(threaded === null ? [] : [threaded])];
  const curves = choices.flatMap((dims) =>
    placements.map(
      (placement): Curve => ({ dims, placement, placed: coreCells(counts, batches, placement) }),
    ),
  );
  const series = curves.map(({ placed, ...rest }) => ({ ...rest, cells: placed.map(({ cell }) => cell) }));
  const result = await measureSeries(session, series, options);
  const study = coresStudy(
    curves.flatMap((curve) => pointsOf(curve, result)),
    !flags.hardwareThreads ? 'not asked' : threaded === null ? 'none' : 'measured',
  );
  const { out, project } = flags;
  const question = `${counts.join('-')}-cores-batch-${batches.join('-')}${flags.hardwareThreads ? '-hardware-threads' : ''}`;
  const { finishStudy } = await import('../finish-study.ts');
  await finishStudy(session, { study, rule: options.rule, choices, out, project, question }, result);
}

function coreCounts(asked: readonly number[] | undefined, cores: number): readonly number[] {
  const tooMany = asked?.filter((count) => count > cores) ?? [];
  if (tooMany.length === 0) return asked ?? powersUpTo(cores);
  throw new ThinferError(
    'machine',
    `--core-counts ${tooMany.join(',')}: ${formatPlural(cores, 'core')} ${cores === 1 ? 'is' : 'are'} to be used`,
    {
      remedy: `give at most ${cores}; \`thinfer machine\` says which cores there are`,
    },
  );
}

/** Those that the budget left out are missing. */
function pointsOf({ placed, ...series }: Curve, result: SeriesResult): PlacedPoint[] {
  return placed.flatMap(({ cell, cores }) => {
    const point = result.pointOf(cell, series);
    return point === null ? [] : { point, cores };
  });
}
