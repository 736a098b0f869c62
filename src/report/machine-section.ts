import type { Cpu, Machine } from '../machine/types.ts';
import { formatBytes, formatCount, formatCpuList, formatNumber, formatPlural } from './format.ts';
import { type Content, html, type Markup } from './html.ts';

/** The machine: its cores drawn by socket and node, which are used and why, and what disturbed. */
export function machineSection(machine: Machine): Markup {
  return html`<section id="machine"><h2>${titleOf(machine)}</h2>
<p class="sub">Each box is a physical core with its CPUs; filled: used.</p>
<div class="sockets">${socketsOf(machine)}</div>
${list('Why these', machine.usableBecause)}
${list(
  machine.disturbances.length > 0 ? 'What disturbed measuring' : 'Nothing disturbed measuring when it began.',
  machine.disturbances.map(({ text }) => text),
)}
${definitions(factsOf(machine))}
${list('What root could add', machine.rootWouldAdd.length > 0 ? machine.rootWouldAdd : ['Nothing here.'])}</section>`;
}

function titleOf({ usable, physicalCores }: Machine): string {
  const cpus = `CPU${usable.length === 1 ? '' : 's'} ${formatCpuList(usable)}`;
  return `${formatCount(usable.length)} of ${formatPlural(physicalCores, 'core')} used: ${cpus}`;
}

function socketsOf(machine: Machine): Markup[] {
  const bySocket = Map.groupBy(machine.cpus, ({ socket }) => socket);
  return [...bySocket].map(([socket, cpus]) => {
    const byNode = Map.groupBy(cpus, ({ node }) => node);
    const nodes = [...byNode].map(([node, members]) => nodeBox(node, members, machine));
    return html`<div class="socket"><h3>Socket ${socket}</h3>${nodes}</div>`;
  });
}

function nodeBox(node: number, cpus: readonly Cpu[], machine: Machine): Markup {
  const memory = machine.numaNodes.find(({ id }) => id === node)?.memoryBytes;
  const cores = [...Map.groupBy(cpus, ({ core }) => core).values()];
  const title = `Node ${node}${memory ? `, ${formatBytes(memory)}` : ''}`;
  return html`<div class="node"><h4>${title}</h4><ul class="cores">${cores.map((members) => coreBox(members, machine))}</ul></div>`;
}

function coreBox(cpus: readonly Cpu[], { usable }: Machine): Markup {
  const isUsed = cpus.some(({ id }) => usable.includes(id));
  const isAllowed = cpus.some(({ allowed }) => allowed);
  const state = isUsed ? 'used' : isAllowed ? 'free' : 'barred';
  const kind = cpus[0]?.kind === 'efficiency' ? ', efficiency core' : '';
  const words = { used: 'used', free: 'not used', barred: 'not allowed' }[state];
  const numbers = cpus.map(({ id }) => id).join(' ');
  return html`<li class="${state}" title="CPU ${numbers}: ${words}${kind}">${numbers}<span class="hidden"> ${words}${kind}</span></li>`;
}

function factsOf(machine: Machine): [string, Content][] {
  const { current, lowest, highest } = machine.clockMhz;
  const mhz = (value: number | null): string => (value === null ? '?' : formatNumber(value));
  return [
    ['CPU', `${machine.cpuModel} (${machine.architecture})`],
    ['Sockets, nodes', `${machine.sockets}, ${machine.numaNodes.length}`],
    [
      'Cores, hardware threads',
      `${formatCount(machine.physicalCores)}, ${formatCount(machine.hardwareThreads)}`,
    ],
    ['Offline CPUs', machine.offlineCpus.length > 0 ? formatCpuList(machine.offlineCpus) : 'none'],
    ['CPU quota', machine.quotaCores === null ? 'none' : formatPlural(machine.quotaCores, 'core')],
    ['Clock', `${mhz(current)} MHz now, ${mhz(lowest)} to ${mhz(highest)} MHz`],
    ['Governor, turbo', `${machine.governors.join(' ') || 'unknown'}, ${turboText(machine)}`],
    ['Caches', cachesText(machine)],
    ['Instruction sets', machine.isa.join(' ') || 'none of note'],
    ['Memory', memoryText(machine)],
    ['Huge pages', machine.hugePages],
    ['Allocators', machine.allocators.map(({ name }) => name).join(' ')],
    ['Virtualisation, kernel', `${machine.virtualisation}, ${machine.kernel}`],
  ];
}

function turboText({ turbo }: Machine): string {
  if (turbo === null) return 'unknown';
  return turbo ? 'on' : 'off';
}

function cachesText({ caches }: Machine): string {
  return caches
    .map(({ level, type, bytes, count }) => {
      const letter = type === 'data' ? 'd' : type === 'instruction' ? 'i' : '';
      return `L${level}${letter} ${count} × ${formatBytes(bytes)}`;
    })
    .join(', ');
}

function memoryText({ memoryBytes, memoryAvailableBytes, memoryLimitBytes }: Machine): string {
  const limit = memoryLimitBytes === null ? '' : `, limited to ${formatBytes(memoryLimitBytes)}`;
  return `${formatBytes(memoryBytes)}, ${formatBytes(memoryAvailableBytes)} available${limit}`;
}

function list(title: string, sentences: readonly string[]): Markup {
  return html`<p class="label">${title}</p>${sentences.length > 0 && html`<ul class="plain">${sentences.map((sentence) => html`<li>${sentence}</li>`)}</ul>`}`;
}

/** Names and values side by side. */
export function definitions(entries: readonly (readonly [string, Content])[]): Markup {
  return html`<dl>${entries.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
