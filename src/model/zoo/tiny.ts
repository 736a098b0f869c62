import { type BuiltGraph, GraphBuilder } from './graph-builder.ts';
import { convNorm, linearGemm } from './layers.ts';

/** A convolutional network for tests, some 20 kB: float32 [batch, 3, 8, 8] → [batch, 10]. */
export function buildTiny(name: string): BuiltGraph {
  const graph = new GraphBuilder(name);
  let x = graph.input('input', 'float32', ['batch', 3, 8, 8]);
  x = convNorm(graph, x, { conv: 'conv1', norm: 'bn1', from: 3, to: 8, kernel: [3, 3], padding: [1, 1] });
  x = graph.op('Relu', [x]);
  x = convNorm(graph, x, {
    conv: 'conv2',
    norm: 'bn2',
    from: 8,
    to: 16,
    kernel: [3, 3],
    padding: [1, 1],
    stride: 2,
  });
  x = graph.op('Relu', [x]);
  x = graph.op('GlobalAveragePool', [x]);
  x = graph.op('Flatten', [x], { axis: 1 });
  x = linearGemm(graph, x, 'fc', 16, 10);
  graph.output('output', x, 'float32', ['batch', 10]);
  return graph.build();
}
