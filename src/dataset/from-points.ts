import type { Machine } from '../machine/types.ts';
import type { Point, PointSettings } from '../profile/types.ts';
import { machineKey, machineNames } from './machine-names.ts';
import { keyOf } from './place-of-table.ts';
import { cellOf } from './point-cells.ts';
import { chooseVariant } from './select.ts';
import type { Dataset, DatasetMachine, SkippedCells, Utilisation } from './types.ts';

/** A stored point, the machine it was measured on (as far as it does not change), and the software that measured it. */
export interface MeasuredPlace {
  readonly point: Point;
  readonly machine: Partial<Machine>;
  readonly versions: Readonly<Record<string, string>>;
}

/** What is known beside the points. */
export interface PointFacts {
  /** Floating-point operations of one item; null: not known. */
  readonly flopsPerItem: (settings: PointSettings) => number | null;
  /** Measured peak in GFLOP/s by threads, of the machine of these points; null: not measured. */
  readonly peakGflops: (settings: PointSettings) => ReadonlyMap<number, number> | null;
  /** Null: no run was recorded. */
  readonly utilisation: (settings: PointSettings) => readonly Utilisation[] | null;
  /** What was asked for of this model on this machine, and could not be measured; null: no sweep is known. */
  readonly skipped: (settings: PointSettings) => readonly SkippedCells[] | null;
}

/** Nothing is known beside the points. */
export const noFacts: PointFacts = {
  flopsPerItem: () => null,
  peakGflops: () => null,
  utilisation: () => null,
  skipped: () => null,
};

/** A dataset for each model, size and machine. */
export function datasetsOfPoints(places: readonly MeasuredPlace[], facts: PointFacts = noFacts): Dataset[] {
  const groups = Map.groupBy(places, ({ point: { settings } }) =>
    JSON.stringify([settings.model.name, settings.cpuModel, settings.topology, sortedDims(settings)]),
  );
  const names = machineNames(
    places.map(({ point: { settings }, machine }) => ({
      ...settings,
      cores: machine.usable?.length ?? null,
    })),
  );
  const byPlainKey = Map.groupBy([...groups.values()].flatMap(byContent), ({ plainKey }) => plainKey);
  return [...byPlainKey.values()].flatMap((alike) =>
    alike.map(({ plainKey, places: own }) => {
      const { model, topology } = own[0]!.point.settings;
      // Another file of the same name, or a machine of the same CPU with other cores: their hashes tell them apart.
      const key =
        alike.length === 1 ? plainKey : keyOf(plainKey, model.contentHash.slice(0, 6), topology.slice(0, 6));
      const isOne = new Set(alike.map(({ places }) => contentOf(sourceOf(places)))).size === 1;
      const file = isOne ? null : `model ${model.contentHash.slice(0, 6)}`;
      return datasetOf({ key, experiment: file }, own, { facts, names });
    }),
  );
}

const sortedDims = ({ dims }: PointSettings): [string, number][] => Object.entries(dims).sort();

/** A point of the model as it is, where there is one. */
const sourceOf = (places: readonly MeasuredPlace[]): MeasuredPlace =>
  places.find(({ point }) => point.settings.precision === 'as in the file') ?? places[0]!;

const contentOf = ({ point }: MeasuredPlace): string => point.settings.model.contentHash;

interface Group {
  readonly plainKey: string;
  readonly places: readonly MeasuredPlace[];
}

/**
 * A model in other precisions has other files, and belongs with its source; two files of one name and precision are two models.
 */
function byContent(group: readonly MeasuredPlace[]): Group[] {
  const { settings } = group[0]!.point;
  const dims = sortedDims(settings).map(([name, size]) => `${name}-${size}`);
  const plainKey = keyOf(settings.model.name, ...dims, settings.cpuModel);
  const byPrecision = Map.groupBy(group, ({ point }) => point.settings.precision);
  const isOneModel = [...byPrecision.values()].every((own) => new Set(own.map(contentOf)).size === 1);
  if (isOneModel) return [{ plainKey, places: group }];
  return [...Map.groupBy(group, contentOf).values()].map((places) => ({ plainKey, places }));
}

interface Known {
  readonly facts: PointFacts;
  /** Of machines, by their keys. */
  readonly names: ReadonlyMap<string, string>;
}

