import { rateOf } from './choice.ts';
import { lessLikeSets, originOf } from './origin.ts';
import { predictSlowest } from './predict.ts';
import type { PlanQuestion } from './question.ts';
import type { Cell, ExplainedPlan, Group, Interval, Placement, Price } from './types.ts';

/** The cells of one table by threads and batch. */
export type CellTable = ReadonlyMap<string, Cell>;

const nameOf = ({ threads, batch }: { readonly threads: number; readonly batch: number }): string =>
  `${threads}/${batch}`;

/** Finds cells by threads and batch. */
export function tableOf(cells: readonly Cell[]): CellTable {
  return new Map(cells.map((cell) => [nameOf(cell), cell]));
}

/** Everything that is predicted of given groups, or null where one of their cells is not in the table. */
export function ratePlan(
  groups: readonly Group[],
  table: CellTable,
  question: PlanQuestion,
  placement: readonly Placement[] | null = null,
): ExplainedPlan | null {
  const cells = groups.map((group) => table.get(nameOf(group)));
  if (!cells.every((cell) => cell !== undefined)) return null;
  const members = groups.map((group, index) => ({ instances: group.instances, cell: cells[index]! }));
  const slowest = cells.reduce((most, cell) => (cell.latencyMs > most.latencyMs ? cell : most));
  const predictedMs = predictSlowest(groups, (group) => {
    const cell = table.get(nameOf(group))!;
    return (cell.fitted ? null : question.samplesOf?.(cell.threads, cell.batch)) ?? cell.latencyMs;
  });
  const cores = groups.reduce((sum, group) => sum + group.instances * group.threads, 0);
  const interval = slowestInterval(cells, predictedMs / slowest.latencyMs);
  const rate = ratesOf(question, members, predictedMs, interval);
  return {
    groups,
    cores,
    latencyMs: slowest.latencyMs,
    predictedMs,
    itemsPerSecond: rate.itemsPerSecond,
    fitted: cells.some((cell) => cell.fitted),
    cells: cells.map(originOf).reduce(lessLikeSets),
    predictionInterval: predictionInterval(cells, predictedMs, interval, question),
    boundBy: { threads: slowest.threads, batch: slowest.batch },
    interval,
    itemsPerSecondInterval: rate.interval,
    memoryBytes: sumOf(members, (cell) => cell.memoryBytes),
    placement,
    price: priceOf(question, cores, rate.itemsPerSecond),
  };
}

/** Two independent errors of a logarithm add as squares; waking up only ever takes longer. */
function predictionInterval(
  cells: readonly Cell[],
  predictedMs: number,
  interval: Interval | null,
  { conditions }: PlanQuestion,
): Interval | null {
  const drift = conditions?.drift ?? null;
  if (interval === null || drift === null) return null;
  const [below, above] = interval.map((end) => Math.hypot(Math.log(end / predictedMs), drift));
  const startMs = Math.max(...cells.map(({ threads }) => conditions!.startMs(threads)));
  return [predictedMs * Math.exp(-below!), predictedMs * Math.exp(above!) + startMs];
}

/** The largest of several latencies lies between the largest low end and the largest high end. */
function slowestInterval(cells: readonly Cell[], scale: number): Interval | null {
  const intervals = cells.map(({ interval }) => interval);
  if (!intervals.every((interval) => interval !== undefined)) return null;
  return [
    scale * Math.max(...intervals.map(([low]) => low)),
    scale * Math.max(...intervals.map(([, high]) => high)),
  ];
}

interface Members {
  readonly instances: number;
  readonly cell: Cell;
}

/** Items done over the set's time for `latency`; for the other goals every instance goes on with its next batch at once. */
function ratesOf(
  { target }: PlanQuestion,
  members: readonly Members[],
  predictedMs: number,
  interval: Interval | null,
): { readonly itemsPerSecond: number; readonly interval: Interval | null } {
  if (target.goal === 'latency') {
    const rateAt = (ms: number): number => (target.items / ms) * 1000;
    return {
      itemsPerSecond: rateAt(predictedMs),
      interval: interval && [rateAt(interval[1]), rateAt(interval[0])],
    };
  }
  const at = (latencyOf: (cell: Cell) => number | undefined): number | null =>
    sumOf(members, (cell) => {
      const latencyMs = latencyOf(cell);
      return latencyMs === undefined ? undefined : rateOf({ ...cell, latencyMs });
    });
  const low = at((cell) => cell.interval?.[1]);
  const high = at((cell) => cell.interval?.[0]);
  return {
    itemsPerSecond: at((cell) => cell.latencyMs)!,
    interval: low === null || high === null ? null : [low, high],
  };
}

function sumOf(members: readonly Members[], of: (cell: Cell) => number | undefined): number | null {
  let sum = 0;
  for (const { instances, cell } of members) {
    const value = of(cell);
    if (value === undefined) return null;
    sum += instances * value;
  }
  return sum;
}

const secondsPerHour = 3600;

function priceOf(question: PlanQuestion, cores: number, itemsPerSecond: number): Price | null {
  const { target, pricePerCoreHour } = question;
  if (pricePerCoreHour === undefined) return null;
  const perHour = cores * pricePerCoreHour;
  const rate = target.goal === 'cost' ? target.itemsPerSecond : itemsPerSecond;
  return { perHour, perMillionItems: (perHour / (rate * secondsPerHour)) * 1e6 };
}
