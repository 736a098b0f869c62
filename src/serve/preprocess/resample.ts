/** Fixed-point weights: 32 bits, less 8 of a pixel, less 2 so that sums can't overflow. */
const weightBits = 22;

/** Pixels of one byte per channel, three channels, row after row. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** A part of a resized picture. */
export interface ResizedPart {
  /** Size of the whole picture once resized. */
  readonly width: number;
  readonly height: number;
  /** What is wanted of it. */
  readonly left: number;
  readonly top: number;
  readonly cropWidth: number;
  readonly cropHeight: number;
}

/** For each wanted output position: which inputs it is made of, and their weights. */
interface Taps {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  readonly weights: Int32Array;
  /** Weights kept per position. */
  readonly stride: number;
}

/**
 * Resizes bilinearly with antialiasing and cuts a part out, to the bit as Pillow's `resize(…, BILINEAR)` and `crop` do: a triangle as wide
 * as the reduction, weights in fixed point, first along rows, then along columns, with a rounding to bytes in between. Models of
 * torchvision are trained on exactly these pixels. Only what the part needs is computed.
 */
export function resizeAndCrop({ data, width, height }: Pixels, part: ResizedPart): Uint8Array {
  const across = tapsOf(width, part.width, part.left, part.cropWidth);
  const down = tapsOf(height, part.height, part.top, part.cropHeight);
  const last = part.cropHeight - 1;
  const firstRow = down.starts[0]!;
  const rows = down.starts[last]! + down.counts[last]! - firstRow;
  const narrow = resampleRows({ data, width, firstRow, rows, taps: across, outWidth: part.cropWidth });
  return resampleColumns({ data: narrow, firstRow, taps: down, width: part.cropWidth });
}

function tapsOf(inSize: number, outSize: number, from: number, count: number): Taps {
  const scale = inSize / outSize;
  const support = Math.max(1, scale);
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  const exact = new Float64Array(stride);
  for (let at = 0; at < count; at++) {
    const centre = (from + at + 0.5) * scale;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const taken = Math.min(inSize, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let tap = 0; tap < taken; tap++) {
      exact[tap] = Math.max(0, 1 - Math.abs((tap + start - centre + 0.5) * (1 / support)));
      sum += exact[tap]!;
    }
    for (let tap = 0; tap < taken; tap++)
      weights[at * stride + tap] = Math.trunc(0.5 + (exact[tap]! / sum) * (1 << weightBits));
    starts[at] = start;
    counts[at] = taken;
  }
  return { starts, counts, weights, stride };
}

interface RowsToResample {
  readonly data: Uint8Array;
  readonly width: number;
  readonly firstRow: number;
  readonly rows: number;
  readonly taps: Taps;
  readonly outWidth: number;
}

function resampleRows({ data, width, firstRow, rows, taps, outWidth }: RowsToResample): Uint8Array {
  const { starts, counts, weights, stride } = taps;
  const out = new Uint8Array(rows * outWidth * 3);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    const line = (firstRow + row) * width;
    for (let at = 0; at < outWidth; at++) {
      let from = (line + starts[at]!) * 3;
      let red = 1 << (weightBits - 1);
      let green = red;
      let blue = red;
      const end = at * stride + counts[at]!;
      for (let tap = at * stride; tap < end; tap++, from += 3) {
        const weight = weights[tap]!;
        red += data[from]! * weight;
        green += data[from + 1]! * weight;
        blue += data[from + 2]! * weight;
      }
      out[to++] = byteOf(red);
      out[to++] = byteOf(green);
      out[to++] = byteOf(blue);
    }
  }
  return out;
}

interface ColumnsToResample {
  readonly data: Uint8Array;
  /** Row of the picture that `data` begins with. */
  readonly firstRow: number;
  readonly taps: Taps;
  readonly width: number;
}

function resampleColumns({ data, firstRow, taps, width }: ColumnsToResample): Uint8Array {
  const { starts, counts, weights, stride } = taps;
  const line = width * 3;
  const out = new Uint8Array(starts.length * line);
  const sums = new Int32Array(line);
  for (let row = 0; row < starts.length; row++) {
    sums.fill(1 << (weightBits - 1));
    for (let tap = 0; tap < counts[row]!; tap++) {
      const weight = weights[row * stride + tap]!;
      const from = (starts[row]! - firstRow + tap) * line;
      for (let at = 0; at < line; at++) sums[at] = sums[at]! + data[from + at]! * weight;
    }
    for (let at = 0; at < line; at++) out[row * line + at] = byteOf(sums[at]!);
  }
  return out;
}

function byteOf(sum: number): number {
  return Math.min(255, sum >> weightBits);
}
