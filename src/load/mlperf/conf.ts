import type { MlperfSettings, Scenario } from './settings.ts';

/** A configuration file as keys and values; a key that stands twice has its last value. */
export type Conf = ReadonlyMap<string, ConfValue>;

/** A value, and where it stands. */
export interface ConfValue {
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

/** What was read, or every line that is wrong: `LINE: what`. */
export type ParsedConf =
  | { readonly state: 'read'; readonly conf: Conf }
  | { readonly state: 'wrong'; readonly problems: readonly string[] };

const mostProblems = 20;
const number = /^[+-]?(0[xX][0-9a-fA-F]+|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)$/;

/** Reads the syntax of `mlperf.conf` and `user.conf`: `model.scenario.key = number` on a line; a comment begins with `#` and a space. */
export function parseConf(text: string): ParsedConf {
  const conf = new Map<string, ConfValue>();
  const problems: string[] = [];
  for (const [index, content] of text.split('\n').entries()) {
    const words = content.trim().split(/\s+/);
    if (words[0] === '' || words[0] === '#') continue;
    const problem = problemOf(words);
    if (problem === null) conf.set(words[0]!, { text: words.at(-1)!, line: index + 1 });
    else problems.push(`line ${index + 1}: ${problem}`);
  }
  if (problems.length === 0) return { state: 'read', conf };
  const more = problems.length - mostProblems;
  return {
    state: 'wrong',
    problems: [...problems.slice(0, mostProblems), ...(more > 0 ? [`and ${more} more lines`] : [])],
  };
}

function problemOf([key, equals, ...values]: readonly string[]): string | null {
  if (equals !== '=')
    return `"${key}" is not followed by a lone "="; a line is "model.scenario.key = number"; a comment begins with "# "`;
  if (values.length === 0) return `"${key}" has no value`;
  const wrong = values.find((value) => !number.test(value));
  return wrong === undefined ? null : `"${wrong}" is not a number; a comment has a line of its own`;
}

/** What a key sets. A time in the file is in ms, a percentile in %. */
type Setter = (value: ConfValue) => Partial<MlperfSettings>;

/** Throws the text of what is wrong with a value. */
class BadValue extends Error {}

const real = ({ text }: ConfValue): number => Number(text);
/** Of the least, so that a rate or a hint of 0 does not divide by it. */
const positive = (value: ConfValue): number => {
  if (real(value) > 0) return real(value);
  throw new BadValue('must be above 0');
};
const percentile = (value: ConfValue): number => {
  if (real(value) > 0 && real(value) < 100) return real(value) * 0.01;
  throw new BadValue('must be above 0 and below 100');
};
/** As C's `strtoull` with base 0 reads it: fractions are cut off, a leading 0 means octal. */
const whole = ({ text }: ConfValue): bigint => {
  const digits = /^\+?(0[xX][0-9a-fA-F]+|\d+)/.exec(text)?.[1];
  if (digits === undefined) throw new BadValue('must be a whole number from 0');
  const value = BigInt(/^0\d/.test(digits) ? `0o${digits.slice(1)}` : digits);
  if (value < 2n ** 64n) return value;
  throw new BadValue('must be below 2^64');
};
const count = (value: ConfValue): number => {
  const number = Number(whole(value));
  if (number <= Number.MAX_SAFE_INTEGER) return number;
  throw new BadValue('is too large');
};
const countFromOne = (value: ConfValue): number => {
  if (count(value) >= 1) return count(value);
  throw new BadValue('must be a whole number from 1');
};
const flag = (value: ConfValue): boolean => whole(value) !== 0n;

/** Keys that are looked for under the scenario of the run. */
const commonKeys: Readonly<Record<string, Setter>> = {
  qsl_rng_seed: (value) => ({ qslRngSeed: whole(value) }),
  sample_index_rng_seed: (value) => ({ sampleIndexRngSeed: whole(value) }),
  schedule_rng_seed: (value) => ({ scheduleRngSeed: whole(value) }),
  accuracy_log_rng_seed: (value) => ({ accuracyLogRngSeed: whole(value) }),
  min_duration: (value) => ({ minDurationMs: count(value) }),
  max_duration: (value) => ({ maxDurationMs: count(value) }),
  min_query_count: (value) => ({ minQueryCount: countFromOne(value) }),
  max_query_count: (value) => ({ maxQueryCount: count(value) }),
  performance_issue_unique: (value) => ({ performanceIssueUnique: flag(value) }),
  performance_issue_same: (value) => ({ performanceIssueSame: flag(value) }),
  performance_issue_same_index: (value) => ({ performanceIssueSameIndex: count(value) }),
  performance_sample_count_override: (value) => ({ performanceSampleCountOverride: count(value) }),
  accuracy_sample_count_override: (value) => ({ accuracySampleCountOverride: count(value) }),
  sample_concatenate_permutation: (value) => ({ sampleConcatenatePermutation: whole(value) === 1n }),
};

/** Keys of one scenario. */
const scenarioKeys: Readonly<Record<Scenario, Readonly<Record<string, Setter>>>> = {
  SingleStream: {
    target_latency_percentile: (value) => ({ singleStreamTargetLatencyPercentile: percentile(value) }),
    target_latency: (value) => ({ singleStreamExpectedLatencyNs: positive(value) * 1e6 }),
  },
  MultiStream: {
    target_latency_percentile: (value) => ({ multiStreamTargetLatencyPercentile: percentile(value) }),
    target_latency: (value) => ({ multiStreamExpectedLatencyNs: positive(value) * 1e6 }),
    samples_per_query: (value) => ({ multiStreamSamplesPerQuery: countFromOne(value) }),
  },
  Server: {
    target_latency_percentile: (value) => ({ serverTargetLatencyPercentile: percentile(value) }),
    target_latency: (value) => ({ serverTargetLatencyNs: count(value) * 1e6 }),
    target_qps: (value) => ({ serverTargetQps: positive(value) }),
  },
  Offline: {
    target_qps: (value) => ({ offlineExpectedQps: positive(value) }),
  },
};

/** What would make another run of it, and can't be done here; with the value that changes nothing. */
const refusedKeys: Readonly<Record<string, { readonly harmless: number; readonly why: string }>> = {
  mode: { harmless: 2, why: 'only the performance mode, 2, is here' },
  use_token_latencies: { harmless: 0, why: 'latencies of tokens are not measured here' },
  infer_token_latencies: { harmless: 0, why: 'latencies of tokens are not measured here' },
  coalesce_queries: { harmless: 0, why: 'queries of the Server scenario are sent one by one here' },
  max_async_queries: { harmless: 0, why: 'the number of queries under way is not bounded here' },
  accuracy_log_sampling_target: { harmless: 0, why: 'no accuracy log is written here' },
  accuracy_log_probability: { harmless: 0, why: 'no accuracy log is written here' },
  test05: { harmless: 0, why: 'give the seeds of the test themselves' },
};

/** What a file sets for a model and scenario, or what is wrong with it: `line LINE: what`. */
export type AppliedConf =
  | { readonly state: 'applied'; readonly settings: Partial<MlperfSettings> }
  | { readonly state: 'wrong'; readonly problems: readonly string[] };

/** Looks up every key as LoadGen does: of the model and scenario first, then of any model, then of any scenario, then of any of both. */
export function applyConf(conf: Conf, model: string, scenario: Scenario): AppliedConf {
  const problems: string[] = [];
  const settings: Partial<MlperfSettings> = {};
  for (const [key, set] of Object.entries({ ...commonKeys, ...scenarioKeys[scenario] })) {
    const value = find(conf, model, scenario, key);
    if (value === null) continue;
    try {
      Object.assign(settings, set(value));
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      problems.push(`line ${value.line}: ${key} ${error.message}, not ${value.text}`);
    }
  }
  for (const [key, { harmless, why }] of Object.entries(refusedKeys)) {
    const value = find(conf, model, scenario, key);
    if (value !== null && real(value) !== harmless)
      problems.push(`line ${value.line}: ${key} = ${value.text}: ${why}`);
  }
  return problems.length === 0 ? { state: 'applied', settings } : { state: 'wrong', problems };
}

function find(conf: Conf, model: string, scenario: Scenario, key: string): ConfValue | null {
  const names = [`${model}.${scenario}`, `*.${scenario}`, `${model}.*`, '*.*'];
  for (const name of names) {
    const value = conf.get(`${name}.${key}`);
    if (value !== undefined) return value;
  }
  return null;
}
