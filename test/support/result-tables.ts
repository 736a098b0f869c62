/**
 * Published tables that nobody published: clean ones, whose arithmetic holds and whose noise is that of measurements, with
 * headings, units, orders and digits as different authors choose them; and slips to plant in them.
 */
import { type Random, seededRandom } from '../../src/stats/index.ts';

/** A table of text, header first. */
export interface TextTable {
  readonly name: string;
  readonly header: string[];
  readonly rows: string[][];
}

/** Words for what a table is about, one of each as an author chooses. */
const words = {
  average: ['Latency-Average(ms)', 'Avg latency (ms)', 'Mean Latency [ms]', 'latency_avg_ms', 'Average latency in ms', 'latency (mean, ms)'],
  throughput: ['Throughput (sent/sec)', 'images/s', 'Throughput-Average(sent/sec)', 'tokens/sec', 'Performance (samples/s)', 'throughput'],
  batch: ['Batch Size', 'batch', 'batch_size', 'BS', 'Batch'],
  sequence: ['Sequence Length', 'seq len', 'Seq. Length', 'max_seq_length'],
  model: ['Model', 'Network', 'model name'],
  precision: ['Precision', 'dtype', 'Data type'],
  devices: ['GPUs', 'Num GPUs', '# GPUs', 'devices', 'Number of accelerators'],
  accumulation: ['Gradient Accumulation', 'Accumulation Steps'],
  globalBatch: ['Global Batch Size', 'Total batch size', 'Effective batch size'],
  threads: ['threads', 'intraop_threads', 'Cores', 'num_threads'],
}; // biome-ignore format: a table

const quantileHeads = [
  (p: number) => `Latency-${p}%(ms)`,
  (p: number) => `P${p} latency (ms)`,
  (p: number) => `Latency ${p}% (ms)`,
  (p: number) => `latency_p${p}_ms`,
  (p: number) => `${p}th percentile latency (ms)`,
];

/** Choices of one author. */
export class Author {
  readonly random: Random;
  constructor(seed: number) {
    this.random = seededRandom(seed);
  }
  uniform(low: number, high: number): number {
    return low + (high - low) * this.random();
  }
  /** About normal, by the sum of twelve uniform numbers. */
  noise(width: number): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.random();
    return Math.exp(sum * width);
  }
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)]!;
  }
  word(name: keyof typeof words): string {
    return this.pick(words[name]);
  }
  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((value) => ({ value, key: this.random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ value }) => value);
  }
}

/** A column by its heading, with the text of a row. */
interface Column<Row> {
  readonly head: string;
  readonly text: (row: Row) => string;
}

function build<Row>(
  author: Author,
  name: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
): TextTable {
  const order = author.shuffled(columns);
  return {
    name,
    header: order.map(({ head }) => head),
    rows: author.shuffled(rows).map((row) => order.map(({ text }) => text(row))),
  };
}

const fixed =
  (digits: number) =>
  (value: number): string =>
    value.toFixed(digits);
const decimalsFor = (smallest: number, digits: number): number =>
  Math.max(0, digits - 1 - Math.floor(Math.log10(smallest)));

