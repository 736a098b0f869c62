import { z } from 'zod';
import { describeEngine } from '../engine/index.ts';
import { Instance } from '../instance/index.ts';
import { monotonicNs, topologyHash, type Utilisation, UtilisationWatch } from '../machine/index.ts';
import type { DimValues, Model } from '../model/index.ts';
import { GeneratedInputs, hangLimitMs, placedKeys, slowestRunOf, throwIfAborted } from '../profile/index.ts';
import { baseOf, differenceWords } from '../study/index.ts';
import type { SweepMeans } from './run-sweep.ts';
import { engineSettings, type PlannedModel, placementOf } from './sweep-plan.ts';
import { isOfMachine, sizeSubject } from './sweep-records.ts';

/** Kind of the results that hold utilisation over runs. */
export const utilisationResult = 'utilisation';

/** How busy each CPU was while one instance ran without a pause. */
export interface UtilisationRun extends Utilisation {
  /** `unpinned`: as the engine comes, on whatever CPUs the kernel chooses. `pinned`: a thread on each core to be used. */
  readonly placed: 'unpinned' | 'pinned';
  /** Null: the engine's own number. */
  readonly threads: number | null;
  /** CPUs it was pinned to; null: none. */
  readonly pinnedTo: readonly number[] | null;
  readonly runs: number;
}

/** What is stored of a model's two runs. */
export interface StoredUtilisation {
  readonly model: string;
  readonly dims: DimValues;
  readonly batch: number;
  /** The machine, as points name it. */
  readonly cpuModel: string;
  readonly topology: string;
  readonly engine: { readonly name: string; readonly version: string };
  /** Physical cores that could be used. */
  readonly cores: number;
  readonly runs: readonly UtilisationRun[];
}

const whole = z.int().min(0);
const runSchema: z.ZodType<UtilisationRun> = z
  .looseObject({
    placed: z.enum(['unpinned', 'pinned']),
    threads: z.nullable(z.int().min(1)),
    pinnedTo: z.nullable(z.array(whole)),
    runs: whole,
    cpus: z.array(whole).min(1),
    stepMs: z.number().positive(),
    busy: z.array(z.array(z.number().min(0).max(1)).min(1)),
  })
  .refine(
    ({ cpus, busy }) => busy.length === cpus.length && new Set(busy.map((steps) => steps.length)).size === 1,
  );

/** Its form, as a bundle may bring it. */
export const utilisationSchema: z.ZodType<StoredUtilisation> = z.looseObject({
  model: z.string(),
  dims: z.record(z.string(), z.number()),
  batch: z.number(),
  cpuModel: z.string(),
  topology: z.string(),
  engine: z.object({ name: z.string(), version: z.string() }),
  cores: z.int().min(1),
  runs: z.array(runSchema),
});

/** Each of the two runs is watched for so long, in steps of this length. */
const watchMs = 5000;
const stepMs = 200;

/**
 * Runs a model at its first size and batch as the engine comes, and pinned, in the base settings, and keeps how busy each CPU was. What is stored
 * is not done again without `again`; nothing is begun when the budget is spent.
 */
export async function recordUtilisation(
  { entry, model, blocks }: PlannedModel,
  means: SweepMeans,
): Promise<void> {
  const { store } = means;
  const [{ dims, series }] = blocks as [(typeof blocks)[number]];
  const subject = sizeSubject({ model, dims });
  const here = { cpuModel: means.machine.cpuModel, topology: topologyHash(means.machine) };
  const engine = describeEngine(means.engine);
  const isKnown = store.results(utilisationResult, subject).some(({ json }) => {
    const { data } = utilisationSchema.safeParse(json);
    return (
      data !== undefined &&
      isOfMachine(here)(data) &&
      isSameEngine(data.engine, engine) &&
      data.cores === means.cores
    );
  });
  const isSpent = means.endsAt !== null && performance.now() > means.endsAt;
  if (isSpent || (isKnown && means.again !== 'all')) return;
  const base = series.find(({ settings }) => differenceWords(settings, baseOf(entry.settings)) === '');
  if (base === undefined) {
    means.terminal.notice(
      `${model.name}: utilisation is recorded in the base settings, which are not possible here`,
    );
    return;
  }
  const batch = base.cells[0]?.batch ?? model.fixedBatch;
  const runs: UtilisationRun[] = [];
  for (const placed of ['unpinned', 'pinned'] as const) {
    means.terminal.progress.show({ text: `${model.name}: utilisation, ${placed}`, share: null });
    runs.push(await watchRun(placed, { model, dims, batch, base: base.settings, means }));
  }
  const stored: StoredUtilisation = {
    model: model.name,
    dims,
    batch,
    ...here,
    engine,
    cores: means.cores,
    runs,
  };
  store.addResult(utilisationResult, subject, stored);
}

/** Whether two engines are one. */
export const isSameEngine = (a: StoredUtilisation['engine'], b: StoredUtilisation['engine']): boolean =>
  a.name === b.name && a.version === b.version;

interface Watched {
  readonly model: Model;
  readonly dims: DimValues;
  readonly batch: number;
  readonly base: ReturnType<typeof baseOf>;
  readonly means: SweepMeans;
}

async function watchRun(
  placed: UtilisationRun['placed'],
  { model, dims, batch, base, means }: Watched,
): Promise<UtilisationRun> {
  const placement = placementOf({ ...base, pinned: true }, { settings: base, cores: null, cells: [] }, means);
  const settings = engineSettings(means.engine, model, base);
  const threads = placed === 'pinned' ? placement.cores : null;
  const cpus = threads === null ? null : placedKeys([threads], settings, placement)[0]!.cpus;
  const instance = await Instance.start({
    settings: { ...settings, threads, ...(placed === 'unpinned' ? { untuned: true } : {}) },
    cpus,
    signal: means.signal,
  });
  const abort = (): void => void instance.close(true);
  means.signal.addEventListener('abort', abort, { once: true });
  try {
    await new GeneratedInputs(model).bind(instance, { batch, dims });
    const slowestMs = (await slowestRunOf(model, dims, means.engine))(batch, 1);
    const hangMs = hangLimitMs(null, slowestMs, 2) + watchMs;
    await instance.run({ count: 2, hangMs });
    const watch = new UtilisationWatch(stepMs);
    const { endNs } = await instance
      .run({ count: 1_000_000, untilNs: monotonicNs() + BigInt(watchMs * 1e6), hangMs })
      .catch((error: unknown) => {
        watch.stop();
        throw error;
      });
    return { ...watch.stop(), placed, threads, pinnedTo: cpus, runs: endNs.length };
  } catch (error) {
    throwIfAborted(means.signal);
    throw error;
  } finally {
    means.signal.removeEventListener('abort', abort);
    await instance.close(means.signal.aborted);
  }
}
