import type { Tree } from './tree.ts';
import type { Machine } from './types.ts';

const cpuFolder = '/sys/devices/system/cpu';

/** How the clocks are governed. */
export interface Frequency {
  readonly clockMhz: Machine['clockMhz'];
  /** Governors in use, e.g. `performance`, `schedutil`; empty where the machine (often a virtual one) tells none. */
  readonly governors: readonly string[];
  /** Whether clocks may rise above the nominal one; null where not told. */
  readonly turbo: boolean | null;
}

/**
 * Reads cpufreq's policies. CPUs of one policy share a clock, so there are no more files to read than clocks.
 *
 * @param currentMhz Mean of the current clocks, where something else told it; spares asking every CPU.
 * @see https://docs.kernel.org/admin-guide/pm/cpufreq.html
 */
export function readFrequency(tree: Tree, currentMhz: number | null): Frequency {
  const folders = tree
    .numbered(`${cpuFolder}/cpufreq`, 'policy')
    .map((id) => `${cpuFolder}/cpufreq/policy${id}`);
  const kilohertz = (name: string): number[] =>
    folders.map((folder) => tree.number(`${folder}/${name}`)).filter((value) => value !== null);
  const lowest = kilohertz('cpuinfo_min_freq');
  const highest = kilohertz('cpuinfo_max_freq');
  return {
    clockMhz: {
      current: currentMhz ?? mean(kilohertz('scaling_cur_freq').map(megahertz)),
      lowest: lowest.length > 0 ? megahertz(Math.min(...lowest)) : null,
      highest: highest.length > 0 ? megahertz(Math.max(...highest)) : null,
    },
    governors: [...new Set(folders.map((folder) => tree.text(`${folder}/scaling_governor`) ?? ''))]
      .filter((governor) => governor !== '')
      .sort(),
    turbo: readTurbo(tree),
  };
}

function readTurbo(tree: Tree): boolean | null {
  const noTurbo = tree.number(`${cpuFolder}/intel_pstate/no_turbo`);
  if (noTurbo !== null) return noTurbo === 0;
  const boost = tree.number(`${cpuFolder}/cpufreq/boost`);
  return boost === null ? null : boost === 1;
}

function megahertz(kilohertz: number): number {
  return Math.round(kilohertz / 1000);
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.round(values.reduce((a, b) => a + b, 0) / values.length);
}