/** Latencies and throughputs over model × sequence × batch × precision, with percentiles. */
export function inferenceTable(seed: number, { throughput = true } = {}): TextTable {
  const author = new Author(seed);
  const scale = 10 ** author.uniform(-1, 1.5);
  const models = author.pick([
    ['base', 'large'],
    ['small', 'medium', 'huge'],
  ]);
  const sequences = author.pick([
    [128, 384],
    [32, 128, 512],
  ]);
  const batches = author.pick([
    [1, 2, 4, 8],
    [1, 8, 16, 32, 64],
  ]);
  const precisions = author.pick([
    ['fp16', 'fp32'],
    ['FP16', 'TF32', 'FP32'],
    ['int8', 'fp32'],
  ]);
  const gain = precisions.map((_, index) => 1 + index * author.uniform(0.4, 1.2));
  const exponent = author.uniform(0.7, 0.95);
  const noise = author.uniform(0.002, 0.02);
  const tail = author.uniform(0.005, 0.03);
  const rows = models.flatMap((model, m) =>
    sequences.flatMap((sequence) =>
      batches.flatMap((batch) =>
        precisions.map((precision, p) => {
          // A fixed part and one that grows with the work, so that cells are no plain product.
          const work = 3 ** m * (sequence / 128) ** 1.1 * batch ** exponent;
          const average = scale * (4 + 3 * work * gain[p]!) * author.noise(noise);
          const width = tail * author.uniform(0.6, 1.4);
          const p50 = average * (1 - 0.2 * width);
          const quantiles = [
            p50,
            p50 * (1 + width),
            p50 * (1 + 1.4 * width),
            p50 * (1 + 2.5 * width),
          ] as const;
          return { model, sequence, batch, precision, average, quantiles, max: p50 * (1 + 4 * width) };
        }),
      ),
    ),
  );
  type Row = (typeof rows)[number];
  const ms = fixed(decimalsFor(Math.min(...rows.map(({ average }) => average)), 3));
  const perSecond = fixed(
    decimalsFor(Math.min(...rows.map(({ batch, average }) => (batch * 1000) / average)), 4),
  );
  const unit = author.pick([
    ['(ms)', 1],
    ['(ms)', 1],
    ['(s)', 1000],
    ['(us)', 0.001],
  ] as const);
  const time = (value: number): string => (unit[1] === 1 ? ms(value) : (value / unit[1]).toPrecision(5));
  const head = (text: string): string =>
    unit[1] === 1
      ? text
      : text.replace(/\(ms\)|\[ms\]|in ms|, ms\)|_ms/, (found) =>
          found === ', ms)'
            ? `, ${unit[0].slice(1)}`
            : found === '_ms'
              ? `_${unit[0].slice(1, -1)}`
              : unit[0],
        );
  const quantile = author.pick(quantileHeads);
  const columns: Column<Row>[] = [
    { head: author.word('model'), text: ({ model }) => model },
    { head: author.word('sequence'), text: ({ sequence }) => String(sequence) },
    { head: author.word('batch'), text: ({ batch }) => String(batch) },
    { head: author.word('precision'), text: ({ precision }) => precision },
    { head: head(author.word('average')), text: ({ average }) => time(average) },
    ...[50, 90, 95, 99].map((p, index): Column<Row> => ({ head: head(quantile(p)), text: ({ quantiles }) => time(quantiles[index]!) })),
    { head: head('Latency max (ms)'), text: ({ max }) => time(max) },
    ...(throughput
      ? [{ head: author.word('throughput'), text: ({ batch, average }: Row) => perSecond((batch * 1000) / average) }]
      : []),
  ]; // biome-ignore format: one line a column
  return build(author, `inference-${seed}.csv`, rows, columns);
}

/** What a training table is made with. */
export interface TrainingOptions {
  /** Scaling from the first to the next row, as a share of linear. */
  readonly perDoubling?: number;
  readonly derived?: boolean;
  readonly sequences?: readonly number[];
}

/** Throughput over devices × sequence for two precisions, with speed-ups and weak scaling. */
export function trainingTable(
  seed: number,
  { perDoubling, derived = true, sequences: wanted }: TrainingOptions = {},
): TextTable {
  const author = new Author(seed);
  const devices = author.pick([
    [1, 4, 8],
    [1, 4, 8, 16],
    [1, 2, 4, 8, 16],
  ]);
  const own = author.pick([[128, 512], [128, 256, 512], [64]]);
  const sequences = wanted ?? own;
  const [fast, slow] = author.pick([
    ['mixed precision', 'FP32'],
    ['FP16', 'TF32'],
    ['bf16', 'fp32'],
  ] as const);
  const efficiency = perDoubling ?? author.uniform(0.92, 0.98);
  const base = 10 ** author.uniform(0.5, 3);
  const gain = author.uniform(1.4, 4);
  const rows = sequences.flatMap((sequence) => {
    const batch = [author.pick([16, 32, 64]), author.pick([4, 8, 16])] as const;
    return devices.map((count) => {
      const scaled = base * (128 / sequence) ** 1.2 * count * efficiency ** Math.log2(count);
      return {
        ...{ sequence, count, batch, global: 65536 },
        accumulation: batch.map((one) => 65536 / one / count),
        speeds: [scaled * gain * author.noise(0.003), scaled * author.noise(0.003)] as [number, number],
      };
    });
  });
  type Row = (typeof rows)[number];
  const text = fixed(decimalsFor(Math.min(...rows.map(({ speeds }) => speeds[1])), 4));
  const two = fixed(2);
  // Half of the authors compute with what they print, half with what they measured.
  const printed = author.random() < 0.5 ? (value: number) => Number(text(value)) : (value: number) => value;
  const baseOf = ({ sequence }: Row): Row =>
    rows.find((row) => row.sequence === sequence && row.count === devices[0])!;
  const scaling = (row: Row, index: 0 | 1): string =>
    two(printed(row.speeds[index]) / printed(baseOf(row).speeds[index]));
  const list = `${fast}, ${slow}`;
  const columns: Column<Row>[] = [
    { head: author.word('devices'), text: ({ count }) => String(count) },
    { head: author.word('sequence'), text: ({ sequence }) => String(sequence) },
    { head: `Batch size / GPU: ${list}`, text: ({ batch }) => batch.join(author.pick([' , ', ', '])) },
    { head: `${author.word('accumulation')}: ${list}`, text: ({ accumulation }) => accumulation.join(', ') },
    { head: author.word('globalBatch'), text: ({ global }) => String(global) },
    { head: `Throughput - ${fast}`, text: ({ speeds }) => text(speeds[0]) },
    { head: `Throughput - ${slow}`, text: ({ speeds }) => text(speeds[1]) },
    ...(derived
      ? [
          { head: `Throughput speedup (${slow} ${author.pick(['-', 'to'])} ${fast})`, text: ({ speeds: [a, b] }: Row) => two(printed(a) / printed(b)) },
          { head: `Weak scaling - ${fast}`, text: (row: Row) => scaling(row, 0) },
          { head: `Weak scaling - ${slow}`, text: (row: Row) => scaling(row, 1) },
        ]
      : []),
  ]; // biome-ignore format: one line a column
  return build(author, `training-${seed}.csv`, rows, columns);
}

