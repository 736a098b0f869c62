/** One thing about the environment of both sides. */
export interface EnvironmentRow {
  readonly name: string;
  /** Every value that a side's cells have; empty where it isn't known. */
  readonly a: readonly string[];
  readonly b: readonly string[];
  readonly differs: boolean;
}

/** Facts of one side: name → its values. */
export type Environment = ReadonlyMap<string, ReadonlySet<string>>;

/** Facts of two sides beside each other, those that differ first; what only one side knows does not differ, it is unknown. */
export function compareEnvironments(a: Environment, b: Environment): EnvironmentRow[] {
  const names = [...new Set([...a.keys(), ...b.keys()])];
  const rows = names.map((name): EnvironmentRow => {
    const ofA = [...(a.get(name) ?? [])].sort();
    const ofB = [...(b.get(name) ?? [])].sort();
    const isKnown = ofA.length > 0 && ofB.length > 0;
    return { name, a: ofA, b: ofB, differs: isKnown && ofA.join('\n') !== ofB.join('\n') };
  });
  return [...rows.filter(({ differs }) => differs), ...rows.filter(({ differs }) => !differs)];
}
