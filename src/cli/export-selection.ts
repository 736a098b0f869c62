import { z } from 'zod';
import { ThinferError } from '../errors.ts';
import { type PointSettings, pointHash } from '../profile/index.ts';
import type { RecordReader, RecordSelection } from '../store/index.ts';
import { nearestName } from '../table/index.ts';
import { seriesHash } from './plan-contention.ts';
import { utilisationResult } from './run-utilisation.ts';
import { showsPeak } from './site-facts.ts';
import { modelCostResult, sweepResult } from './sweep-records.ts';

/**
 * What belongs to models and imported tables, by their names: points, results, plans in force, contention, and the peaks of
 * the machines that measured them. Throws `not-found` for names of which nothing is stored.
 */
export function selectRecords(names: readonly string[], reader: RecordReader): RecordSelection {
  const all = reader.settings();
  const tables = reader.tableNames();
  const models = [...new Set(all.map(({ model }) => model.name))];
  const unknown = names.filter((name) => !models.includes(name) && !tables.includes(name));
  if (unknown.length > 0) throw nothingOf(unknown, [...models, ...tables], reader.file);
  const wanted = all.filter(({ model }) => names.includes(model.name));
  const machines = new Set(wanted.map(machineKey));
  const isPeak = (settings: PointSettings): boolean =>
    showsPeak(settings.model.name) && machines.has(machineKey(settings));
  const series = new Set(wanted.map(seriesHash));
  const isSubject = subjectsOf(wanted);
  const besidePoints = resultsBeside(wanted, all.filter(isPeak));
  return {
    point: (settings) => names.includes(settings.model.name) || isPeak(settings),
    result: (kind, subject, json) => besidePoints.get(kind)?.(subject) ?? isSubject(subject, json),
    contention: (hash) => series.has(hash),
    table: (name) => names.includes(name),
  };
}

const machineKey = ({ cpuModel, topology }: PointSettings): string => `${cpuModel} ${topology}`;

/** Which subjects are wanted of those kinds that a sweep stores beside points: their subjects begin with a model's content hash. */
function resultsBeside(
  wanted: readonly PointSettings[],
  peaks: readonly PointSettings[],
): ReadonlyMap<string, (subject: string) => boolean> {
  const beginsWith = (points: readonly PointSettings[]): ((subject: string) => boolean) => {
    const hashes = new Set(points.map(({ model }) => model.contentHash));
    return (subject) => hashes.has(subject.split('-')[0]!);
  };
  return new Map([
    [modelCostResult, beginsWith([...wanted, ...peaks])],
    [sweepResult, beginsWith(wanted)],
    [utilisationResult, beginsWith(wanted)],
  ]);
}

/** A result knows its question by a hash only; the same is made of the points' settings and the result's items and cores. */
function subjectsOf(wanted: readonly PointSettings[]): (subject: string, json: unknown) => boolean {
  const distinct = [...new Map(wanted.map((settings) => [seriesHash(settings), settings])).values()];
  const known = new Map<string, Set<string>>();
  return (subject, json) => {
    const { items, cores } = questionOf(json);
    const key = `${items} ${cores}`;
    let subjects = known.get(key);
    if (subjects === undefined) {
      subjects = new Set(distinct.map((settings) => subjectOf(settings, items, cores)));
      known.set(key, subjects);
    }
    return subjects.has(subject.split('-')[0]!);
  };
}

/** As `subjectHash` makes it, without the number of the trial's method. */
const subjectOf = (settings: PointSettings, items: number, cores: number): string =>
  pointHash({ ...settings, threads: 0, batch: items, mode: 'together', cores });

/** A trial has its items and cores itself, the answer of a tune in its plan. */
function questionOf(json: unknown): { items: number; cores: number } {
  const { data } = questionSchema.safeParse(json);
  return { items: data?.items ?? data?.plan?.items ?? 0, cores: data?.cores ?? data?.plan?.cores ?? 0 };
}

const question = z.object({ items: z.number().optional(), cores: z.number().optional() });
const questionSchema = question.extend({ plan: z.nullish(question) });

function nothingOf(unknown: readonly string[], known: readonly string[], file: string): ThinferError {
  const problems = unknown.map((name) => {
    const nearest = nearestName(name, known);
    return `${name}: nothing of a model or imported table of this name is in ${file}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`;
  });
  return new ThinferError('not-found', problems.join('\n'), {
    remedy: known.length === 0 ? 'measure or import something first' : `there are: ${known.join(', ')}`,
  });
}