/** Runs of several seeds with mean and standard deviation. @param shift Moves the accuracy, to make two tables differ. */
export function seedsTable(seed: number, { precision = 'FP16', shift = 0, count = 0 } = {}): TextTable {
  const author = new Author(seed);
  const seeds = count > 0 ? count : author.pick([3, 5, 10]);
  const digits = author.pick([2, 3, 6]);
  const width = author.uniform(0.1, 0.8);
  const raw = Array.from({ length: seeds }, () => 88 + shift + width * Math.log(author.noise(1)));
  const listed = author.random() < 0.5 ? raw : raw.map((value) => Number(value.toFixed(digits)));
  const mean = listed.reduce((sum, value) => sum + value, 0) / seeds;
  const squares = listed.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(squares / (author.random() < 0.7 ? seeds - 1 : seeds));
  return {
    name: `seeds-${precision}-${seed}.csv`,
    header: [`${precision}, 8x GPUs`, ...raw.map((_, index) => `seed ${index + 1}`), author.pick(['mean', 'Mean', 'avg']), author.pick(['std', 'Std', 'stdev'])],
    rows: [['F1', ...raw.map(fixed(digits)), mean.toFixed(digits), deviation.toFixed(digits)]],
  }; // biome-ignore format: one line a part
}

/** Latencies over threads × batch, as of one instance on a CPU. */
export function threadsTable(seed: number, { throughput = true } = {}): TextTable {
  const author = new Author(seed);
  const threads = author.pick([[1, 2, 4, 8, 16], Array.from({ length: 12 }, (_, index) => index + 1)]);
  const batches = author.pick([
    [1, 2, 4, 8, 16],
    [1, 8, 64],
  ]);
  const serial = author.uniform(0.01, 0.1);
  const noise = author.uniform(0.002, 0.02);
  const scale = 10 ** author.uniform(0, 2);
  const rows = threads.flatMap((count) =>
    batches.map((batch) => {
      const average = scale * batch ** 0.97 * (serial + (1 - serial) / count) * author.noise(noise);
      return {
        count,
        batch,
        average,
        min: average * author.uniform(0.96, 0.999),
        max: average * author.uniform(1.01, 1.5),
      };
    }),
  );
  type Row = (typeof rows)[number];
  const columns: Column<Row>[] = [
    { head: author.word('threads'), text: ({ count }) => String(count) },
    { head: author.word('batch'), text: ({ batch }) => String(batch) },
    { head: 'latency(min)', text: ({ min }) => String(min) },
    { head: 'latency(avg)', text: ({ average }) => String(average) },
    { head: 'latency(max)', text: ({ max }) => String(max) },
    ...(throughput
      ? [{ head: 'throughput', text: ({ batch, average }: Row) => String((batch * 1000) / average) }]
      : []),
  ];
  return build(author, `threads-${seed}.csv`, rows, columns);
}

/** Accuracy, time and throughput of a fine-tuning at two precisions. */
export function accuracyTable(seed: number): TextTable {
  const author = new Author(seed);
  const [slow, fast] = [author.uniform(100, 900), author.uniform(1.2, 3)];
  const hours = author.uniform(0.5, 5);
  return {
    name: `accuracy-${seed}.csv`,
    header: ['GPUs', 'Batch size / GPU', 'Accuracy - FP32', 'Accuracy - mixed precision', 'Time to Train - FP32 (Hrs)', 'Time to Train - mixed precision (Hrs)', 'Throughput - FP32', 'Throughput - mixed precision'],
    rows: [['8', '16', (88 + author.random()).toFixed(2), (90 + author.random()).toFixed(2), (hours * fast).toFixed(2), hours.toFixed(2), slow.toFixed(2), (slow * fast).toFixed(2)]],
  }; // biome-ignore format: one line a part
}

/** As CSV. */
export function csvOf({ header, rows }: TextTable): string {
  const quote = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [header, ...rows].map((row) => row.map(quote).join(',')).join('\n');
}
