import { readMachine } from '../../machine/index.ts';
import { answers } from '../metrics/answers.ts';
import { connections } from '../metrics/connections.ts';
import { CpuMeter } from '../metrics/cpu-meter.ts';
import { pidsOf } from '../metrics/instance-metrics.ts';
import { type CurveName, curveNames, keptTicks, type ModelTrack } from '../metrics/model-track.ts';
import { type Monitor, tickMs } from '../metrics/monitor.ts';
import { ownMemory } from '../metrics/own-memory.ts';
import { invalidRequests, recorderOf } from '../metrics/recorder.ts';
import { datatypeOf } from '../oip/datatypes.ts';
import { Refusal } from '../refusal.ts';
import type { InstanceView, ModelView, SetChange } from '../types.ts';
import type {
  ChangeState,
  InputState,
  InstanceState,
  ModelState,
  ServerState,
  StateDocument,
} from './state-types.ts';

/** Whoever asks again within so many ticks gets the ends of the curves alone. */
const shortTicks = 15;
/** Changes of a model's set that are told. */
const shownChanges = 50;
/** Answers between two looks. The page asks once; those who get none ask later. */
const mostAnswers = 200;

/** The state document, made once for each look of the monitor. */
export class StateSource {
  private readonly monitor: Monitor;
  private readonly cpuModel: string;
  private readonly cpus: readonly number[];
  private readonly meter = new CpuMeter();
  private tick = Number.NaN;
  private answered = 0;
  private readonly texts = new Map<number, string>();

  constructor(monitor: Monitor) {
    this.monitor = monitor;
    const { cpuModel, usable } = readMachine();
    this.cpuModel = cpuModel;
    this.cpus = usable;
  }

  /**
   * The document as JSON. Throws `overloaded` where too many have asked.
   *
   * @param after The tick that the asker knows; null: none.
   */
  json(after: number | null): string {
    const { tick } = this.monitor;
    if (tick !== this.tick) {
      this.tick = tick;
      this.answered = 0;
      this.texts.clear();
    }
    this.answered++;
    if (this.answered > mostAnswers)
      throw new Refusal('overloaded', 'too many watch this page', { expectedMs: tickMs });
    const known = after !== null && after <= tick && tick - after <= shortTicks;
    const ticks = known ? shortTicks : keptTicks;
    let text = this.texts.get(ticks);
    if (text === undefined) {
      text = JSON.stringify(this.document(ticks));
      this.texts.set(ticks, text);
    }
    return text;
  }

  private document(ticks: number): StateDocument {
    const { core, tick } = this.monitor;
    const busy = this.meter.busy();
    const used = core.models.flatMap(({ instances }) => instances.flatMap(({ cpus }) => cpus ?? []));
    const cpus = [...new Set([...this.cpus, ...used])].toSorted((a, b) => a - b);
    return {
      server: this.server(),
      tick,
      tickMs,
      cpus: cpus.map((cpu) => ({ cpu, busy: shortened(busy.get(cpu) ?? null) })),
      models: core.models.map((model) => this.model(model, ticks)),
    };
  }

  private server(): ServerState {
    const { core, eventLoop } = this.monitor;
    const { ownBytes, arenaBytes } = ownMemory();
    const { p99Ms, busy } = eventLoop.view();
    return {
      ...{ name: core.name, version: core.version, state: core.state, ready: core.ready },
      upSeconds: Math.floor(process.uptime()),
      cpuModel: this.cpuModel,
      memory: { ownBytes, arenaBytes },
      eventLoop: { p99Ms: shortened(p99Ms)!, busy: shortened(busy)! },
      connections: [...connections.values()],
      answers: [...answers.values()],
    };
  }

  private model(model: ModelView, ticks: number): ModelState {
    const { name, version, engine, ready, plan, counts, waitingItems } = model;
    const recorder = recorderOf(counts);
    const { refusals, deadlineMisses } = recorder;
    const track = this.monitor.track(model);
    const from = this.monitor.tick - ticks;
    return {
      ...{ name, version, ready, plan, deadlineMisses, waiting: waitingItems },
      engine: `${engine.name} ${engine.version}`,
      changes: model.changes.slice(-shownChanges).map(changeOf).reverse(),
      follower:
        model.follower === null
          ? null
          : { strategy: model.follower.strategy, estimate: model.follower.estimate },
      inputs: model.inputs.map((input) => inputOf(input, model.batchDim)),
      requests: counts.success.count,
      items: counts.inferenceCount,
      batches: batchesOf(model),
      failures: failuresOf(model),
      refused: refusals.overloaded + refusals.late + refusals.unavailable,
      recent: track?.recent() ?? null,
      instances: model.instances.map((instance) => this.instance(model, instance, from)),
      standingBy: model.standingBy.map((instance) => this.instance(model, instance, from)),
      curves: curvesOf(track, from, this.monitor.tick),
    };
  }

  private instance(model: ModelView, instance: InstanceView, from: number): InstanceState {
    const { monitor } = this;
    const memory =
      instance.pid === null ? undefined : monitor.memory.latest(pidsOf(monitor.core)).get(instance.pid);
    const busy = monitor.track(model)?.busy.get(instance.index);
    return {
      ...instance,
      rssBytes: memory?.rssBytes ?? null,
      pssBytes: memory?.pssBytes ?? null,
      busy: busy?.between(from, monitor.tick) ?? [],
    };
  }
}

function changeOf(change: SetChange): ChangeState {
  const { from, to, reason, predicted, way, state, durationMs, error, effect, beganMs } = change;
  return {
    ...{ from, to, reason, predicted, way, state, durationMs, error, effect },
    secondsAgo: Math.max(0, (Date.now() - beganMs) / 1000),
  };
}

function inputOf(
  { name, type, shape, unranked }: ModelView['inputs'][number],
  batchDim: string | null,
): InputState {
  return {
    ...{ name, datatype: datatypeOf(type), shape: unranked ? null : shape },
    batchAt: batchDim === null || unranked ? -1 : shape.indexOf(batchDim),
  };
}

function curvesOf(track: ModelTrack | undefined, from: number, tick: number): ModelState['curves'] {
  const of = (name: CurveName): (number | null)[] => track?.curves[name].between(from, tick) ?? [];
  const curves = Object.fromEntries(curveNames.map((name) => [name, of(name)]));
  return curves as Record<CurveName, (number | null)[]>;
}

function batchesOf({ counts }: ModelView): ModelState['batches'] {
  return [...counts.batches]
    .map(([items, { computeInfer }]) => ({
      items,
      count: computeInfer.count,
      inferMs: shortened(computeInfer.ns / 1e6 / computeInfer.count)!,
    }))
    .toSorted((a, b) => a.items - b.items);
}

function failuresOf({ counts }: ModelView): ModelState['failures'] {
  const failures = new Map<string, number>(recorderOf(counts).failures);
  const invalid = invalidRequests(counts);
  if (invalid > 0) failures.set('request-invalid', invalid + (failures.get('request-invalid') ?? 0));
  return [...failures].map(([code, count]) => ({ code, count }));
}

const shortened = (value: number | null): number | null =>
  value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(4));
