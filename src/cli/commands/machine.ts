import { formatCpuList, type Machine, machineToJson, readMachine } from '../../machine/index.ts';
import { formatBytes, formatPlural } from '../../report/format.ts';
import { commonSchema, parseFlags } from '../flags.ts';
import { openTerminal, type Terminal } from '../terminal.ts';

/** `thinfer machine`: what this machine is, which cores are used and why, what disturbs measuring now. */
export function machineCommand(flags: unknown): void {
  const terminal = openTerminal(parseFlags(commonSchema, flags));
  const machine = readMachine();
  if (terminal.json) terminal.print(JSON.stringify(machineToJson(machine), null, 2));
  else terminal.print(describeMachine(machine, terminal));
}

function describeMachine(machine: Machine, { bold }: Pick<Terminal, 'bold'>): string {
  const rows = rowsOf(machine);
  const width = Math.max(...rows.map(([label]) => label.length));
  const facts = rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`);
  return [
    bold(`thinfer uses CPUs ${formatCpuList(machine.usable)}`),
    ...machine.usableBecause.map((reason) => `  ${reason}`),
    '',
    ...facts,
    '',
    ...section(
      'What disturbs measuring now',
      machine.disturbances.map(({ text }) => text),
      'nothing seen',
    ),
    ...section('What root would add', machine.rootWouldAdd, 'nothing'),
  ].join('\n');
}

function rowsOf(machine: Machine): [string, string][] {
  const { clockMhz, numaNodes, memoryLimitBytes, quotaCores } = machine;
  const mhz = (value: number | null): string => (value === null ? 'not told' : `${value} MHz`);
  return [
    ['CPU', `${machine.cpuModel} (${machine.architecture})`],
    [
      'clock',
      `now ${mhz(clockMhz.current)}, lowest ${mhz(clockMhz.lowest)}, highest ${mhz(clockMhz.highest)}`,
    ],
    [
      'cores',
      `${machine.physicalCores} physical, ${formatPlural(machine.hardwareThreads, 'hardware thread')}, ${formatPlural(machine.sockets, 'socket')}`,
    ],
    ...numaNodes.map((node): [string, string] => [
      `node ${node.id}`,
      `CPUs ${formatCpuList(node.cpus)}, ${formatBytes(node.memoryBytes)}`,
    ]),
    ['offline', machine.offlineCpus.length === 0 ? 'none' : `CPUs ${formatCpuList(machine.offlineCpus)}`],
    [
      'caches',
      machine.caches
        .map(({ level, type, bytes, count }) => `L${level} ${type} ${count} × ${formatBytes(bytes)}`)
        .join(', '),
    ],
    ['ISA', machine.isa.join(' ') || 'none of those that matter'],
    [
      'memory',
      `${formatBytes(machine.memoryBytes)}, ${formatBytes(machine.memoryAvailableBytes)} available${memoryLimitBytes === null ? '' : `, container limit ${formatBytes(memoryLimitBytes)}`}`,
    ],
    ['CPU quota', quotaCores === null ? 'none' : `${quotaCores} cores`],
    ['allocators', machine.allocators.map(({ name }) => name).join(', ')],
    ['huge pages', machine.hugePages],
    ['kernel', `${machine.kernel}, virtualisation ${machine.virtualisation}`],
  ];
}

function section(title: string, lines: readonly string[], none: string): string[] {
  return lines.length === 0 ? [`${title}: ${none}`] : [`${title}:`, ...lines.map((line) => `  ${line}`)];
}
