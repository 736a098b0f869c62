import type { CounterDelta } from './diff-counters.ts';
import type { Disturbance } from './types.ts';

/**
 * Beyond these a measuring visit is disturbed. The first three are near the effect one wants to see: plans
 * differ by a few per cent. The rest show a cause that the first ones can miss.
 */
export const counterThresholds = {
  /** Share of CPU time. */
  steal: 0.02,
  /** Share of CPU time. */
  foreign: 0.03,
  /** Share of CPU time the measured threads waited, ready to run. */
  wait: 0.05,
  /**
   * For each CPU; one costs some 10 µs of cold caches. A process of Node on its own core is pushed off 50 to 100 times
   * a second by its own helper threads and the kernel's.
   */
  involuntaryPerSecond: 300,
  /** For each CPU; a moved thread finds its private caches empty (about 100 µs for 1 MiB). */
  migrationsPerSecond: 50,
  /** Fewer events than this are chance, however short the window. */
  events: 10,
} as const;

/**
 * Names what disturbed a window, judging only what its length can resolve: `/proc/stat` counts in 10 ms ticks, so 50 ms on
 * two CPUs can't tell 2 % of steal from none, and the threshold rises to what can be told. Pressure (PSI) is reported but not judged: it counts
 * our own threads' waiting for each other, on any CPU; the measured threads' own waiting takes its place.
 *
 * @returns the disturbances, worst causes first; empty for a clean window.
 */
export function judgeCounters(delta: CounterDelta): Disturbance[] {
  const cpus = Math.max(1, Object.keys(delta.busyByCpu).length);
  const seconds = delta.wallNs / 1e9;
  const found = [
    throttled(delta),
    share('steal', delta.stealShare, Math.max(counterThresholds.steal, delta.resolution.steal), stolen),
    share(
      'foreign-load',
      delta.foreignShare,
      Math.max(counterThresholds.foreign, delta.resolution.foreign),
      foreign,
    ),
    share('pressure', delta.waitShare, counterThresholds.wait, waited),
    rate(
      'involuntary-switches',
      delta.involuntarySwitches,
      counterThresholds.involuntaryPerSecond,
      cpus,
      seconds,
    ),
    rate('migrations', delta.migrations, counterThresholds.migrationsPerSecond, cpus, seconds),
  ];
  return found.filter((disturbance) => disturbance !== null);
}

const stolen = (percent: string): string =>
  `The hypervisor gave ${percent} % of the CPU time to other guests.`;
const foreign = (percent: string): string => `Other processes used ${percent} % of the measured CPUs.`;
const waited = (percent: string): string =>
  `The measured threads waited ${percent} % of the time for a CPU that another thread had.`;

function throttled(delta: CounterDelta): Disturbance | null {
  if (delta.throttledPeriods <= 0 && delta.throttledShare <= 0) return null;
  return {
    kind: 'throttled',
    value: delta.throttledPeriods,
    threshold: 0,
    unit: 'periods',
    text: `The CPU quota held threads back in ${delta.throttledPeriods} periods, ${percentOf(delta.throttledShare)} % of the time.`,
  };
}

function share(
  kind: Disturbance['kind'],
  value: number,
  threshold: number,
  text: (percent: string) => string,
): Disturbance | null {
  if (value <= threshold) return null;
  return {
    kind,
    value: Number(percentOf(value)),
    threshold: Number(percentOf(threshold)),
    unit: '%',
    text: text(percentOf(value)),
  };
}

function rate(
  kind: 'involuntary-switches' | 'migrations',
  count: number,
  threshold: number,
  cpus: number,
  seconds: number,
): Disturbance | null {
  const value = Math.round(count / seconds / cpus);
  if (value <= threshold || count < counterThresholds.events) return null;
  const what = kind === 'migrations' ? 'moved to another CPU' : 'were pushed off their CPU';
  return {
    kind,
    value,
    threshold,
    unit: 'per second and CPU',
    text: `The measured threads ${what} ${value} times per second and CPU.`,
  };
}

function percentOf(value: number): string {
  return String(Math.round(value * 1000) / 10);
}
