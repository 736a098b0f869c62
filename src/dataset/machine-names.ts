/** What tells machines apart. */
export interface MachineTraits {
  /** Empty: not told. */
  readonly cpuModel: string;
  /** Hash of its cores, nodes and siblings; empty: not told. */
  readonly topology: string;
  /** Physical cores that could be used; null: not known. */
  readonly cores: number | null;
}

/** The same for one machine only: two machines of one CPU have other cores. */
export const machineKey = ({ cpuModel, topology }: Pick<MachineTraits, 'cpuModel' | 'topology'>): string =>
  [cpuModel, topology].filter((word) => word !== '').join(' ');

interface Named extends MachineTraits {
  readonly name: string;
}

/**
 * Names of machines by their keys. Those of one CPU are told apart by their cores or, where these agree or are not known, by the hash of
 * their topology.
 */
export function machineNames(machines: readonly MachineTraits[]): ReadonlyMap<string, string> {
  const byKey = Map.groupBy(machines, machineKey);
  const plain = [...byKey.values()].map((own): Named => {
    const cores = Math.max(...own.map((one) => one.cores ?? 0));
    return { ...own[0]!, cores: cores === 0 ? null : cores, name: own[0]!.cpuModel };
  });
  const withCores = renameAlike(plain, ({ name, cores }) =>
    cores === null ? name : `${name}, ${cores} ${cores === 1 ? 'core' : 'cores'}`,
  );
  const withHash = renameAlike(withCores, ({ name, topology }) =>
    topology === '' ? name : `${name}, topology ${topology.slice(0, 6)}`,
  );
  return new Map(withHash.map((one) => [machineKey(one), one.name]));
}

/** Gives those whose name others have as well another one. */
function renameAlike(list: readonly Named[], rename: (one: Named) => string): Named[] {
  return [...Map.groupBy(list, ({ name }) => name).values()].flatMap((alike) =>
    alike.length === 1 ? alike : alike.map((one) => ({ ...one, name: rename(one) })),
  );
}
