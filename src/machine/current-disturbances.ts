import type { Tree } from './tree.ts';
import type { Disturbance } from './types.ts';

/** Above this load per online CPU in the last minute something else is at work. */
const loadPerCpu = 0.1;
/** Above this share of the last 10 s tasks waited for a CPU (`some avg10`, in per cent). */
const pressurePercent = 5;
/** Above this share of CPU time since boot the hypervisor gave the CPUs to others, in per cent. */
const stealPercent = 2;

/**
 * Tells what would disturb a measurement begun now: load of others, waiting for CPUs, time stolen by the hypervisor,
 * clocks that are not held. Averages look back, so the end of our own work shows for about a minute too.
 */
export function readDisturbances(
  tree: Tree,
  machine: { readonly onlineCpus: number; readonly governors: readonly string[] },
): Disturbance[] {
  return [load(tree, machine.onlineCpus), pressure(tree), steal(tree), governor(machine.governors)].filter(
    (disturbance) => disturbance !== null && disturbance.value > disturbance.threshold,
  ) as Disturbance[];
}

function load(tree: Tree, onlineCpus: number): Disturbance | null {
  const minute = Number(tree.text('/proc/loadavg')?.split(' ')[0] ?? Number.NaN);
  if (!Number.isFinite(minute)) return null;
  return {
    kind: 'foreign-load',
    value: Math.round((minute / onlineCpus) * 100) / 100,
    threshold: loadPerCpu,
    unit: 'tasks per CPU',
    text: `In the last minute ${minute} tasks ran or waited to run on average, on ${onlineCpus} CPUs, our own included.`,
  };
}

/** @see https://docs.kernel.org/accounting/psi.html */
function pressure(tree: Tree): Disturbance | null {
  const average = /^some avg10=([\d.]+)/m.exec(tree.text('/proc/pressure/cpu') ?? '')?.[1];
  if (average === undefined) return null;
  return {
    kind: 'pressure',
    value: Number(average),
    threshold: pressurePercent,
    unit: '%',
    text: `Tasks waited for a CPU during ${average} % of the last 10 seconds.`,
  };
}

function steal(tree: Tree): Disturbance | null {
  const jiffies = /^cpu +(.*)$/m
    .exec(tree.text('/proc/stat') ?? '')?.[1]
    ?.split(' ')
    .map(Number);
  // user nice system idle iowait irq softirq steal; guest time is already within user.
  const total = jiffies?.slice(0, 8).reduce((sum, value) => sum + value, 0) ?? 0;
  if (jiffies === undefined || total === 0) return null;
  const percent = Math.round(((jiffies[7] ?? 0) / total) * 1000) / 10;
  return {
    kind: 'steal',
    value: percent,
    threshold: stealPercent,
    unit: '%',
    text: `Since boot the hypervisor gave ${percent} % of the CPU time to other guests.`,
  };
}

function governor(governors: readonly string[]): Disturbance | null {
  const others = governors.filter((name) => name !== 'performance');
  return {
    kind: 'frequency',
    value: others.length,
    threshold: 0,
    unit: 'governors',
    text: `Clocks follow the load: the frequency governor is ${others.join(' and ')}, not performance.`,
  };
}
