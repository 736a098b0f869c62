/** Instruction sets that decide how fast inference is, as `/proc/cpuinfo` names them. */
const instructionSets = [
  'avx2', 'avx512f', 'avx512_vnni', 'avx_vnni', 'avx512_bf16', 'amx_tile', 'amx_int8', 'amx_bf16',
  'asimd', 'asimddp', 'i8mm', 'sve', 'sve2', 'bf16',
]; // biome-ignore format: a table

/** ARM processors do not tell a name, only the numbers of maker and part (`implementer:part`). */
const armNames: Readonly<Record<string, string>> = {
  '0x41:0xd0c': 'ARM Neoverse-N1',
  '0x41:0xd40': 'ARM Neoverse-V1',
  '0x41:0xd49': 'ARM Neoverse-N2',
  '0x41:0xd4f': 'ARM Neoverse-V2',
  '0x41:0xd84': 'ARM Neoverse-V3',
  '0x41:0xd8e': 'ARM Neoverse-N3',
  '0x41:0xd08': 'ARM Cortex-A72',
  '0x41:0xd0b': 'ARM Cortex-A76',
  '0x46:0x001': 'Fujitsu A64FX',
  '0x48:0xd01': 'HiSilicon Kunpeng-920',
  '0xc0:0xac3': 'Ampere-1',
  '0xc0:0xac4': 'Ampere-1a',
};

/** What `/proc/cpuinfo` tells of the processor. */
export interface ProcessorInfo {
  /** Marketing name, or maker and part numbers; `unknown` where nothing is told. */
  readonly cpuModel: string;
  /** As `uname -m`: `x86_64`, `aarch64`; `unknown` where nothing tells. */
  readonly architecture: string;
  /** Those of {@link instructionSets} that are present, in that order. */
  readonly isa: readonly string[];
  /** Whether the processor says that it runs under a hypervisor; null for ARM's, which do not say. */
  readonly hypervisor: boolean | null;
  /** Mean of the CPUs' current clocks in MHz; null where not told (ARM). */
  readonly clockMhz: number | null;
}

/**
 * Reads the text of `/proc/cpuinfo`, in the form of x86 or of ARM. The first processor stands for all: Linux shows
 * only features that every CPU has.
 */
export function parseProcessorInfo(text: string): ProcessorInfo {
  const flags = new Set((field(text, 'flags') ?? field(text, 'Features') ?? '').split(/\s+/));
  const arm = field(text, 'CPU implementer') !== null;
  return {
    cpuModel: field(text, 'model name') ?? armName(text) ?? 'unknown',
    architecture: arm ? 'aarch64' : flags.has('lm') ? 'x86_64' : 'unknown',
    isa: instructionSets.filter((name) => flags.has(name)),
    hypervisor: arm ? null : flags.has('hypervisor'),
    clockMhz: meanClock(text),
  };
}

function field(text: string, name: string): string | null {
  const match = new RegExp(`^${name}\\s*:\\s*(.+)$`, 'm').exec(text);
  return match?.[1]?.trim() ?? null;
}

function armName(text: string): string | null {
  const implementer = field(text, 'CPU implementer');
  const part = field(text, 'CPU part');
  if (implementer === null || part === null) return null;
  return armNames[`${implementer}:${part}`] ?? `ARM implementer ${implementer} part ${part}`;
}

function meanClock(text: string): number | null {
  const clocks = [...text.matchAll(/^cpu MHz\s*:\s*([\d.]+)/gm)].map((match) => Number(match[1]));
  if (clocks.length === 0) return null;
  return Math.round(clocks.reduce((sum, clock) => sum + clock, 0) / clocks.length);
}
