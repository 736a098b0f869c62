import type { Logger } from 'pino';
import { ThinferError } from '../../errors.ts';
import type { Cell } from '../../plan/index.ts';
import type { Adapter } from '../adapt/adapter.ts';
import type { StartedModel } from '../core/start-model.ts';
import { AgainRule } from './again-rule.ts';
import { isQuiet, type QuietSpan } from './quiet-hours.ts';

/** The profile that is in force for a model, and how it is measured. */
export interface MeasurableProfile {
  readonly cells: readonly Cell[];
  /**
   * Measures anew what was measured before a moment. Rejects when it was broken off by `signal`, which loses nothing that was measured, and where it
   * failed.
   */
  measure(before: Date, signal: AbortSignal): Promise<void>;
  /**
   * Reads what is stored now: `cells` are those from then on. Gives the median of new latencies over old ones; null: no cell is in both. Rejects when it was
   * broken off by `signal`.
   */
  readAnew(signal: AbortSignal): Promise<number | null>;
}

/** A model that follows its load by a profile. */
export interface Followed {
  readonly started: StartedModel;
  readonly adapter: Adapter;
  /** Shared by models that are one file. */
  readonly profile: MeasurableProfile;
}

/** When a server's models are measured again. */
export interface ProfileAgainOptions {
  readonly hours: readonly QuietSpan[];
  /** There has to be little load for so long before. */
  readonly calmMs: number;
  /** Of all models. */
  readonly cores: number;
  readonly log: Logger;
}

const lookEveryMs = 500;
/** After a profile was measured again, or failed to be, it is left alone for so long. */
const restMs = 6 * 3_600_000;

/** Measures drifted profiles again, one at a time, while there is little to do. */
export class ProfileAgain {
  private readonly options: ProfileAgainOptions;
  private readonly rule: AgainRule;
  private readonly followed: Followed[] = [];
  private readonly restUntilMs = new Map<MeasurableProfile, number>();
  /** What was measured before is measured anew; of profiles that were begun and not ended. */
  private readonly begun = new Map<MeasurableProfile, Date>();
  private running: { readonly abort: AbortController; readonly ended: Promise<void> } | null = null;
  private readonly timer: NodeJS.Timeout;

  constructor(options: ProfileAgainOptions) {
    this.options = options;
    this.rule = new AgainRule(options);
    this.timer = setInterval(() => this.look(), lookEveryMs).unref();
  }

  /** Watches a model until it is served no more. */
  follow(model: Followed): void {
    this.followed.push(model);
    const { ending } = model.started.served;
    ending.signal.addEventListener('abort', () => this.followed.splice(this.followed.indexOf(model), 1), {
      once: true,
    });
  }

  /** Breaks off what is measured, and begins nothing more. Resolves when its processes are gone. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    this.running?.abort.abort('the server ends');
    await this.running?.ended;
  }

  private look(): void {
    const models = this.followed.map(({ started }) => started.served);
    this.rule.note({
      nowMs: performance.now(),
      isQuietHour: isQuiet(this.options.hours, new Date()),
      waits: models.some(({ waiting }) => waiting),
      changes: models.some(({ changing }) => changing !== null),
      busyCoreMs: models.reduce((sum, { busyCoreMs }) => sum + busyCoreMs, 0),
    });
    const { breakOff, mayBegin } = this.rule;
    if (this.running !== null) {
      if (breakOff !== null) this.running.abort.abort(breakOff);
      return;
    }
    const next = mayBegin ? this.drifted : undefined;
    if (next !== undefined) this.begin(next);
  }

  /** The first of the models that have drifted and may be measured. */
  private get drifted(): Followed | undefined {
    return this.followed.find(
      ({ started, profile }) =>
        started.served.drifted && performance.now() >= (this.restUntilMs.get(profile) ?? 0),
    );
  }

  private begin(model: Followed): void {
    const abort = new AbortController();
    const ended = this.measure(model, abort.signal).finally(() => {
      this.running = null;
      this.rule.restart();
    });
    this.running = { abort, ended };
  }

  private async measure({ started, profile }: Followed, signal: AbortSignal): Promise<void> {
    const { served } = started;
    const { log } = this.options;
    const who = { model: served.name, version: served.version };
    const before = this.begun.get(profile) ?? new Date();
    this.begun.set(profile, before);
    const over = served.overProfile?.toFixed(2);
    log.info(
      who,
      `profiling again: there is little load, and batches take ${over} times what the profile says`,
    );
    this.setMeasuring(true);
    try {
      await profile.measure(before, signal);
      const ratio = await profile.readAnew(signal);
      this.putInForce(profile);
      served.profiledAgain.done++;
      log.info(
        who,
        `profiled again: latencies are ${ratio?.toFixed(2) ?? '?'} times the old ones in the median`,
      );
    } catch (thrown) {
      if (signal.aborted) {
        served.profiledAgain.brokenOff++;
        log.info(who, `profiling again was broken off: ${signal.reason}; it goes on from there`);
        return;
      }
      served.profiledAgain.failed++;
      const { code, message } = ThinferError.from(thrown);
      log.warn({ ...who, code }, `profiling again failed: ${message}`);
    } finally {
      this.setMeasuring(false);
    }
    this.begun.delete(profile);
    this.restUntilMs.set(profile, performance.now() + restMs);
  }

  /** All models are slower while one is measured. */
  private setMeasuring(measuring: boolean): void {
    for (const { started } of this.followed) started.served.measuring = measuring;
  }

  private putInForce(profile: MeasurableProfile): void {
    for (const { started, adapter } of this.followed.filter((model) => model.profile === profile)) {
      started.relearn();
      adapter.takeCells(profile.cells);
    }
  }
}
