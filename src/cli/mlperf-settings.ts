import { readFileSync } from 'node:fs';
import { ThinferError } from '../errors.ts';
import {
  applyConf,
  bareSettings,
  type MlperfSettings,
  officialConf,
  parseConf,
  type Scenario,
} from '../load/mlperf/index.ts';
import type { LoadFlags } from './load-flags.ts';
import type { ScenarioName } from './mlperf-flags.ts';

const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  'single-stream': 'SingleStream',
  'multi-stream': 'MultiStream',
  server: 'Server',
  offline: 'Offline',
};

/** Whose rules apply: MLPerf's name of the benchmark. */
export const mlperfModel = ({ mlperfModel, model }: LoadFlags): string => mlperfModel ?? model ?? '*';

/**
 * LoadGen's defaults, MLPerf's rules over them, then each `--mlperf-conf`, then the flags. Throws `not-found` and `usage`; everything that is wrong in
 * a file is said at once.
 */
export function mlperfSettings(flags: LoadFlags, scenario: ScenarioName): MlperfSettings {
  const model = mlperfModel(flags);
  const name = scenarios[scenario];
  const texts = [
    { file: "MLPerf's rules", text: officialConf },
    ...flags.mlperfConf.map((file) => ({ file, text: readConf(file) })),
  ];
  const problems: string[] = [];
  const settings: Partial<MlperfSettings> = {};
  for (const { file, text } of texts) {
    const parsed = parseConf(text);
    const applied = parsed.state === 'read' ? applyConf(parsed.conf, model, name) : parsed;
    if (applied.state === 'applied') Object.assign(settings, applied.settings);
    else problems.push(...applied.problems.map((problem) => `--mlperf-conf: ${file}: ${problem}`));
  }
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), {
      remedy: 'docs/mlperf.md says which keys there are and what they may be',
    });
  return { ...bareSettings, ...settings, ...ofFlags(flags, name), scenario: name };
}

function readConf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ThinferError('not-found', `--mlperf-conf: ${file} can't be read: ${(cause as Error).message}`, {
      remedy: 'name a file in the syntax of mlperf.conf',
      cause,
    });
  }
}

function ofFlags(flags: LoadFlags, scenario: Scenario): Partial<MlperfSettings> {
  const { minDuration, maxDuration } = flags;
  return given({
    ...ofScenario(flags, scenario),
    minDurationMs: minDuration === undefined ? undefined : Math.round(minDuration),
    maxDurationMs: maxDuration === undefined ? undefined : Math.ceil(maxDuration),
    minQueryCount: flags.minQueries,
    maxQueryCount: flags.maxQueries,
    performanceSampleCountOverride: flags.performanceSamples,
    scheduleRngSeed: flags.scheduleSeed,
    sampleIndexRngSeed: flags.sampleSeed,
    qslRngSeed: flags.librarySeed,
  });
}

type Asked = { readonly [Name in keyof MlperfSettings]?: MlperfSettings[Name] | undefined };

function ofScenario(flags: LoadFlags, scenario: Scenario): Asked {
  const { targetQps, targetLatency, latencyPercentile } = flags;
  const latencyNs = targetLatency === undefined ? undefined : Math.round(targetLatency * 1e6);
  switch (scenario) {
    case 'SingleStream':
      return {
        singleStreamExpectedLatencyNs: latencyNs,
        singleStreamTargetLatencyPercentile: latencyPercentile,
      };
    case 'MultiStream':
      return {
        multiStreamExpectedLatencyNs: latencyNs,
        multiStreamTargetLatencyPercentile: latencyPercentile,
        multiStreamSamplesPerQuery: flags.samplesPerQuery,
      };
    case 'Server':
      return {
        serverTargetQps: targetQps,
        serverTargetLatencyNs: latencyNs,
        serverTargetLatencyPercentile: latencyPercentile,
      };
    case 'Offline':
      return { offlineExpectedQps: targetQps };
  }
}

/** Without what was not given. */
const given = (asked: Asked): Partial<MlperfSettings> =>
  Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
