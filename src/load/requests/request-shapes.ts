import { ThinferError } from '../../errors.ts';
import type { DimValues, RandomStream } from '../../model/index.ts';
import type { Trace } from '../trace/parse-trace.ts';

/** Sizes that requests are drawn from: of each list every entry is as likely, so that a repeated one weighs more. */
export interface SizeLists {
  readonly items: readonly number[];
  /** By free dimension. */
  readonly dims: Readonly<Record<string, readonly number[]>>;
}

/** The shape of a request. */
export interface RequestShape {
  readonly items: number;
  readonly dims: DimValues;
}

/** Every shape that can be drawn, and how it is. */
export interface ShapeChoice {
  readonly shapes: readonly RequestShape[];
  /** Draws one; gives its place in `shapes`. */
  readonly next: (random: RandomStream) => number;
}

/** Requests of a trace: the different shapes, and which each request has. */
export interface TraceShapes {
  readonly shapes: readonly RequestShape[];
  readonly shapeOf: Uint32Array;
}

/** Different shapes of one run: inputs are made for each. */
export const mostShapes = 10_000;

/** Every choice of one size from each list. Throws `usage` where there are more than `mostShapes`. */
export function shapesOf({ items, dims }: SizeLists): ShapeChoice {
  const names = Object.keys(dims);
  const axes = [items, ...Object.values(dims)].map((list) => {
    const sizes = [...new Set(list)];
    return { sizes, places: list.map((size) => sizes.indexOf(size)) };
  });
  const count = axes.reduce((product, { sizes }) => product * sizes.length, 1);
  checkCount(count, 'give fewer sizes as --items or --dim');
  const next = (random: RandomStream): number =>
    axes.reduce(
      (index, { sizes, places }) => index * sizes.length + places[random.nextInteger(0, places.length)]!,
      0,
    );
  const shapeAt = (index: number): RequestShape => {
    const sizes: number[] = [];
    let rest = index;
    for (const axis of axes.toReversed()) {
      sizes.unshift(axis.sizes[rest % axis.sizes.length]!);
      rest = Math.floor(rest / axis.sizes.length);
    }
    const [own = 1, ...others] = sizes;
    return { items: own, dims: Object.fromEntries(names.map((name, at) => [name, others[at]!])) };
  };
  return { shapes: Array.from({ length: count }, (_, index) => shapeAt(index)), next };
}

/**
 * The shapes of a trace's first requests: what the file does not tell is drawn. Throws `usage` where there are more than `mostShapes`.
 *
 * @param count So many requests.
 * @param lengthDim What its lengths are the size of; null: it has none.
 */
export function shapesOfTrace(
  { items, lengths }: Trace,
  count: number,
  choice: ShapeChoice,
  { lengthDim, random }: { readonly lengthDim: string | null; readonly random: RandomStream },
): TraceShapes {
  const places = new Map<string, number>();
  const shapes: RequestShape[] = [];
  const shapeOf = Uint32Array.from({ length: count }, (_, at) => {
    const drawn = choice.next(random);
    const key = `${drawn}/${items?.[at] ?? ''}/${lengths?.[at] ?? ''}`;
    const known = places.get(key);
    if (known !== undefined) return known;
    const base = choice.shapes[drawn]!;
    const own = lengthDim === null || lengths === null ? {} : { [lengthDim]: lengths[at]! };
    places.set(key, shapes.length);
    return shapes.push({ items: items?.[at] ?? base.items, dims: { ...base.dims, ...own } }) - 1;
  });
  checkCount(shapes.length, 'round its lengths, for example up to multiples of 8');
  return { shapes, shapeOf };
}

function checkCount(count: number, remedy: string): void {
  if (count > mostShapes)
    throw new ThinferError(
      'usage',
      `requests would have ${count} different shapes, and inputs are made for at most ${mostShapes}`,
      { remedy },
    );
}
