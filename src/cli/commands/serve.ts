import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { z } from 'zod';
import { CoreTurns } from '../../dispatch/index.ts';
import { readAvailableBytes } from '../../machine/index.ts';
import { formatTuples } from '../../plan/index.ts';
import {
  type ConfigSources,
  printConfig,
  readConfig,
  type ServeConfig,
} from '../../serve/config/read-config.ts';
import type { Settings } from '../../serve/config/settings.ts';
import { Catalogue, type StartAs } from '../../serve/core/catalogue.ts';
import { ModelServer } from '../../serve/core/model-server.ts';
import { type ServeRules, type StartedModel, startModel } from '../../serve/core/start-model.ts';
import { defaultSupervision } from '../../serve/core/supervision.ts';
import { Preprocessor } from '../../serve/preprocess/index.ts';
import { Server } from '../../serve/server.ts';
import { instanceLog } from '../../serve/trace/index.ts';
import { parseFlags, path } from '../flags.ts';
import { checkAdaptable, type FollowLoads, followLoads } from '../follow-loads.ts';
import { settingsSchema } from '../measuring-flags.ts';
import { onInterrupt } from '../on-interrupt.ts';
import { parseModelWord } from '../plan-models.ts';
import { settingFlags } from '../serve-flags.ts';
import { type ResolvedModel, resolveModels } from '../serve-models.ts';
import { openTerminal, type Terminal } from '../terminal.ts';
import { version } from '../version.ts';

const serveSchema = settingsSchema.extend({
  config: z.string().optional(),
  lengths: z.string().optional(),
  configFile: path.optional(),
  printConfig: z.boolean().default(false),
});

const ownSettings = ['name', 'version', 'items', 'config', 'engine', 'pad'] as const;

/** `thinfer serve [MODEL…]`: answers requests over the best measured configuration of each model. */
export async function serveCommand(
  words: readonly string[],
  rawFlags: Readonly<Record<string, unknown>>,
): Promise<void> {
  const flags = parseFlags(serveSchema, rawFlags);
  const terminal = openTerminal(flags);
  const sources: ConfigSources = {
    file: flags.configFile,
    environment: process.env,
    flags: settingFlags(rawFlags),
    models: words.map((word) => entryOf(word, flags)),
  };
  const config = await readConfig(sources);
  if (flags.printConfig) {
    terminal.print(await printConfig(config));
    return;
  }
  const abort = new AbortController();
  let stop = (): void => abort.abort();
  const undo = onInterrupt(() => stop());
  try {
    const serving = await start(config, flags, terminal, abort.signal);
    const ended = new Promise<void>((resolve) => {
      stop = resolve;
    });
    tellReady(serving, terminal);
    await ended;
    terminal.notice('draining: no new request is taken');
    await Promise.all([serving.loads?.close(), serving.server.drain()]);
  } finally {
    undo();
  }
}

/** A model of the command line, as the file would have it. */
function entryOf(
  word: string,
  { config, lengths }: Pick<z.output<typeof serveSchema>, 'config' | 'lengths'>,
): Record<string, unknown> {
  const { name, own } = parseModelWord(word, ownSettings);
  const entries = Object.entries(own);
  const dim = entries
    .filter(([key]) => key.startsWith('dim.'))
    .map(([key, size]) => [key.slice('dim.'.length), size]);
  return {
    model: name,
    ...(config === undefined ? {} : { config }),
    ...(lengths === undefined ? {} : { lengths }),
    ...Object.fromEntries(entries.filter(([key]) => !key.startsWith('dim.'))),
    ...(dim.length === 0 ? {} : { dim: Object.fromEntries(dim) }),
  };
}

interface Serving {
  readonly server: Server;
  readonly core: ModelServer;
  /** Null: sets stay as they are. */
  readonly loads: FollowLoads | null;
}

