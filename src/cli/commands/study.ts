import { join } from 'node:path';
import { describeEngine } from '../../engine/index.ts';
import { ThinferError } from '../../errors.ts';
import type { InstanceCache } from '../../instance/index.ts';
import { readMachine } from '../../machine/index.ts';
import { defaultCacheDir, type Model } from '../../model/index.ts';
import { precisionModel, pythonEnvironment, type QuantizeContext } from '../../precision/index.ts';
import { throwIfAborted } from '../../profile/index.ts';
import { lockMeasuring, Store } from '../../store/index.ts';
import { presets } from '../../study/index.ts';
import { expectedRate } from '../expected-rate.ts';
import { onInterrupt } from '../on-interrupt.ts';
import { planSweep, sweepMachine } from '../plan-sweep.ts';
import { type ReadSweep, readSweep, readSweepFile, type SweepSource } from '../read-sweep.ts';
import { type SeriesOutcome, type SweepMeans, SweepRunner } from '../run-sweep.ts';
import { recordUtilisation } from '../run-utilisation.ts';
import { showsPeak } from '../site-facts.ts';
import { SiteFolder } from '../site-folder.ts';
import { softwareVersions } from '../software-versions.ts';
import { type CheckedSweep, checkSweep, describeCheck } from '../sweep-check.ts';
import { parseSweepFlags, type SweepFlags } from '../sweep-flags.ts';
import { type PlannedModel, precisionOf, type SweepMachine } from '../sweep-plan.ts';
import type { Expectations } from '../sweep-progress.ts';
import { storeSweep } from '../sweep-records.ts';
import { ruleOf } from '../sweep-rule.ts';
import { type Again, storedCells } from '../sweep-stored.ts';
import { describeSweep, sweepDocument } from '../sweep-text.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

/** `thinfer study FILE.yaml`: one sweep over models, sizes and settings; checked in full before it begins. */
export async function studyCommand(file: string | undefined, rawFlags: unknown): Promise<void> {
  const flags = parseSweepFlags(rawFlags);
  const terminal = openTerminal(flags);
  const whole = readMachine();
  const asked = readSweep(await sourcesOf(file, flags, whole.usable.length));
  describeEngine(asked.engine);
  const cacheDir = flags.cache ?? defaultCacheDir();
  const means = sweepMachine(asked, whole, cacheDir);
  const planned = await planSweep(asked, means, flags, terminal);
  const rule = ruleOf(asked);
  const expected: Expectations = {
    rule,
    gflopsPerThread: expectedRate(flags.project, whole, asked.engine),
    stored: storedCells(planned, means, {
      project: flags.project,
      engine: asked.engine,
      rule,
      again: againOf(flags),
    }),
  };
  const checked = checkSweep(planned, asked, expected);
  const site = siteFolderOf(flags);
  if (site !== null) SiteFolder.check(site);
  if (flags.dryRun)
    terminal.print(terminal.json ? JSON.stringify(checked.json, null, 2) : describeCheck(checked, terminal));
  else terminal.notice(describeCheck(checked, terminal));
  if (checked.askedCells === 0)
    throw new ThinferError('machine', 'none of the cells can be measured on this machine', {
      remedy: 'see the reasons above; --dry-run shows them without measuring',
    });
  if (flags.dryRun) return;
  await runAll({ asked, means, planned, expected, checked, flags, terminal });
}

async function sourcesOf(
  file: string | undefined,
  flags: SweepFlags,
  usable: number,
): Promise<SweepSource[]> {
  const sources: SweepSource[] = [];
  if (flags.preset !== undefined) {
    const preset = presets.find(({ name }) => name === flags.preset);
    if (preset === undefined)
      throw new ThinferError('usage', `--preset ${flags.preset}: no such preset`, {
        remedy: presets.map(({ name, description }) => `${name}: ${description}`).join('\n  '),
      });
    const cores = Number(flags.values['cores'] ?? usable);
    sources.push({
      where: `preset ${preset.name}: `,
      values: preset.file(Number.isInteger(cores) && cores > 0 ? cores : usable),
    });
  }
  if (file !== undefined) sources.push(await readSweepFile(file));
  if (Object.keys(flags.values).length > 0) sources.push({ where: '--', values: flags.values });
  if (sources.length > 0) return sources;
  throw new ThinferError('usage', 'nothing says what is to be measured', {
    remedy: 'name a YAML file, a preset (--preset packrat), or models (--models resnet50)',
  });
}

