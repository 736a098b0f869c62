import {
  type PointFailure,
  type PointSettings,
  type PointSink,
  type SamplingRule,
  type StoredPoint,
  summariseLatencies,
  type Visit,
} from '../profile/index.ts';
import { mean, relativeHalfWidth } from '../stats/index.ts';

interface Cell {
  readonly visits: Visit[];
  isOpen: boolean;
  /** What its visits take until it is done, in ms; null while that can't be told. */
  totalMs: number | null;
}

/** A profile's sink that also tells, from the visits that pass through it, how long the cells still need. */
export class ProfileEstimate implements PointSink {
  private readonly sink: PointSink;
  private readonly rule: SamplingRule;
  private readonly cells = new Map<string, Cell>();
  private readonly beganMs = performance.now();
  private visitedMs = 0;

  constructor(sink: PointSink, rule: SamplingRule) {
    this.sink = sink;
    this.rule = rule;
  }

  /**
   * What the open cells still need, in ms. Those of which nothing is known need as much as the others; what is done
   * between visits, such as loading the model, goes on as so far.
   */
  restMs(): number {
    const cells = [...this.cells.values()];
    const totals = cells.flatMap(({ totalMs }) => totalMs ?? []);
    const usual = totals.length === 0 ? this.rule.ceilingMs : mean(totals);
    const rest = cells.filter(({ isOpen }) => isOpen).reduce((sum, cell) => sum + restOf(cell, usual), 0);
    const between = this.visitedMs === 0 ? 1 : (performance.now() - this.beganMs) / this.visitedMs;
    return rest * between;
  }

  load(hash: string): StoredPoint | null {
    const stored = this.sink.load(hash);
    if (!this.cells.has(hash)) {
      const visits = [...(stored?.visits ?? [])];
      const totalMs = expectedMs(visits, this.rule);
      this.cells.set(hash, { visits, isOpen: stored?.state !== 'failed', totalMs });
    }
    return stored;
  }

  addVisit(hash: string, settings: PointSettings, visit: Visit, rule: SamplingRule): void {
    this.sink.addVisit(hash, settings, visit, rule);
    this.visitedMs += visit.wallMs;
    const cell = this.cells.get(hash)!;
    cell.visits.push(visit);
    cell.totalMs = expectedMs(cell.visits, this.rule);
  }

  finish(hash: string, rule: SamplingRule): void {
    this.sink.finish(hash, rule);
    this.close(hash);
  }

  fail(hash: string, settings: PointSettings, failure: PointFailure, message: string): void {
    this.sink.fail(hash, settings, failure, message);
    this.close(hash);
  }

  private close(hash: string): void {
    const cell = this.cells.get(hash)!;
    cell.isOpen = false;
    if (cell.visits.length > 0) cell.totalMs = spentMs(cell.visits);
  }
}

/** An open cell is visited once more at least. */
function restOf({ visits, totalMs }: Cell, usualMs: number): number {
  const spent = spentMs(visits);
  return Math.max((totalMs ?? usualMs) - spent, visits.length === 0 ? 0 : spent / visits.length);
}

/**
 * How long a cell is visited in all, in ms, by its visits so far: an interval narrows with the root of their number, up
 * to the rule's ceiling. Null before the visits show by how much they differ.
 */
export function expectedMs(visits: readonly Visit[], rule: SamplingRule): number | null {
  const clean = visits.filter(({ disturbances }) => disturbances.length === 0);
  if (rule.fixed !== null) return visits.length === 0 ? null : spentMs(visits);
  if (clean.length < 2) return null;
  const { interval, medianMs } = summariseLatencies(clean);
  const excess = relativeHalfWidth(interval, medianMs) / rule.halfWidth;
  const needed = Math.max(rule.minVisits, clean.length * excess ** 2);
  return Math.min(rule.ceilingMs, (spentMs(visits) * needed) / clean.length);
}

const spentMs = (visits: readonly Visit[]): number => visits.reduce((sum, { wallMs }) => sum + wallMs, 0);
