import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { partOf } from './image-to-tensor.ts';
import { resizeAndCrop } from './resample.ts';

const size = fc.integer({ min: 1, max: 40 });

test('a part is what the whole has there', () => {
  fc.assert(
    fc.property(size, size, size, size, fc.integer(), (width, height, outWidth, outHeight, seed) => {
      const data = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 97 + seed * 31) & 255);
      const whole = {
        width: outWidth,
        height: outHeight,
        left: 0,
        top: 0,
        cropWidth: outWidth,
        cropHeight: outHeight,
      };
      const left = outWidth >> 1;
      const top = outHeight >> 1;
      const part = { ...whole, left, top, cropWidth: outWidth - left, cropHeight: outHeight - top };
      const all = resizeAndCrop({ data, width, height }, whole);
      const cut = resizeAndCrop({ data, width, height }, part);
      for (let row = 0; row < part.cropHeight; row++) {
        const from = ((top + row) * outWidth + left) * 3;
        const line = cut.subarray(row * part.cropWidth * 3, (row + 1) * part.cropWidth * 3);
        assert.deepEqual(line, all.subarray(from, from + line.length));
      }
    }),
  );
});

test('one colour stays that colour, and the same size the same picture', () => {
  fc.assert(
    fc.property(
      size,
      size,
      size,
      size,
      fc.integer({ min: 0, max: 255 }),
      (width, height, outWidth, outHeight, value) => {
        const data = new Uint8Array(width * height * 3).fill(value);
        const whole = {
          width: outWidth,
          height: outHeight,
          left: 0,
          top: 0,
          cropWidth: outWidth,
          cropHeight: outHeight,
        };
        assert.ok(resizeAndCrop({ data, width, height }, whole).every((byte) => byte === value));
        const ramp = data.map((_, at) => at & 255);
        const same = { ...whole, width, height, cropWidth: width, cropHeight: height };
        assert.deepEqual(resizeAndCrop({ data: ramp, width, height }, same), ramp);
      },
    ),
  );
});

test('the middle lies within the resized picture', () => {
  const side = fc.integer({ min: 1, max: 65_535 });
  fc.assert(
    fc.property(side, side, fc.integer({ min: 1, max: 512 }), (width, height, resize) => {
      const crop = Math.max(1, resize - 7);
      const work = { resize, cropHeight: crop, cropWidth: crop, normalise: null } as const;
      const part = partOf(width, height, { ...work, layout: 'NCHW', channels: 'RGB', type: 'float32' });
      assert.equal(Math.min(part.width, part.height), resize);
      assert.ok(part.left >= 0 && part.left + crop <= part.width);
      assert.ok(part.top >= 0 && part.top + crop <= part.height);
    }),
  );
});
