/** Columns of tables that are clean and look wrong to a careless referee. */
import type { Author } from './result-tables.ts';

/** Headings with their cells. */
export type Columns = readonly (readonly [string, readonly (string | number)[]])[];

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const fixed = (values: readonly number[], digits: number): string[] =>
  values.map((value) => value.toFixed(digits));
const grid = <A, B>(a: readonly A[], b: readonly B[]): [A, B][] =>
  a.flatMap((one) => b.map((other): [A, B] => [one, other]));

/** Weak scaling over nodes and their GPUs, with efficiencies in percent. */
export function nodes(author: Author): Columns {
  const counts = [1, 2, 4, 8, 16];
  const one = author.uniform(5000, 200_000);
  const shares = counts.map((_, index) => 1 - 0.012 * index - (index > 0 ? author.uniform(0, 0.01) : 0));
  const speeds = counts.map((count, index) => one * count * shares[index]!);
  const [head, sign] = author.pick([['Weak scaling efficiency', '%'], ['Scaling efficiency (%)', ''], ['Scaling (%)', '']] as const);
  return [
    ['Nodes', counts],
    ['GPUs', counts.map((count) => count * 8)],
    ['Tokens/s', fixed(speeds, 0)],
    [author.pick(['Tokens/s/GPU', 'Throughput per GPU (tokens/s)']), fixed(speeds.map((speed, index) => speed / counts[index]! / 8), 1)],
    [head, fixed(shares.map((share) => share * 100), 1).map((text) => text + sign)],
  ];
} // biome-ignore format: one line a column

/** Latencies before and after, with a row of averages below. */
export function averages(author: Author): Columns {
  const models = ['resnet50', 'bert', 'vgg16', 'gpt2', 'vit', 't5'];
  const before = models.map(() => 40 * author.noise(0.7));
  const after = before.map((value) => value / author.uniform(1.2, 3));
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length;
  const speedUps = before.map((value, index) => value / after[index]!);
  const withMean = (values: readonly number[]): string[] => fixed([...values, mean(values)], 2);
  return [
    ['Model', [...models, author.pick(['Average', 'Mean', 'Avg.'])]],
    [author.pick(['Baseline latency (ms)', 'Before (ms)']), withMean(before)],
    [author.pick(['Ours latency (ms)', 'After (ms)']), withMean(after)],
    ['Speedup', withMean(speedUps)],
  ];
}

/** A server under more and more requests in flight. */
export function inFlight(author: Author): Columns {
  const counts = [1, 2, 4, 8, 16, 32];
  const base = author.uniform(2, 30);
  const means = counts.map((count) => base * (1 + 0.5 * Math.max(0, count - 3)) * author.noise(0.02));
  return [
    [author.pick(['Concurrency', 'Concurrent users', 'nireq', 'In-flight requests']), counts],
    ['QPS', fixed(counts.map((count, index) => (count * 1000) / means[index]!), 1)],
    ['Avg latency (ms)', fixed(means, 2)],
    ['p99 latency (ms)', fixed(means.map((value) => value * author.uniform(1.1, 1.5)), 2)],
  ];
} // biome-ignore format: one line a column

/** Tokens of a decoder: its output length is what nobody calls a sequence. */
export function decoding(author: Author): Columns {
  const places = grid(grid([128, 2048], [128, 512]), [1, 8, 32]);
  const scale = author.uniform(0.5, 2);
  const seconds = places.map(([[input, output], batch]) => scale * (input * batch * 2e-5 + output * 0.012 * (1 + 0.01 * batch)) * author.noise(0.01));
  return [
    ['Input length', places.map(([[input]]) => input)],
    ['Output length', places.map(([[, output]]) => output)],
    ['Batch size', places.map(([, batch]) => batch)],
    ['Latency (s)', fixed(seconds, 3)],
    ['Throughput (tokens/s)', fixed(places.map(([[, output], batch], index) => (batch * output) / seconds[index]!), 1)],
  ];
} // biome-ignore format: one line a column

