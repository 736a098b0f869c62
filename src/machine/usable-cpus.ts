import { formatCpuList } from './cpu-list.ts';
import type { Cpu, Machine } from './types.ts';

/** Orders CPUs as the sequential mapping fills them: performance cores first, then by socket, node and core. */
export function bySequence(a: Cpu, b: Cpu): number {
  return (
    Number(a.kind === 'efficiency') - Number(b.kind === 'efficiency') ||
    a.socket - b.socket ||
    a.node - b.node ||
    a.core - b.core ||
    a.id - b.id
  );
}

/**
 * Chooses the CPUs that thinfer uses: the smallest allowed hardware thread of each physical core, performance cores
 * only where there are two kinds, as many as the CPU quota pays for and at least one.
 *
 * @param quotaCores CPU time per wall time, in cores; null for no quota.
 * @returns the CPUs in order of the sequential mapping, and one sentence for each reason.
 */
export function chooseUsableCpus(
  cpus: readonly Cpu[],
  quotaCores: number | null,
): Pick<Machine, 'usable' | 'usableBecause'> {
  const allowed = cpus.filter((cpu) => cpu.allowed).sort(bySequence);
  const because = [allowedSentence(cpus, allowed)];
  const cores = oneThreadPerCore(allowed, because);
  const fast = performanceOnly(cores, because);
  const paid = withinQuota(fast, quotaCores, because);
  return { usable: paid.map((cpu) => cpu.id), usableBecause: because };
}

function allowedSentence(cpus: readonly Cpu[], allowed: readonly Cpu[]): string {
  if (allowed.length === cpus.length) return `All ${cpus.length} online CPUs may be used.`;
  const list = formatCpuList(allowed.map((cpu) => cpu.id));
  return `The affinity mask and cpuset allow ${allowed.length} of ${cpus.length} online CPUs: ${list}.`;
}

function oneThreadPerCore(allowed: readonly Cpu[], because: string[]): readonly Cpu[] {
  const seen = new Set<number>();
  const first = allowed.filter((cpu) => !seen.has(cpu.core) && seen.add(cpu.core));
  if (first.length < allowed.length)
    because.push(
      `One hardware thread per physical core, ${first.length} of ${allowed.length}: two on one core share its vector units.`,
    );
  return first;
}

function performanceOnly(cores: readonly Cpu[], because: string[]): readonly Cpu[] {
  const fast = cores.filter((cpu) => cpu.kind === 'performance');
  if (fast.length === 0 || fast.length === cores.length) return cores;
  because.push(
    `${cores.length - fast.length} efficiency cores are left out: work is split evenly over threads, so the slowest core would set the time.`,
  );
  return fast;
}

function withinQuota(cores: readonly Cpu[], quotaCores: number | null, because: string[]): readonly Cpu[] {
  if (quotaCores === null || paidCpus(quotaCores) >= cores.length) {
    if (quotaCores !== null && quotaCores < 1) because.push(throttledSentence(quotaCores));
    return cores;
  }
  because.push(
    quotaCores < 1
      ? throttledSentence(quotaCores)
      : `The CPU quota pays for ${round(quotaCores)} cores: the first ${Math.floor(quotaCores)} are used; a busy thread more would be throttled.`,
  );
  return cores.slice(0, paidCpus(quotaCores));
}

/** CPUs that a quota keeps busy without throttling, and at least one; Infinity for no quota. */
export function paidCpus(quotaCores: number | null): number {
  return quotaCores === null ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(quotaCores));
}

function throttledSentence(quotaCores: number): string {
  return `The CPU quota is ${round(quotaCores)} of one core: even one thread will be throttled.`;
}

function round(cores: number): string {
  return String(Math.round(cores * 100) / 100);
}
