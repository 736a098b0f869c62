import { createHash } from 'node:crypto';
import { type PointSettings, pointHash } from '../profile/index.ts';
import { recordKinds, type StoredRecord, tableHash } from '../store/index.ts';

/** What lines of a bundle must be to each other: order, references, addresses. */
export class RecordChecks {
  private kind = 0;
  private readonly machines = new Set<string>();
  private readonly current = new Set<string>();
  private point: {
    readonly name: string;
    readonly needsVisits: boolean;
    visits: number;
    replicas: number;
  } | null = null;
  private results = 0;

  /** What is wrong with the next record, a sentence each. */
  problemsOf(record: StoredRecord): string[] {
    const problems = [...this.orderProblems(record), ...this.ownProblems(record)];
    if (record.kind !== 'visit') problems.unshift(...this.finish());
    this.remember(record);
    return problems;
  }

  /** What is wrong with the last point. */
  finish(): string[] {
    const { point } = this;
    this.point = null;
    return point?.needsVisits === true && point.visits === 0
      ? [`${point.name} is measured, and has no visit`]
      : [];
  }

  private orderProblems({ kind }: StoredRecord): string[] {
    // Visits stand between points.
    const at = recordKinds.indexOf(kind === 'visit' ? 'point' : kind);
    if (kind === 'visit' && this.point === null) return ['a visit without a point before it'];
    if (at < this.kind) return [`a ${kind} behind a ${recordKinds[this.kind]}`];
    this.kind = at;
    return [];
  }

  private ownProblems(record: StoredRecord): string[] {
    switch (record.kind) {
      case 'machine':
        return hashOf(record.machine) === record.hash
          ? []
          : [`machine ${record.hash}: is not what its hash says`];
      case 'point':
        return [
          ...this.machineProblems(record.machine),
          ...(pointHash(record.settings as PointSettings) === record.hash
            ? []
            : [`point ${record.hash}: its settings are not what its hash says`]),
          ...(record.state !== 'superseded' && this.current.has(record.hash)
            ? [`point ${record.hash}: stands there twice as the current one`]
            : []),
          ...(record.state === 'failed' && record.failure === null
            ? [`point ${record.hash}: failed without saying how`]
            : []),
        ];
      case 'visit':
        return this.point !== null && this.point.visits > 0 && this.point.replicas !== record.replicas.length
          ? [`${this.point.name}: visits of ${this.point.replicas} and of ${record.replicas.length} replicas`]
          : [];
      case 'result':
        return [
          ...this.machineProblems(record.machine),
          ...(record.number === this.results + 1 ? [] : [`result ${record.number} behind ${this.results}`]),
        ];
      case 'plan':
        return record.result <= this.results
          ? []
          : [`a plan in force by result ${record.result}, which is not there`];
      case 'contention':
        return [];
      case 'table':
        return tableHash(record.table) === record.hash
          ? []
          : [`table ${record.name}: is not what its hash says`];
    }
  }

  private machineProblems(machine: string): string[] {
    return this.machines.has(machine) ? [] : [`machine ${machine} is not there`];
  }

  private remember(record: StoredRecord): void {
    if (record.kind === 'machine') this.machines.add(record.hash);
    else if (record.kind === 'result') this.results = record.number;
    else if (record.kind === 'point') {
      if (record.state !== 'superseded') this.current.add(record.hash);
      this.point = {
        name: `point ${record.hash}`,
        needsVisits: record.state === 'measured',
        visits: 0,
        replicas: 0,
      };
    } else if (record.kind === 'visit' && this.point !== null) {
      this.point.visits++;
      this.point.replicas = record.replicas.length;
    }
  }
}

const hashOf = (machine: unknown): string =>
  createHash('sha256').update(JSON.stringify(machine)).digest('hex').slice(0, 32);
