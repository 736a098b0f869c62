import { endingAfter, endingOfAll } from '../../src/load/mlperf/ending.ts';
import { factsOf, type MlperfRecord } from '../../src/load/mlperf/facts.ts';
import type { LoggedRun } from '../../src/load/mlperf/logged-run.ts';
import { judgePerformance } from '../../src/load/mlperf/performance.ts';
import { generateQueries, performanceSet } from '../../src/load/mlperf/queries.ts';
import { resolveSettings } from '../../src/load/mlperf/settings.ts';
import { type LoadGenRecord, settingsOfJob } from './loadgen.ts';

/** The run that the real LoadGen made, as it would be ours: its moments and latencies, our schedule, samples, numbers and verdict. */
export function replay(real: LoadGenRecord): LoggedRun {
  const asked = settingsOfJob(real.job);
  const [totalCount, performanceCount] = real.job.library;
  const library = { totalCount, performanceCount };
  const settings = resolveSettings(asked, library);
  const set = performanceSet(asked, settings, library);
  const queries = generateQueries(asked, settings, set, 1_000_000)!;
  const record = momentsOf(
    real,
    settings.scenario === 'Offline' ? real.samples.length : settings.samplesPerQuery,
  );
  const ended = endOf(record, settings);
  const finished = { ...record, ...ended };
  return {
    ...{ version: 'real', sutName: 'PySUT', libraryName: 'PyQSL', library, asked, settings, set, queries },
    record: finished,
    result: judgePerformance(settings, factsOf(settings, queries, finished)),
    ...{ setNs: [0, 1], queriesNs: [1, 2], startNs: 3, endNs: 4 },
    ...{ startedAt: new Date(0), logStartMs: 0 },
  };
}

function momentsOf(real: LoadGenRecord, samplesPerQuery: number): Omit<MlperfRecord, 'ending'> {
  const count = real.samples.length / samplesPerQuery;
  const due = new Float64Array(count);
  const issued = new Float64Array(count);
  const done = new Float64Array(real.samples.length);
  let dueNs = 0;
  for (let sample = 0; sample < real.samples.length; sample++) {
    dueNs += real.dueStepsNs[sample]!;
    const query = Math.floor(sample / samplesPerQuery);
    due[query] = dueNs;
    issued[query] = dueNs + real.issueNs[sample]!;
    done[sample] = dueNs + real.latenciesNs[sample]!;
  }
  return { queriesIssued: count, samplesPerQuery, dueNs: due, issuedNs: issued, doneNs: done };
}

/** When our rules would have ended that run. */
function endOf(
  { issuedNs, queriesIssued }: Omit<MlperfRecord, 'ending'>,
  settings: LoggedRun['settings'],
): Pick<MlperfRecord, 'queriesIssued' | 'ending'> {
  for (let issued = 1; issued <= queriesIssued; issued++) {
    const ending = endingAfter(settings, issued, issuedNs[issued - 1]!);
    if (ending !== null) return { queriesIssued: issued, ending };
  }
  return { queriesIssued, ending: endingOfAll(settings) };
}
