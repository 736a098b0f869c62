/** Sections that can be asked for alone, by the names of `--only`, with the ids of sections they stand for. */
export const siteSections: Readonly<Record<string, (id: string) => boolean>> = {
  latency: (id) => id === 'latency',
  throughput: (id) => id === 'throughput' || id === 'scaling',
  numa: (id) => id === 'numa-effects',
  'hardware-threads': (id) => id === 'hardware-threads',
  map: (id) => id === 'map',
  gflops: (id) => id === 'gflops',
  settings: (id) => id.startsWith('setting-') || id === 'other-optimizations',
  instances: (id) => id === 'instances',
  cost: (id) => id === 'cost',
  utilisation: (id) => id === 'utilisation',
  comparison: (id) => id === 'comparison',
  grid: (id) => id === 'grid',
};