/** Large models whose devices share a batch. */
export function parallel(author: Author): Columns {
  const degrees = [[1, 1], [2, 1], [4, 1], [8, 1], [8, 2], [8, 4]] as const;
  const replicas = degrees.map(() => author.pick([8, 16, 32]));
  const steps = degrees.map(() => author.pick([1, 2, 4, 8]));
  const micro = author.pick([1, 2, 4]);
  const [head, times] = author.pick([['Global batch size', 1], ['Global BS (tokens)', 2048]] as const);
  return [
    ['Model', degrees.map((_, index) => `${2 ** index}B`)],
    ['TP', degrees.map(([tensor]) => tensor)],
    ['PP', degrees.map(([, pipeline]) => pipeline)],
    ['GPUs', degrees.map(([tensor, pipeline], index) => tensor * pipeline * replicas[index]!)],
    ['Micro batch size', degrees.map(() => micro)],
    [author.pick(['Grad. acc. steps', 'Gradient accumulation']), steps],
    ['Sequence length', degrees.map(() => 2048)],
    [head, replicas.map((count, index) => count * micro * steps[index]! * times)],
    ['TFLOP/s per GPU', fixed(degrees.map(() => author.uniform(120, 160)), 0)],
  ];
} // biome-ignore format: one line a column

/** Speed-ups over the first framework of each model. */
export function overRows(author: Author): Columns {
  const places = grid(['resnet50', 'bert', 'yolov5s', 'gpt2'], ['PyTorch', 'ONNX Runtime', 'TensorRT']);
  const bases = [0, 0, 0, 0].map(() => 30 * author.noise(0.6));
  const gains = places.map((_, index) => [1, author.uniform(1.2, 1.9), author.uniform(2, 4)][index % 3]!);
  return [
    ['Model', places.map(([model]) => model)],
    ['Framework', places.map(([, framework]) => framework)],
    ['Latency (ms)', fixed(places.map((_, index) => bases[Math.floor(index / 3)]! / gains[index]!), 2)],
    [author.pick(['Speedup', 'Speedup vs PyTorch', 'Relative speedup']), fixed(gains, 2).map((text) => `${text}x`)],
  ];
} // biome-ignore format: one line a column

/** Kernels before and after, with a gain or a cut in percent. */
export function gains(author: Author): Columns {
  const kernels = ['layernorm', 'softmax', 'gelu', 'attention', 'matmul', 'rope'];
  const before = kernels.map(() => 400 * author.noise(0.7));
  const after = before.map((value) => value / author.uniform(1.05, 2.4));
  const [head, of] = author.pick([['Improvement (%)', (a: number, b: number) => 100 * (a / b - 1)], ['Reduction (%)', (a: number, b: number) => 100 * (1 - b / a)]] as const);
  return [
    ['Kernel', kernels],
    ['Before (us)', fixed(before, 1)],
    ['After (us)', fixed(after, 1)],
    [head, fixed(before.map((value, index) => of(value, after[index]!)), 1)],
  ];
} // biome-ignore format: one line a column

/** Throughputs over batches in two columns, one of which runs out of memory. */
export function outOfMemory(author: Author): Columns {
  const batches = [8, 16, 32, 64, 128, 256, 512];
  const speed = (most: number, half: number): string[] =>
    fixed(
      batches.map((batch) => ((most * batch) / (batch + half)) * author.noise(0.01)),
      1,
    );
  return [
    ['Batch size', batches],
    ['Baseline throughput (samples/s)', speed(2000, 20).with(-1, 'OOM')],
    ['Ours throughput (samples/s)', speed(2900, 24)],
  ];
}

/** Results of several submitters, whose names tell nothing. */
export function submitted(author: Author): Columns {
  const places = grid(grid(['ResNet50', 'BERT', 'GPT-J', 'SDXL'], ['A100', 'H100', 'L40S']), ['Offline', 'Server']);
  const models = [40_000, 3800, 14, 1.7];
  const speeds = upTo(12).map((index) => models[Math.floor(index / 3)]! * [1, 2.3, 0.3][index % 3]! * author.noise(0.1));
  const submitters = upTo(12).map(() => author.pick(['Dell', 'HPE', 'Supermicro', 'NVIDIA']));
  return [
    ['Submitter', places.map((_, index) => submitters[index >> 1]!)],
    ['Model', places.map(([[model]]) => model)],
    ['System', places.map(([[, system]]) => system)],
    ['Scenario', places.map(([, scenario]) => scenario)],
    ['Performance (samples/s)', fixed(places.map((_, index) => speeds[index >> 1]! * (index % 2 === 0 ? 1 : author.uniform(0.8, 0.97))), 2)],
  ];
} // biome-ignore format: one line a column

