import { type BuiltGraph, GraphBuilder } from './graph-builder.ts';
import { convNorm, linearGemm } from './layers.ts';

/** Blocks and inner width of the four stages (He et al. 2016, table 1). */
const stages = [
  { blocks: 3, width: 64 },
  { blocks: 4, width: 128 },
  { blocks: 6, width: 256 },
  { blocks: 3, width: 512 },
];
/** Channels out per channel of inner width. */
const expansion = 4;

/** ResNet-50 v1.5 (stride in the 3×3 convolution) as torchvision has it: float32 [batch, 3, 224, 224] → [batch, 1000]. */
export function buildResnet50(name: string): BuiltGraph {
  const graph = new GraphBuilder(name);
  let x = graph.input('input', 'float32', ['batch', 3, 224, 224]);
  x = convNorm(graph, x, {
    conv: 'conv1',
    norm: 'bn1',
    from: 3,
    to: 64,
    kernel: [7, 7],
    stride: 2,
    padding: [3, 3],
  });
  x = graph.op('Relu', [x]);
  x = graph.op('MaxPool', [x], {
    ceil_mode: 0,
    dilations: [1, 1],
    kernel_shape: [3, 3],
    pads: [1, 1, 1, 1],
    strides: [2, 2],
  });
  let from = 64;
  for (const [index, { blocks, width }] of stages.entries())
    for (let block = 0; block < blocks; block++) {
      x = bottleneck(graph, x, `layer${index + 1}.${block}`, from, width, block === 0 && index > 0 ? 2 : 1);
      from = width * expansion;
    }
  x = graph.op('GlobalAveragePool', [x]);
  x = graph.op('Flatten', [x], { axis: 1 });
  x = linearGemm(graph, x, 'fc', from, 1000);
  graph.output('output', x, 'float32', ['batch', 1000]);
  return graph.build();
}

function bottleneck(
  graph: GraphBuilder,
  x: string,
  key: string,
  from: number,
  width: number,
  stride: number,
): string {
  const to = width * expansion;
  const conv = (y: string, index: number, inner: number, outer: number, size: number, step = 1): string =>
    convNorm(graph, y, {
      conv: `${key}.conv${index}`,
      norm: `${key}.bn${index}`,
      from: inner,
      to: outer,
      kernel: [size, size],
      stride: step,
      padding: size === 3 ? [1, 1] : [0, 0],
      // The last batch norm of a block is kept small, so that sixteen additions do not pile up.
      gain: index === 3 ? 0.25 : 1,
    });
  let y = graph.op('Relu', [conv(x, 1, from, width, 1)]);
  y = graph.op('Relu', [conv(y, 2, width, width, 3, stride)]);
  y = conv(y, 3, width, to, 1);
  const shortcut =
    stride === 1 && from === to
      ? x
      : convNorm(graph, x, {
          conv: `${key}.downsample.0`,
          norm: `${key}.downsample.1`,
          from,
          to,
          kernel: [1, 1],
          stride,
        });
  return graph.op('Relu', [graph.op('Add', [y, shortcut])]);
}