function datasetOf(
  named: Pick<Dataset, 'key' | 'experiment'>,
  group: readonly MeasuredPlace[],
  { facts, names }: Known,
): Dataset {
  const { settings } = group[0]!.point;
  const times = group.map(({ point }) => point.measuredAt).sort();
  const cells = group.map(({ point }) => cellOf(point));
  // The peak is that of the engine that the page is about.
  const { engine } = chooseVariant({ cells }).usual;
  const ofEngine = group.filter((_, index) => cells[index]!.variant.engine === engine);
  const usual = ofEngine[0] ?? group[0]!;
  const measured = new Set(group.flatMap(({ point }) => settingsInWords(point)));
  return {
    ...named,
    model: settings.model.name,
    machine: machineOf(usual, { facts, names }),
    dims: settings.dims,
    flopsPerItem: firstKnown(group, facts.flopsPerItem),
    cells,
    skipped: (firstKnown(group, facts.skipped) ?? []).filter(({ setting }) => !measured.has(setting)),
    utilisation: firstKnown(ofEngine, facts.utilisation) ?? [],
    provenance: {
      kind: 'measured',
      from: times[0]!,
      until: times.at(-1)!,
      versions: versionsOf(group),
      proofs: proofsOf(group),
    },
  };
}

/** Settings of a measured point in the words of sweeps: what could not be measured once may be measured now. */
function settingsInWords({ state, settings }: Point): string[] {
  if (state === 'failed') return [];
  const { threads, allocator = 'glibc', mapping, hardwareThreads, hugePages = 'system' } = settings;
  return [
    `threads ${threads}`,
    `allocator ${allocator}`,
    `allocator ${allocator.replace(/_minimal$/, '')}`,
    `mapping ${mapping}`,
    `hardware threads ${hardwareThreads ? 'on' : 'off'}`,
    `huge pages ${hugePages}`,
  ];
}

/** What is known of any of the points' models: of precisions, the source's. */
function firstKnown<T>(
  group: readonly MeasuredPlace[],
  find: (settings: PointSettings) => T | null,
): T | null {
  const byModel = new Map(group.map(({ point }) => [point.settings.model.contentHash, point.settings]));
  for (const settings of byModel.values()) {
    const found = find(settings);
    if (found !== null) return found;
  }
  return null;
}

const proofWords = { read: 'read back', effect: 'seen by its effect', request: 'requested only' } as const;

/** How each setting was seen to hold, each way once. */
function proofsOf(group: readonly MeasuredPlace[]): [string, string][] {
  const found = new Map<string, [string, string]>();
  for (const { point } of group)
    for (const { setting, asked, seen, by } of point.state === 'measured'
      ? (point.readBack.proofs ?? [])
      : [])
      found.set(`${setting} ${asked} ${by}`, [`${setting} ${asked}`, `${proofWords[by]}: ${seen}`]);
  return [...found.values()];
}

function versionsOf(group: readonly MeasuredPlace[]): [string, string][] {
  const values = new Map<string, Set<string>>();
  for (const { versions } of group)
    for (const [name, version] of Object.entries(versions))
      values.set(name, (values.get(name) ?? new Set()).add(version));
  return [...values].map(([name, found]) => [name, [...found].sort().join(', ')]);
}

function machineOf({ machine, point: { settings } }: MeasuredPlace, { facts, names }: Known): DatasetMachine {
  const { usable, physicalCores, hardwareThreads, sockets, numaNodes, memoryBytes, kernel } = machine;
  const listed: [string, string | number | undefined][] = [
    ['architecture', machine.architecture],
    ['sockets', sockets],
    ['NUMA nodes', numaNodes?.length],
    ['physical cores', physicalCores],
    ['hardware threads', hardwareThreads],
    ['cores used', usable?.length],
    ['instruction sets', machine.isa?.join(', ')],
    ['memory, GiB', memoryBytes === undefined ? undefined : Math.round(memoryBytes / 2 ** 30)],
    ['kernel', kernel],
    ['virtualisation', machine.virtualisation],
    ['clock governors', machine.governors?.join(', ')],
    ['transparent huge pages', machine.hugePages],
  ];
  return {
    key: machineKey(settings),
    name: names.get(machineKey(settings)) ?? settings.cpuModel,
    cores: usable?.length ?? null,
    threadsPerCore:
      hardwareThreads !== undefined && physicalCores !== undefined ? hardwareThreads / physicalCores : null,
    peakGflops: facts.peakGflops(settings),
    facts: listed.flatMap(([name, value]): [string, string][] =>
      value === undefined || value === '' ? [] : [[name, String(value)]],
    ),
  };
}