/** Accuracies of seeds with mean, minimum and deviation. */
export function namedSeeds(author: Author): Columns {
  const models = ['ResNet-50', 'ViT-S', 'Swin-T'];
  const runs = models.map(() => upTo(4).map(() => Number((75 + 0.3 * Math.log(author.noise(1))).toFixed(2))));
  const mean = (of: readonly number[]): number => of.reduce((sum, value) => sum + value, 0) / of.length;
  return [
    ['Model', models],
    ...upTo(4).map((seed) => [`Top-1 acc (%) seed=${seed * 42}`, fixed(runs.map((of) => of[seed]!), 2)] as const),
    ['Mean accuracy', fixed(runs.map(mean), 2)],
    ['min', fixed(runs.map((of) => Math.min(...of)), 2)],
    ['±', fixed(runs.map((of) => Math.sqrt(of.reduce((sum, value) => sum + (value - mean(of)) ** 2, 0) / 3)), 2)],
  ];
} // biome-ignore format: one line a column

/** Throughputs in thousands beside latencies with their errors. */
export function thousands(author: Author): Columns {
  const batches = [1, 2, 4, 8, 16, 32];
  const times = batches.map((batch) => author.uniform(0.9, 1) * (0.3 + 0.1 * batch));
  return [
    ['Batch', batches],
    [author.pick(['Throughput (K samples/s)', 'Throughput (kIPS)']), fixed(batches.map((batch, index) => batch / times[index]!), 3)],
    ['Latency (ms)', fixed(times, 4).map((text) => `${text} ± 0.002`)],
  ];
} // biome-ignore format: one line a column

/** Latencies of two precisions and their speed-up. */
export function precisions(author: Author): Columns {
  const models = ['resnet50', 'mobilenet', 'vgg16', 'densenet', 'unet'];
  const slow = models.map(() => 30 * author.noise(0.6));
  const fast = slow.map((value) => value / author.uniform(1.6, 3.8));
  return [
    ['Model', models],
    ['FP32 latency (ms)', fixed(slow, 2)],
    ['INT8 latency (ms)', fixed(fast, 2)],
    [
      'Speedup (×)',
      fixed(
        slow.map((value, index) => value / fast[index]!),
        2,
      ),
    ],
  ];
}

/** Throughputs of runs that overlap, so that they are more than one over the latency. */
export function overlapped(author: Author): Columns {
  const places = grid(['resnet50', 'bert', 'yolov8n', 'vit'], [1, 8, 32]);
  const compute = places.map(([, batch]) => 2 * batch ** 0.8 * author.noise(0.05));
  return [
    ['Model', places.map(([model]) => model)],
    ['Batch', places.map(([, batch]) => batch)],
    [
      'Throughput (qps)',
      fixed(
        compute.map((time) => 995 / time),
        2,
      ),
    ],
    [
      'Latency mean (ms)',
      fixed(
        compute.map((time) => time * author.uniform(1.1, 1.5)),
        3,
      ),
    ],
    ['GPU Compute mean (ms)', fixed(compute, 3)],
  ];
}

/** A batch per GPU that grows with the GPUs, beside ideal throughputs. */
export function growing(author: Author): Columns {
  const counts = [1, 2, 4, 8];
  return [
    ['GPUs', counts],
    ['Batch per GPU', counts.map((count) => count * 16)],
    ['Global batch', counts.map((count) => count * count * 16)],
    ['Samples/s', fixed(counts.map((count) => 200 * count * ((count * 16) / (count * 16 + 12)) * author.noise(0.005)), 1)],
    ['Ideal samples/s', fixed(counts.map((count) => 114.3 * count), 1)],
  ];
} // biome-ignore format: one line a column

/** Times to train over devices. */
export function toTrain(author: Author): Columns {
  const counts = [8, 16, 32, 64, 128, 256];
  const times = counts.map((count) => (author.uniform(100, 103) * 2) / (count / 8) ** 0.93);
  return [
    ['GPUs', counts],
    ['Time to train (min)', fixed(times, 2)],
  ];
}
