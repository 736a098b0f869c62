/** A made-up comparison of servers for tests: SYNTHETIC, measured nowhere, and named so. */
import type { ServingResult } from '../../src/report/index.ts';

type Model = ServingResult['models'][number];
type Set = Model['sets'][number];
type Load = Model['loads'][number];

const sets: Set[] = ['TorchServe', 'thinfer'].flatMap((server) =>
  (['fat', 'thin'] as const).map((configuration) => ({
    ...{ name: `${server}, ${configuration}`, server, configuration, isPlan: configuration === 'thin' },
    groups:
      configuration === 'fat'
        ? [{ instances: 1, threads: 2, batch: 8 }]
        : [{ instances: 2, threads: 1, batch: 4 }],
    ...{ engine: 'synthetic engine 0.0', processes: 4, pssBytes: server === 'thinfer' ? 3e8 : 15e8 },
  })),
);

/** Rates that differ by server and configuration; the first set is what the others are over. */
function resultsAt(clients: number): Load['results'] {
  return sets.map(({ name, server, configuration }, index) => {
    const rate = 10 + 2 * index + clients / 10;
    const over = (other: number) => ({
      ratio: rate / other,
      interval: [(rate / other) * 0.97, (rate / other) * 1.02] as [number, number],
      pairs: 3,
    });
    return {
      ...{ set: name, itemsPerSecond: rate, p50Ms: (clients * 1000) / rate, p99Ms: (clients * 1500) / rate },
      ...{ answers: 300, failed: 0, generatorKeptUp: true },
      rounds: [1, 2, 3].map(() => ({
        itemsPerSecond: rate,
        p50Ms: (clients * 1000) / rate,
        foreignShare: 0.02,
      })),
      overPeer: server === 'thinfer' ? over(configuration === 'fat' ? 10 : 12) : null,
      overBaseline: index === 0 ? null : over(10),
    };
  });
}

/** Of one model, which is the one of `twoCoreData` unless told otherwise. */
export function servingResult(model: Partial<Model> = {}): ServingResult {
  return {
    madeAt: '2026-01-02T03:04:05.000Z',
    machine: {
      ...{ cpuModel: 'Synthetic CPU', physicalCores: 2, virtualisation: 'none' },
      ...{ kernel: '0.0.0', node: '24.0.0' },
    },
    ...{ kind: 'serving', peer: 'TorchServe', roundSeconds: 4 },
    versions: { thinfer: '0.0.0-synthetic', torchserve: '0.0.0-synthetic' },
    models: [
      {
        ...{ name: 'synthetic model', contentHash: 'a'.repeat(64), dims: {}, items: 8 },
        ...{ baseline: 'TorchServe, fat', loadAverage: { before: 1.5, after: 2.5 }, checkedAnswers: 96 },
        sets,
        loads: [
          ...[1, 4, 16].map((concurrency) => ({
            ...{ loop: 'closed' as const, concurrency },
            results: resultsAt(concurrency),
          })),
          { loop: 'open', rate: 6.2, results: resultsAt(2) },
        ],
        ...model,
      },
    ],
    notes: ['All of it is made up.'],
  };
}
