import type { Logger } from 'pino';
import { ThinferError } from '../errors.ts';
import { Adapter } from '../serve/adapt/adapter.ts';
import { ProfileAgain } from '../serve/again/profile-again.ts';
import { parseQuietHours } from '../serve/again/quiet-hours.ts';
import type { Settings } from '../serve/config/settings.ts';
import type { StartedModel } from '../serve/core/start-model.ts';
import type { ResolvedModel } from './serve-models.ts';

/** Lets the sets of a server's models follow their loads. */
export interface FollowLoads {
  /** Follows the load of a model until it is served no more. */
  follow(started: StartedModel, resolved: ResolvedModel): void;
  /** Ends what is measured beside. */
  close(): Promise<void>;
}

/** A set can follow the load only where something is known of others. Throws `usage`. */
export function checkAdaptable(models: readonly ResolvedModel[]): void {
  const byLength = models.find(({ spec }) => spec.plan.lengths !== undefined);
  if (byLength !== undefined)
    throw new ThinferError('usage', '--adapt: not together with --lengths: sets for lengths are not changed');
  const unknown = models.filter(({ profile }) => profile.cells.length === 0).map(({ spec }) => spec.name);
  if (unknown.length === 0) return;
  throw new ThinferError(
    'usage',
    `--adapt: nothing was measured of ${unknown.join(', ')}, so no set can be foretold to be better`,
    { remedy: `thinfer profile ${unknown[0]!}, or serve without --adapt` },
  );
}

/** Follows loads as the settings `adapt.*` say. */
export function followLoads(models: readonly ResolvedModel[], settings: Settings, log: Logger): FollowLoads {
  const hours = parseQuietHours(settings['adapt.quiet']) ?? [];
  const cores = Math.max(...models.map(({ allCores }) => allCores));
  const again =
    hours.length === 0 ? null : new ProfileAgain({ hours, cores, calmMs: settings['adapt.calm'], log });
  return {
    follow: (started, resolved) => {
      const adapter = adapterOf(started, resolved, settings, log);
      again?.follow({ started, adapter, profile: resolved.profile });
    },
    close: async () => again?.close(),
  };
}

function adapterOf(
  started: StartedModel,
  { profile: { cells }, cores }: ResolvedModel,
  settings: Settings,
  log: Logger,
): Adapter {
  const { name, version: number } = started.spec;
  return new Adapter(started, {
    strategy: settings['adapt.strategy'],
    ...{ cells, cores, margin: settings['adapt.margin'], everyMs: settings['adapt.interval'] },
    onPrepared: (reason) => log.info({ model: name, version: number }, reason),
    onChange: (change, error) => {
      if (error !== null) log.warn({ model: name, version: number, code: error.code }, error.message);
      else log.info({ model: name, version: number, ...change }, 'the set was changed');
    },
  });
}