interface Run {
  readonly asked: ReadSweep;
  readonly means: SweepMachine;
  readonly planned: readonly PlannedModel[];
  readonly expected: Expectations;
  readonly checked: CheckedSweep;
  readonly flags: SweepFlags;
  readonly terminal: Terminal;
}

async function runAll({ asked, means, planned, expected, checked, flags, terminal }: Run): Promise<void> {
  const began = performance.now();
  const release = lockMeasuring(flags.project);
  const abort = new AbortController();
  const living = new Set<InstanceCache>();
  const stopSignals = onInterrupt(() => {
    abort.abort();
    for (const cache of living) void cache.close(true);
  });
  try {
    using store = Store.open(flags.project, means.machine, softwareVersions(asked.engine));
    const run: SweepMeans = {
      ...means,
      engine: asked.engine,
      ...expected,
      store,
      terminal,
      signal: abort.signal,
      endsAt: asked.budgetMs === null ? null : began + asked.budgetMs,
      again: againOf(flags),
      cacheDir: flags.cache ?? defaultCacheDir(),
      modelAt: (one, precision) => modelAt(one, precision, { asked, flags, terminal, signal: abort.signal }),
      living,
    };
    const runner = new SweepRunner(planned, run);
    terminal.progress.begin('study');
    const outcomes: SeriesOutcome[] = [];
    for (const one of planned) storeSweep(store, one, asked.sweep, means.machine);
    for (const one of planned) {
      outcomes.push(...(await runner.run(one)));
      if (asked.sweep.utilisation && !one.forPeak) await runner.measuring(() => recordUtilisation(one, run));
      throwIfAborted(abort.signal);
    }
    terminal.progress.end();
    const document = sweepDocument(checked, outcomes, runner.times, performance.now() - began);
    const print = (site: string | null): void => {
      const whole = { ...document, site };
      terminal.print(terminal.json ? JSON.stringify(whole, null, 2) : describeSweep(whole, terminal));
    };
    const site = await siteOf(planned, outcomes, flags, terminal).catch((error: unknown) => {
      print(null);
      throw error;
    });
    print(site);
    // What a script can tell by the status: nothing at all was measured.
    if (document.cells.measured === 0 && document.cells.failed > 0) process.exitCode = 4;
  } finally {
    terminal.progress.end();
    release();
    stopSignals();
  }
}

/** The pages of all that is stored of the sweep's models; null where none is asked for, or nothing was measured. */
async function siteOf(
  planned: readonly PlannedModel[],
  outcomes: readonly SeriesOutcome[],
  flags: SweepFlags,
  terminal: Terminal,
): Promise<string | null> {
  const measured = new Set(
    outcomes
      .filter(({ points }) => points.some(({ state }) => state === 'measured'))
      .map(({ model }) => model),
  );
  const names = planned
    .map(({ model }) => model.name)
    .filter((name) => !showsPeak(name) && measured.has(name));
  const site = siteFolderOf(flags);
  if (site === null || names.length === 0) return null;
  const { writeSite } = await import('../write-site.ts');
  const { index } = await writeSite(
    [...new Set(names)],
    { site, project: flags.project, areModels: true },
    terminal,
  );
  return join(site, index);
}

const againOf = ({ again, againDisturbed }: SweepFlags): Again =>
  again ? 'all' : againDisturbed ? 'disturbed' : null;

/** Where the pages go; null where none are wanted. */
function siteFolderOf({ site, project }: SweepFlags): string | null {
  if (site === false) return null;
  return typeof site === 'string' ? site : join(project, 'site');
}

/** The model in a precision, made where it is missing; calibrated at the sweep's first size of it. */
async function modelAt(
  { model, blocks }: PlannedModel,
  precision: string,
  {
    asked,
    flags,
    terminal,
    signal,
  }: Pick<Run, 'asked' | 'flags' | 'terminal'> & { readonly signal: AbortSignal },
): Promise<Model> {
  const wanted = precisionOf(precision);
  if (wanted === 'fp32') return model;
  const context: QuantizeContext = {
    cacheDir: flags.cache ?? defaultCacheDir(),
    setup: asked.setup,
    signal,
    onNotice: (text) => terminal.notice(text),
    onProgress: ({ text, share }) => terminal.progress.show({ text, share }),
  };
  if (asked.setup) await pythonEnvironment(context);
  return precisionModel(model, wanted, { dims: blocks[0]?.dims ?? {} }, context);
}
