/**
 * How long planning takes, and how that grows with the cores, beside Packrat's dynamic programme on the same tables.
 * `node bench/plan/time.ts` writes `bench/results/plan-time.json` and the chart `bench/results/plan-time.svg`.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Cell, type PlanQuestion, plan, solve } from '../../src/plan/index.ts';
import { solvePackrat } from '../../src/plan/packrat.ts';
import { type Line, linesChart } from '../../src/report/lines-chart.ts';
import { renderChart } from '../../src/report/render-chart.ts';
import { seededRandom } from '../../src/stats/index.ts';
import { compare, saveResult, timed } from '../support.ts';

/** How well threads scale: thin sets win, mixed ones do, fat does. A figure is that of the slowest of the three. */
const exponents = [0.6, 0.85, 0.99];

/** Every number of threads, batches in powers of two; latencies with noise, so that nothing is monotone. */
function tableOf(cores: number, items: number, exponent: number): Cell[] {
  const random = seededRandom(cores + items);
  const cells: Cell[] = [];
  for (let threads = 1; threads <= cores; threads++)
    for (let batch = 1; batch <= items; batch *= 2) {
      const latencyMs = (2 + (10 * batch) / threads ** exponent) * (1 + 0.1 * random());
      const interval = [latencyMs * 0.99, latencyMs * 1.01] as const;
      const memoryBytes = 2e8 + batch * 3e6 + threads * 1e6;
      cells.push({ threads, batch, latencyMs, fitted: false, interval, memoryBytes });
    }
  return cells;
}

interface Timing {
  readonly firstMs: number;
  readonly medianMs: number;
  readonly fastestMs: number;
  readonly slowestMs: number;
}

const rounds = 15;

/** The first call, and what the calls after it take. */
async function timingOf(action: () => unknown): Promise<Timing> {
  const all: number[] = [];
  for (let i = 0; i <= rounds; i++) all.push(await timed(async () => action()));
  const [firstMs = 0, ...rest] = all;
  rest.sort((a, b) => a - b);
  return { firstMs, medianMs: rest[rounds >> 1]!, fastestMs: rest[0]!, slowestMs: rest.at(-1)! };
}

/** The slowest of the three tables, by the median. */
async function worstOf(action: (exponent: number) => () => unknown): Promise<Timing> {
  const timings: Timing[] = [];
  for (const exponent of exponents) timings.push(await timingOf(action(exponent)));
  return timings.reduce((worst, timing) => (timing.medianMs > worst.medianMs ? timing : worst));
}

const questions: Readonly<Record<string, (cores: number, items: number) => Omit<PlanQuestion, 'measured'>>> =
  {
    latency: (cores, items) => ({ target: { goal: 'latency', items }, limits: { cores }, fit: false }),
    'latency, fitted cells too': (cores, items) => ({
      target: { goal: 'latency', items },
      limits: { cores },
      fit: true,
    }),
    throughput: (cores) => ({
      target: { goal: 'throughput' },
      limits: { cores, latencyMs: 100 },
      fit: false,
    }),
    cost: (cores) => ({
      target: { goal: 'cost', itemsPerSecond: cores * 40 },
      limits: { cores },
      fit: false,
    }),
    'latency, equal instances': (cores, items) => ({
      target: { goal: 'latency', items },
      limits: { cores, equal: true },
      fit: false,
    }),
    'latency, 4 nodes, 4 instances a node': (cores, items) => ({
      target: { goal: 'latency', items },
      limits: { cores, nodes: { cores: [0, 1, 2, 3].map(() => cores / 4), mostInstances: 4 } },
      fit: false,
    }),
    'latency, within 16 GB': (cores, items) => ({
      target: { goal: 'latency', items },
      limits: { cores, memoryBytes: 16e9 },
      fit: false,
    }),
  };

async function answers(cores: number, items: number): Promise<Record<string, Timing>> {
  const timings: Record<string, Timing> = {};
  for (const [name, question] of Object.entries(questions))
    timings[name] = await worstOf((exponent) => {
      const measured = tableOf(cores, items, exponent);
      return () => plan({ measured, ...question(cores, items) });
    });
  return timings;
}

interface GrowthPoint {
  readonly cores: number;
  readonly cells: number;
  readonly answerMs: number;
  readonly searchMs: number;
  readonly packratMs: number;
  readonly ratio: number;
  readonly interval: readonly [number, number];
}

async function growth(items: number): Promise<GrowthPoint[]> {
  const points: GrowthPoint[] = [];
  for (const cores of [4, 8, 16, 32, 64, 128]) {
    const measured = tableOf(cores, items, exponents[1]!);
    const question = questions['latency']!(cores, items);
    const { medianMs } = await timingOf(() => plan({ measured, ...question }));
    const { medianA, medianB, ratio, interval } = await compare(
      () => timed(async () => solvePackrat(measured, cores, items)),
      () => timed(async () => solve(measured, cores, items)),
      { rounds: 6, runs: 1, warmups: 1 },
    );
    const cells = measured.length;
    points.push({ cores, cells, answerMs: medianMs, searchMs: medianB, packratMs: medianA, ratio, interval });
    console.log(points.at(-1));
  }
  return points;
}

/** Colours of the page's light theme; a picture by itself has no variables. */
const colours: Readonly<Record<string, string>> = {
  ink: '#1a1e23',
  muted: '#59626d',
  grid: '#e6e9ed',
  ideal: '#a6aeb8',
  page: '#ffffff',
};

function drawGrowth(points: readonly GrowthPoint[]): string {
  const lineOf = (label: string, color: string, of: (point: GrowthPoint) => number): Line => ({
    label,
    color,
    points: points.map((point) => ({ x: point.cores, value: of(point), interval: null, trusted: true })),
  });
  const lines = [
    lineOf('Packrat', '#d55e00', ({ packratMs }) => packratMs),
    lineOf('answer', '#0072b2', ({ answerMs }) => answerMs),
    lineOf('search', '#009e73', ({ searchMs }) => searchMs),
  ];
  return renderChart(linesChart({ lines, xName: 'cores', ideal: null }, 640))
    .replaceAll(/var\(--(\w+)\)/g, (_, name: string) => colours[name] ?? colours['ink']!)
    .replace('<svg ', '<svg font-family="sans-serif" style="background:#ffffff" ');
}

const items = 4096;
const result = {
  unit: 'ms, the whole answer of `plan`; of three tables the slowest',
  '16 cores, 1024 items': await answers(16, 1024),
  '128 cores, 4096 items': await answers(128, items),
  growth: { items, note: 'ratio: Packrat’s time over that of the exact search', points: await growth(items) },
};
console.log(JSON.stringify(result, null, 2));
saveResult('plan-time', result);
writeFileSync(
  resolve(import.meta.dirname, '..', 'results', 'plan-time.svg'),
  `${drawGrowth(result.growth.points)}\n`,
);
