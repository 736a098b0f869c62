import type { ImageSpec } from './spec.ts';

/** Mean and standard deviation of ImageNet's training pictures, as torchvision's classification presets have them. */
export const imagenetMean: readonly [number, number, number] = [0.485, 0.456, 0.406];
/** See `imagenetMean`. */
export const imagenetStd: readonly [number, number, number] = [0.229, 0.224, 0.225];

/**
 * What the zoo's models were trained with: torchvision's transforms of `ResNet50_Weights.IMAGENET1K_V1` (resize 256, crop 224) and
 * `Inception_V3_Weights.IMAGENET1K_V1` (resize 342, crop 299), both bilinear with antialiasing and ImageNet's mean and deviation.
 * `tiny` has a transform of its own for tests.
 */
const byZooName: Readonly<Record<string, ImageSpec>> = {
  resnet50: { kind: 'image', resize: 256, crop: 224 },
  'inception-v3': { kind: 'image', resize: 342, crop: 299 },
  tiny: { kind: 'image', resize: 10, crop: 8 },
};

/** The transform that a model of the zoo was trained with; null for models that take no pictures. */
export function zooPreprocess(name: string): ImageSpec | null {
  return Object.hasOwn(byZooName, name) ? byZooName[name]! : null;
}
