import { microsecondText } from './cpp-format.ts';
import type { LoggedRun } from './logged-run.ts';

/**
 * `mlperf_log_trace.json` for chrome://tracing: the samples in the order in which their answers came, in LoadGen's form. What LoadGen
 * also writes there of its own threads is left out: it tells of LoadGen's parts, and makes the file no valid JSON.
 */
export function* traceLog(run: LoggedRun, pid: number): Generator<string> {
  yield '{"traceEvents":[\n';
  yield complete('GenerateLoadableSets', run.setNs, pid);
  yield complete('GenerateQueries', run.queriesNs, pid);
  for (const sample of inOrderOfAnswers(run.record.doneNs)) yield linesOf(run, sample, pid);
  yield '{"name":"LastTrace"}\n],\n"displayTimeUnit":"ns",\n"otherData":{\n';
  yield `"ts":${microsecondText(run.logStartMs * 1e6)},\n"version":"MLPerf LoadGen v1.0"\n}\n}\n`;
}

function complete(name: string, [begin, end]: readonly [number, number], pid: number): string {
  return `{"name":"${name}","ph":"X","pid":${pid},"tid":${pid},"ts":${microsecondText(begin)},"dur":${microsecondText(end - begin)},"args":{}},\n`;
}

/** Samples that were answered. */
function inOrderOfAnswers(doneNs: Float64Array): Uint32Array {
  return Uint32Array.from(doneNs.keys())
    .filter((sample) => !Number.isNaN(doneNs[sample]))
    .sort((a, b) => doneNs[a]! - doneNs[b]! || a - b);
}

function linesOf({ settings, record, queries, startNs }: LoggedRun, sample: number, pid: number): string {
  const query = Math.floor(sample / record.samplesPerQuery);
  const dueNs = record.dueNs[query]!;
  const issueNs = record.issuedNs[query]! - dueNs;
  const latencyNs = record.doneNs[sample]! - dueNs;
  const due = microsecondText(startNs + dueNs);
  const done = microsecondText(startNs + dueNs + latencyNs);
  const counter = `{"name":"Latency","ph": "C","pid":${pid},"ts":${due},"args":{ "issue_delay":${issueNs},"issue_to_done":${latencyNs - issueNs}}},\n`;
  const args = `"sample_seq":${sample},"query_seq":${query},"sample_idx":${queries.samples[sample]},"issue_start_ns":${issueNs},"complete_ns":${latencyNs}`;
  return [
    settings.scenario === 'Server' ? counter : '',
    `{"name":"Sample","cat":"default","ph":"b","pid":${pid},"id":${sample},"ts":${due},"args":{${args}}},\n`,
    `{"name":"Sample","cat":"default","ph":"e", "pid":${pid},"id":${sample},"ts":${done}},\n`,
  ].join('');
}
