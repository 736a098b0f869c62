/** Studies of a made-up machine: their points come from a simple law of latency, with no chance in it. */
import type { Point, ReplicaRuns, Visit } from '../../src/profile/index.ts';
import type { StudyReportData } from '../../src/report/index.ts';
import {
  type CoresStudy,
  coresStudy,
  equalSets,
  type InstancesStudy,
  instancesStudy,
  type PlacedPoint,
  type SetCurve,
} from '../../src/study/index.ts';
import { sixteenCoreData } from './report-data.ts';

type MeasuredPoint = Extract<Point, { state: 'measured' }>;

const sample = (): MeasuredPoint =>
  sixteenCoreData().points.find((point): point is MeasuredPoint => point.state === 'measured')!;

/** What makes one point. */
export interface PointRecipe {
  readonly threads: number;
  readonly batch?: number;
  readonly sequence?: number;
  readonly hardwareThreads?: boolean;
  readonly medianMs: number;
  /** Half width of the interval over the median. Default 1 %. */
  readonly halfWidth?: number;
  readonly trusted?: boolean;
}

/** A point measured alone. */
export function studyPoint(recipe: PointRecipe): MeasuredPoint {
  const { threads, batch = 1, sequence = 128, hardwareThreads = false, medianMs, halfWidth = 0.01 } = recipe;
  const point = sample();
  return {
    ...point,
    hash: `${threads}-${batch}-${sequence}-${hardwareThreads}`,
    settings: { ...point.settings, threads, batch, dims: { sequence }, hardwareThreads, mode: 'alone' },
    stats: {
      ...point.stats,
      medianMs,
      interval: [medianMs * (1 - halfWidth), medianMs * (1 + halfWidth)],
    },
    verdict: { ...point.verdict, trusted: recipe.trusted ?? true },
  };
}

/** A point that failed in the place of a recipe. */
export function failedPoint(recipe: PointRecipe): Point {
  const { hash, settings, measuredAt } = studyPoint(recipe);
  return { state: 'failed', hash, settings, measuredAt, failure: 'out-of-memory', message: 'no room' };
}

/** Visits whose `latencies[visit][replica][run]` are in ms. */
export function visitsOf(latencies: readonly (readonly (readonly number[])[])[]): Visit[] {
  const { memory, readBack } = sample();
  return latencies.map(
    (replicas): Visit => ({
      startedAt: '2026-01-01T00:00:00.000Z',
      warmups: 1,
      wallMs: 100,
      replicas: replicas.map(
        (runs): ReplicaRuns => ({
          beginNs: BigUint64Array.from(runs, () => 0n),
          durationNs: BigUint64Array.from(runs, (ms) => BigInt(Math.round(ms * 1e6))),
        }),
      ),
      disturbances: [],
      frequencyMhz: null,
      memory,
      readBack,
    }),
  );
}

/** Part of the work goes over threads; the rest, and a cost for each thread, does not. */
function latencyMs(threads: number, batch: number, sequence: number): number {
  const workMs = 0.35 * batch * sequence * (1 + sequence / 2000);
  return workMs * (0.04 + 0.96 / threads) + 0.35 * threads + 1.5;
}

const lengths = [32, 128, 512] as const;

/** Up to 16 cores at three lengths, with and without hardware threads; one point disturbed. */
export function coresStudyOf(batches: readonly number[] = [1]): CoresStudy {
  const placed = lengths.flatMap((sequence) =>
    batches.flatMap((batch) =>
      [1, 2, 4, 8, 16].flatMap((cores): PlacedPoint[] => [
        {
          cores,
          point: studyPoint({
            threads: cores,
            batch,
            sequence,
            medianMs: latencyMs(cores, batch, sequence),
            trusted: cores !== 4 || sequence !== 32,
            halfWidth: cores === 4 && sequence === 32 ? 0.08 : 0.01,
          }),
        },
        {
          cores,
          point: studyPoint({
            threads: 2 * cores,
            batch,
            sequence,
            hardwareThreads: true,
            medianMs: latencyMs(1.15 * cores, batch, sequence) + 0.2 * cores,
          }),
        },
      ]),
    ),
  );
  return coresStudy(placed, 'measured');
}

/** Up to 16 instances on 16 cores at three lengths and three totals. */
export function instancesStudyOf(per: InstancesStudy['per'] = 'set'): InstancesStudy {
  const curves = lengths.flatMap((sequence) =>
    [4, 16, 64].map((batch): SetCurve => {
      const question = { cores: 16, instances: [1, 2, 4, 8, 16], batch, per };
      const points = equalSets(question).sets.map((set) => {
        const medianMs = latencyMs(set.threads, set.batch, sequence) * (1 + 0.012 * set.instances);
        const replica = (index: number): number[] =>
          [0.995, 1, 1.005].map((by) => medianMs * by * (1 + 0.001 * index));
        const visit = Array.from({ length: set.instances }, (_, index) => replica(index));
        return {
          set,
          point: studyPoint({ threads: set.threads, batch: set.batch, sequence, medianMs }),
          visits: visitsOf([visit, visit, visit]),
        };
      });
      return { dims: { sequence }, question, points };
    }),
  );
  const leftOut = [
    { place: 'sequence 32, batch 4, 8 instances', message: 'left out: no equal shares', impossible: true },
  ];
  return instancesStudy(curves, per, per === 'set' ? leftOut : []);
}

/** All that a study's page is drawn from. */
export function studyDataOf(study: CoresStudy | InstancesStudy): StudyReportData {
  const { versions, madeAt, machine, model, settings, cores } = sixteenCoreData();
  const engine = { name: 'onnxruntime', version: '0.0.0' };
  const command = `thinfer study ${study.study} bert --lengths 32,128,512`;
  return { versions, madeAt, machine, model, settings, cores, command, engine, study };
}
