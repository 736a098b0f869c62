import type { Choice } from './choice.ts';

/** A set of instances by its sums, linked to the parts it was put together from. */
export interface Label {
  readonly cores: number;
  readonly instances: number;
  readonly memoryBytes: number;
  readonly value: number;
  readonly parts: LabelParts | null;
}

/** Where a label comes from: one more instance, or another set put beside on nodes of its own. */
export type LabelParts =
  | {
      readonly type: 'instance';
      readonly rest: Label;
      readonly choice: Choice;
      readonly nodes: readonly number[] | null;
    }
  | { readonly type: 'node'; readonly rest: Label; readonly beside: Label; readonly nodeCores: number };

export const emptyLabel: Label = { cores: 0, instances: 0, memoryBytes: 0, value: 0, parts: null };

/** Which sums still matter; of two labels that differ only in others, one is enough. */
export interface Dimensions {
  readonly cores: boolean;
  readonly instances: boolean;
  /** Values beyond this one count as this one; infinity where more is always better. */
  readonly enough: number;
}

/**
 * The labels that no other one makes useless (no less value with no more memory, and no more of the dimensions that
 * matter), by ascending memory.
 */
export function nondominated(labels: Label[], { cores, instances, enough }: Dimensions): Label[] {
  if (labels.length < 2) return labels;
  const worth = ({ value }: Label): number => Math.min(value, enough);
  labels.sort(
    (a, b) =>
      a.memoryBytes - b.memoryBytes || worth(b) - worth(a) || a.cores - b.cores || a.instances - b.instances,
  );
  const best = new PrefixMaximum(
    cores ? labels.reduce((most, label) => Math.max(most, label.cores), 0) + 1 : 1,
    instances ? labels.reduce((most, label) => Math.max(most, label.instances), 0) + 1 : 1,
  );
  return labels.filter((label) => {
    const [row, column] = [cores ? label.cores : 0, instances ? label.instances : 0];
    if (best.upTo(row, column) >= worth(label)) return false;
    best.raise(row, column, worth(label));
    return true;
  });
}

/** The largest of the values at rows and columns up to given ones, in logarithmic time (a Fenwick tree in two dimensions). */
class PrefixMaximum {
  private readonly tree: Float64Array;
  private readonly rows: number;
  private readonly columns: number;

  constructor(rows: number, columns: number) {
    this.rows = rows;
    this.columns = columns;
    this.tree = new Float64Array((rows + 1) * (columns + 1)).fill(Number.NEGATIVE_INFINITY);
  }

  upTo(row: number, column: number): number {
    let most = Number.NEGATIVE_INFINITY;
    for (let r = row + 1; r > 0; r -= r & -r)
      for (let c = column + 1; c > 0; c -= c & -c)
        most = Math.max(most, this.tree[r * (this.columns + 1) + c]!);
    return most;
  }

  raise(row: number, column: number, value: number): void {
    for (let r = row + 1; r <= this.rows; r += r & -r)
      for (let c = column + 1; c <= this.columns; c += c & -c) {
        const at = r * (this.columns + 1) + c;
        if (this.tree[at]! < value) this.tree[at] = value;
      }
  }
}

/** What bounds the sets that are put together. */
export interface FillLimits {
  readonly cores: number;
  readonly instances: number;
  /** Whether a set may still become one that is looked for. */
  readonly admits: (label: Label) => boolean;
  /** Cores are told apart in any case. */
  readonly dimensions: Dimensions;
  /** Ends the search; the label is among those returned. Default never. */
  readonly isFound?: (label: Label) => boolean;
}

/** Every useful set of instances on up to so many cores, as labels; those with fewer cores first. */
export function fill(choices: readonly Choice[], limits: FillLimits): Label[] {
  const dimensions = {
    ...limits.dimensions,
    cores: false,
    instances: limits.dimensions.instances || limits.instances < limits.cores,
  };
  const byCores: Label[][] = [[emptyLabel]];
  for (let cores = 1; cores <= limits.cores; cores++) {
    const grown = choices.flatMap((choice) => {
      const from = byCores[cores - choice.threads] ?? [];
      return from.flatMap((rest) => {
        if (rest.instances === limits.instances) return [];
        const label = withInstance(rest, choice, null);
        return limits.admits(label) ? [label] : [];
      });
    });
    const kept = nondominated(grown, dimensions);
    byCores.push(kept);
    if (limits.isFound !== undefined && kept.some(limits.isFound)) break;
  }
  return byCores.flat();
}

/** A set with one more instance, on the given nodes where it takes nodes of its own. */
export function withInstance(rest: Label, choice: Choice, nodes: readonly number[] | null): Label {
  return {
    cores: rest.cores + choice.threads,
    instances: rest.instances + 1,
    memoryBytes: rest.memoryBytes + choice.memoryBytes,
    value: rest.value + choice.value,
    parts: { type: 'instance', rest, choice, nodes },
  };
}

/** Two sets side by side, the second one on a node with so many cores. */
export function besides(rest: Label, beside: Label, nodeCores: number): Label {
  return {
    cores: rest.cores + beside.cores,
    instances: rest.instances + beside.instances,
    memoryBytes: rest.memoryBytes + beside.memoryBytes,
    value: rest.value + beside.value,
    parts: { type: 'node', rest, beside, nodeCores },
  };
}