/** Everything is up before the first port opens; whatever fails on the way, nothing is left behind. */
async function start(
  config: ServeConfig,
  flags: z.output<typeof serveSchema>,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Serving> {
  const { settings } = config;
  const log = pino({ level: settings['log.level'], base: null }, pino.destination({ dest: 2, sync: true }));
  const core = new ModelServer(version());
  const follows = settings['adapt.enabled'] && settings['adapt.strategy'] === 'load';
  const models = await resolveModels(config.models, flags, follows);
  const preprocessor = new Preprocessor({ threads: Math.max(1, settings['preprocess.threads']) });
  const rules = rulesOf(settings);
  if (settings['adapt.enabled']) checkAdaptable(models);
  const loads = settings['adapt.enabled'] ? followLoads(models, settings, log) : null;
  const startAs = async (
    resolved: ResolvedModel,
    { name, version: as, instances }: StartAs,
  ): Promise<StartedModel> => {
    const { spec, zooName, preprocess } = resolved;
    const { inputs, file, maxDims } = spec.model;
    if (settings['preprocess.threads'] > 0)
      await preprocessor.declare({
        ...{ name, version: as, inputs, zooName, file },
        ...(maxDims === undefined ? {} : { maxDims }),
        ...(preprocess === undefined ? {} : { declared: preprocess }),
      });
    const started = await startModel(
      { ...spec, name, version: as },
      {
        ...{ rules, signal, instances: instances ?? undefined },
        availableBytes: readAvailableBytes,
        onEvent: instanceLog(log),
      },
    );
    try {
      loads?.follow(started, resolved);
    } catch (error) {
      await started.served.close(0);
      throw error;
    }
    return started;
  };
  const known = models.map((model) => ({
    ...{ name: model.spec.name, version: model.spec.version },
    start: (as: StartAs) => startAs(model, as),
  }));
  const catalogue = new Catalogue(core, known, {
    graceMs: settings['drain.grace'],
    queueCapacity: settings['dispatch.queue'],
    onRemoved: (model) => preprocessor.forget(model),
  });
  try {
    terminal.progress.begin('serve');
    // As many at once as there are cores: starting is mostly one thread's work.
    const atOnce = Math.max(1, availableParallelism());
    for (let index = 0; index < known.length; index += atOnce) {
      const next = known.slice(index, index + atOnce);
      const text = `starting ${next.map(({ name }) => name).join(', ')}`;
      terminal.progress.show({ text, share: index / known.length });
      const begun = await Promise.allSettled(
        next.map(({ name, version: as, start: begin }) => begin({ name, version: as, instances: null })),
      );
      for (const one of begun) if (one.status === 'fulfilled') catalogue.serve(one.value);
      for (const one of begun) if (one.status === 'rejected') throw one.reason;
    }
    const server = await Server.open({
      ...{ core, catalogue, preprocessor, settings, log },
      tokenFile: join(flags.project, 'serve-token'),
    });
    return { server, core, loads };
  } catch (error) {
    await Promise.all([loads?.close(), core.close(0), preprocessor.close()]);
    throw error;
  } finally {
    terminal.progress.end();
  }
}

function rulesOf(settings: Settings): ServeRules {
  return {
    turns: new CoreTurns(),
    dispatch: {
      policy: settings['dispatch.policy'],
      mostWaiting: settings['dispatch.queue'],
      starvationMs: settings['dispatch.starvation'],
      ...(settings['dispatch.policy'] === 'packrat' && settings['dispatch.max-delay'] === 0
        ? {}
        : { maxDelayMs: settings['dispatch.max-delay'] }),
    },
    mostItems: settings['limits.items'],
    patienceMs: settings['supervision.patience'],
    hangFactor: settings['supervision.hang-factor'],
    hangGraceMs: settings['supervision.hang-grace'],
    driftAfterMs: settings['drift.after'],
    standbyReserveBytes:
      settings['adapt.enabled'] && settings['adapt.standby'] ? settings['adapt.reserve'] : null,
    supervision: {
      ...defaultSupervision,
      backOffMs: settings['supervision.back-off'],
      mostBackOffMs: settings['supervision.most-back-off'],
      leakFactor: settings['supervision.leak-factor'],
      leakBytes: settings['supervision.leak-size'],
    },
  };
}

function tellReady({ server, core }: Serving, terminal: Terminal): void {
  const { httpUrl, grpcAddress, managementUrl, tokenFile } = server;
  if (terminal.json) {
    const models = core.models.map(({ name, version: number, plan }) => ({ name, version: number, ...plan }));
    const ready = {
      event: 'ready',
      http: httpUrl,
      grpc: grpcAddress,
      management: managementUrl,
      tokenFile,
      models,
    };
    terminal.print(JSON.stringify(ready));
    return;
  }
  for (const { name, plan } of core.models)
    terminal.print(`${terminal.bold(name)}  ${formatTuples(plan.groups)}: ${plan.why}`);
  terminal.print(
    `\nREST ${httpUrl}   gRPC ${grpcAddress ?? 'off'}   management ${managementUrl} (token in ${tokenFile})`,
  );
  terminal.print('Ctrl-C answers what was taken, and ends.');
}
