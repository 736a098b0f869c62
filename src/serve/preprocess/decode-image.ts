import sharp, { type Metadata } from 'sharp';
import { ThinferError } from '../../errors.ts';
import { pictureFormat } from './picture-format.ts';
import type { Pixels } from './resample.ts';

/** What a picture may be. */
export interface ImageLimits {
  /** Most pixels, width times height. */
  readonly maxPixels: number;
  /** Longest side in pixels. */
  readonly maxSide: number;
  /** Longest time to decode, in seconds. */
  readonly seconds: number;
}

/**
 * Makes libvips one-threaded, uncached and deaf to everything but JPEG and PNG, in this process: other decoders would only add to what a
 * hostile file can reach, and its threads would take cores from the instances.
 */
export function confineDecoder(): void {
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng'] });
}

/**
 * Decodes a JPEG or PNG to RGB bytes, as `Image.open(…).convert('RGB')` of Pillow does: no rotation by EXIF, no colour management,
 * transparency dropped, the first picture of an animation. Of 16-bit channels the upper byte is taken.
 */
export async function decodeImage(bytes: Uint8Array, limits: ImageLimits): Promise<Pixels> {
  if (pictureFormat(bytes) === undefined) throw invalid('it is neither a JPEG nor a PNG');
  const options = { ignoreIcc: true, failOn: 'error', limitInputPixels: limits.maxPixels } as const;
  checkHeader(
    await sharp(bytes, { ...options, limitInputPixels: false })
      .metadata()
      .catch(refuse),
    limits,
  );
  const { data, info } = await sharp(bytes, options)
    .timeout({ seconds: limits.seconds })
    .removeAlpha()
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true })
    .catch(refuse);
  return { data, width: info.width, height: info.height };
}

function checkHeader({ width, height, space, channels }: Metadata, limits: ImageLimits): void {
  if (width * height > limits.maxPixels || Math.max(width, height) > limits.maxSide)
    throw new ThinferError('too-large', `The picture has ${width}×${height} pixels.`, {
      remedy: `Send at most ${limits.maxPixels} pixels, and at most ${limits.maxSide} along a side.`,
    });
  if (space === 'cmyk' || channels > 4)
    throw invalid('it is in CMYK, whose colours are not defined without a profile', 'convert it to RGB');
}

function refuse(cause: unknown): never {
  const why = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
  throw invalid(why.slice(0, 200), undefined, cause);
}

function invalid(why: string, remedy = 'Send a whole JPEG or PNG.', cause?: unknown): ThinferError {
  return new ThinferError('request-invalid', `The picture can't be read: ${why}.`, { remedy, cause });
}
