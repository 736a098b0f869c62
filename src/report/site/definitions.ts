import { html, type Markup } from '../html.ts';

/** What every derived number of a page is, by the name its links use; charts link to it. */
export const definitions = {
  latency: [
    'Latency',
    'Time of one forward pass of one batch in one instance. What stands for a cell is the statistic that the page names: the average that was published, or the median of all counted runs. Bars are its 95 % interval or, where only least and greatest are known, those.',
  ],
  throughput: [
    'Throughput',
    'Items per second of one instance: batch ÷ latency. Where the source has a column of its own for it, that is shown and the page says so.',
  ],
  'speed-up': [
    'Speed-up',
    'Latency with the fewest threads (one, where it was measured) ÷ latency with more, at the same batch and settings. The grey line is ideal: twice the threads, half the latency.',
  ],
  'latency-loss': [
    '% latency loss',
    '(interleave − sequential) ÷ sequential × 100, of the latencies at equal threads and batch. Above zero, interleaving is slower.',
  ],
  'throughput-loss': [
    '% throughput loss',
    '(sequential − interleave) ÷ sequential × 100, of the throughputs at equal threads and batch. Above zero, interleaving does less.',
  ],
  'scaling-stop': [
    'Where scaling stops',
    'The least number of threads beyond which no measured number is faster by 5 % or more.',
  ],
  'same-threads': [
    'Hardware threads: the same number of threads on fewer cores',
    '(on − off) ÷ off × 100, of the latencies at equal threads and batch: with hardware threads on, two threads share a core, so half as many cores are used. The share of cells won counts those in which physical cores alone are faster.',
  ],
  'same-cores': [
    'Hardware threads: twice the threads on the same cores',
    '(on − off) ÷ off × 100, of the latency with a thread on every hardware thread of the cores and that with one thread on each core, at the same batch.',
  ],
  'side-by-side': [
    'Side by side',
    'All settings equal but the one that is compared. The ratio is latency with the value ÷ latency with the usual value, over the cells that both have; of these the median, least and greatest.',
  ],
  gflops: [
    'GFLOP/s',
    'Floating-point operations of one item, counted from the model’s graph (a multiply-add is two), × items per second ÷ 10⁹.',
  ],
  'peak-share': [
    'Share of the peak',
    'GFLOP/s ÷ the peak in fp32 that was measured on the same machine with as many threads: the greatest rate of one large convolution and one large matrix product.',
  ],
  instances: [
    'Instances at constant total',
    'n equal instances share the cores and the items: each has cores ÷ n threads and takes items ÷ n. The latency is that of the slowest instance; throughput is all items ÷ that.',
  ],
  'per-core': ['Items per second per core', 'Items per second ÷ physical cores that the instance uses.'],
  price: [
    'Price per million items',
    'price per hour × cores used ÷ cores the price is for × 10⁶ ÷ (items per second × 3600). The price is shared equally among the cores: the other cores are taken to do work that is worth as much.',
  ],
  utilisation: [
    'Utilisation',
    'Time a CPU was not idle ÷ time that passed, from /proc/stat, in each interval of the run.',
  ],
  grid: [
    'The inference grid',
    'Throughput and latency of each cell as the source has them. N % latency: N % of the runs took at most so long; 50 % is the median, 100 % the longest.',
  ],
  disturbed: [
    'Disturbed',
    'Something named spoiled the measurement: other load, a throttled quota, a changing clock. Such points are drawn hollow, and marked ○ in tables.',
  ],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

/** The name of one of them. */
export type DefinitionId = keyof typeof definitions;

/** The section that links lead to; only what the page uses. */
export function definitionsSection(used: Iterable<DefinitionId>): Markup {
  const wanted = new Set<DefinitionId>([...used, 'disturbed']);
  const rows = (Object.keys(definitions) as DefinitionId[])
    .filter((id) => wanted.has(id))
    .map(
      (id) => html`<div id="def-${id}"><dt>${definitions[id][0]}</dt><dd>${definitions[id][1]}</dd></div>`,
    );
  return html`<section id="definitions"><h2>Definitions</h2><dl class="definitions">${rows}</dl></section>`;
}

/** A link to one of them. */
export function definitionLink(id: DefinitionId, words = 'definition'): Markup {
  return html`<a href="#def-${id}">${words}</a>`;
}
