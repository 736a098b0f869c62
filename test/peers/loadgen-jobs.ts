import type { LoadGenJob } from './loadgen.ts';

const seeds = {
  qsl_rng_seed: '2085463073848966840',
  sample_index_rng_seed: '2747215439041700203',
  schedule_rng_seed: '16159082839903944936',
};
const library = [100, 64] as const;
/** In µs; one in nine is slow. */
const delaysUs = [100, 120, 90, 110, 100, 400, 95, 105, 1500];

const server = (qps: number, count: number, seed: string, more: LoadGenJob['settings'] = {}): LoadGenJob => ({
  scenario: 'Server',
  library,
  settings: {
    ...{ server_target_qps: qps, min_duration_ms: 0, min_query_count: count },
    ...{ qsl_rng_seed: seed, sample_index_rng_seed: `${BigInt(seed) + 1n}`, schedule_rng_seed: seed },
    ...more,
  },
  delaysUs: [],
});

/**
 * What is asked from the real LoadGen, by name. `schedule-`: same seeds, same schedule and samples. `judged-`: same latencies, same numbers and verdict.
 * `samples-`: the ways in which samples are chosen.
 */
export const loadGenJobs: Readonly<Record<string, LoadGenJob>> = {
  'schedule-1': server(4000, 2000, '1'),
  'schedule-2': server(33333.3, 2000, '16159082839903944936'),
  'schedule-3': server(777.7, 1000, '4294967295'),
  'judged-server-valid': {
    scenario: 'Server',
    library,
    settings: {
      ...{ ...seeds, server_target_qps: 1500, server_target_latency_ns: 200_000_000 },
      ...{ min_duration_ms: 300, min_query_count: 500 },
    },
    delaysUs: [],
  },
  'judged-server-slow': {
    scenario: 'Server',
    library,
    settings: {
      ...{ ...seeds, server_target_qps: 1500, server_target_latency_ns: 1_000_000 },
      ...{ min_duration_ms: 300, min_query_count: 500 },
    },
    delaysUs,
  },
  'judged-server-few': {
    scenario: 'Server',
    library,
    settings: {
      ...{ ...seeds, server_target_qps: 1000, server_target_latency_ns: 200_000_000 },
      ...{ min_duration_ms: 100, min_query_count: 50, max_query_count: 40 },
    },
    delaysUs: [],
  },
  'judged-single-valid': {
    scenario: 'SingleStream',
    library,
    settings: {
      ...{ ...seeds, single_stream_expected_latency_ns: 100_000, min_duration_ms: 200, min_query_count: 600 },
    },
    delaysUs,
  },
  'judged-single-short': {
    scenario: 'SingleStream',
    library,
    settings: {
      ...{ ...seeds, single_stream_expected_latency_ns: 2e6, min_duration_ms: 200, min_query_count: 90 },
    },
    delaysUs: [100, 150, 200],
  },
  'judged-single-few': {
    scenario: 'SingleStream',
    library,
    settings: {
      ...{ ...seeds, single_stream_expected_latency_ns: 1e6, min_duration_ms: 0, min_query_count: 20 },
    },
    delaysUs,
  },
  'judged-multi-valid': {
    scenario: 'MultiStream',
    library,
    settings: {
      ...{ ...seeds, multi_stream_expected_latency_ns: 200_000, multi_stream_samples_per_query: 3 },
      ...{ min_duration_ms: 100, min_query_count: 662 },
    },
    delaysUs,
  },
  'judged-multi-few': {
    scenario: 'MultiStream',
    library,
    settings: { ...seeds, multi_stream_expected_latency_ns: 1e6, min_duration_ms: 0, min_query_count: 50 },
    delaysUs,
  },
  'judged-offline-valid': {
    scenario: 'Offline',
    library,
    settings: { ...seeds, offline_expected_qps: 5000, min_duration_ms: 100, min_query_count: 300 },
    delaysUs: [120_000],
  },
  'judged-offline-short': {
    scenario: 'Offline',
    library,
    settings: { ...seeds, offline_expected_qps: 1000, min_duration_ms: 400, min_query_count: 300 },
    delaysUs: [20_000],
  },
  'samples-unique': server(5000, 10, '3', { performance_issue_unique: true }),
  'samples-same': server(5000, 50, '3', { performance_issue_same: true, performance_issue_same_index: 5 }),
  'samples-permuted-server': server(5000, 100, '3', { sample_concatenate_permutation: true }),
  'samples-permuted-offline': {
    scenario: 'Offline',
    library,
    settings: { ...seeds, min_query_count: 100, min_duration_ms: 0, sample_concatenate_permutation: true },
    delaysUs: [],
  },
  'samples-permuted-single': {
    scenario: 'SingleStream',
    library,
    settings: {
      ...{ ...seeds, single_stream_expected_latency_ns: 1e6, min_duration_ms: 60, min_query_count: 10 },
      sample_concatenate_permutation: true,
    },
    delaysUs: [200],
  },
  'samples-large-set': {
    ...server(50_000, 100, '9', { performance_sample_count_override: 70_000 }),
    library: [70_000, 64],
  },
};
