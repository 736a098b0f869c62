import { decodeImage, type ImageLimits } from './decode-image.ts';
import { type ResizedPart, resizeAndCrop } from './resample.ts';

/** A transform of pictures that fits its model. */
export interface ImageWork {
  /** Length of the shorter side after resizing. */
  readonly resize: number;
  readonly cropHeight: number;
  readonly cropWidth: number;
  /** Null: bytes stay as they are. */
  readonly normalise: {
    readonly mean: readonly [number, number, number];
    readonly std: readonly [number, number, number];
  } | null;
  readonly layout: 'NCHW' | 'NHWC';
  readonly channels: 'RGB' | 'BGR';
  readonly type: 'float32' | 'float16' | 'uint8';
}

/** One item's tensor, of the picture's bytes. */
export async function imageToTensor(
  bytes: Uint8Array,
  work: ImageWork,
  limits: ImageLimits,
): Promise<ArrayBuffer> {
  const pixels = await decodeImage(bytes, limits);
  return layOut(resizeAndCrop(pixels, partOf(pixels.width, pixels.height, work)), work);
}

/**
 * Where the middle lies, as torchvision's `Resize` and `CenterCrop` count: the longer side is cut to a whole number, and a half pixel goes to
 * the even side.
 */
export function partOf(
  width: number,
  height: number,
  { resize, cropHeight, cropWidth }: ImageWork,
): ResizedPart {
  const longer = Math.trunc((resize * Math.max(width, height)) / Math.min(width, height));
  const resizedWidth = width <= height ? resize : longer;
  const resizedHeight = width <= height ? longer : resize;
  return {
    width: resizedWidth,
    height: resizedHeight,
    left: halfToEven(resizedWidth - cropWidth),
    top: halfToEven(resizedHeight - cropHeight),
    cropWidth,
    cropHeight,
  };
}

function halfToEven(difference: number): number {
  const half = Math.floor(difference / 2);
  return difference % 2 !== 0 && half % 2 !== 0 ? half + 1 : half;
}

function layOut(rgb: Uint8Array, work: ImageWork): ArrayBuffer {
  const count = work.cropHeight * work.cropWidth;
  const out = arrayOf(work.type, count * 3);
  for (let channel = 0; channel < 3; channel++) {
    const values = tableOf(work, channel);
    let from = work.channels === 'RGB' ? channel : 2 - channel;
    const step = work.layout === 'NCHW' ? 1 : 3;
    let to = work.layout === 'NCHW' ? channel * count : channel;
    for (let at = 0; at < count; at++, from += 3, to += step) out[to] = values[rgb[from]!]!;
  }
  return out.buffer;
}

/** What each byte becomes, computed in single precision step by step, as torchvision's `ToTensor` and `Normalize` do. */
function tableOf({ normalise }: ImageWork, channel: number): Float32Array {
  const table = new Float32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    if (normalise === null) table[byte] = byte;
    else {
      const centred = Math.fround(Math.fround(byte / 255) - Math.fround(normalise.mean[channel]!));
      table[byte] = centred / Math.fround(normalise.std[channel]!);
    }
  }
  return table;
}

function arrayOf(
  type: ImageWork['type'],
  length: number,
): Float32Array<ArrayBuffer> | Float16Array<ArrayBuffer> | Uint8Array<ArrayBuffer> {
  if (type === 'float32') return new Float32Array(length);
  return type === 'float16' ? new Float16Array(length) : new Uint8Array(length);
}
