import { z } from 'zod';

const sides = z.int().min(1).max(4096);
const perChannel = z.tuple([z.number(), z.number(), z.number()]).readonly();

/** How a picture becomes a tensor, as a configuration file declares it. Without `mean` and `std`: those of ImageNet. */
export const imageSpecSchema = z.strictObject({
  kind: z.literal('image'),
  /** Name of the model's input; not needed where it has only one. */
  input: z.string().optional(),
  /** Length of the shorter side after resizing, in pixels; the other side keeps the proportion. */
  resize: sides,
  /** What is cut out of the middle, in pixels: one number for a square, or height and width. */
  crop: z.union([sides, z.tuple([sides, sides]).readonly()]),
  /** Per channel in the order of `channels`, of values between 0 and 1. */
  mean: perChannel.optional(),
  std: perChannel.optional(),
  layout: z.enum(['NCHW', 'NHWC']).default('NCHW'),
  channels: z.enum(['RGB', 'BGR']).default('RGB'),
  /** What the model's output is: scores that softmax makes probabilities of, or these already. */
  scores: z.enum(['logits', 'probabilities']).default('logits'),
  /** A JSON file that names the classes: an array, or TorchServe's index_to_name.json. */
  labels: z.string().optional(),
});

/** How a text becomes tensors, as a configuration file declares it. */
export const textSpecSchema = z.strictObject({
  kind: z.literal('text'),
  /** A tokenizer.json; without it, the one beside the model's file. */
  tokenizer: z.string().optional(),
  /** Most tokens of an item, special ones included; longer texts are cut. Default: the model's largest sequence, or 512. */
  maxLength: z.int().min(1).max(1_000_000).optional(),
  /** Shorter texts are filled up to the longest of their request, or always to `maxLength`. */
  padding: z.enum(['longest', 'max']).default('longest'),
});

/** What a model takes beside tensors. */
export const preprocessSchema = z.discriminatedUnion('kind', [imageSpecSchema, textSpecSchema]);

/** A declared transform of pictures. */
export type ImageSpec = z.input<typeof imageSpecSchema>;
/** A declared transform of text. */
export type TextSpec = z.input<typeof textSpecSchema>;
/** A declared transform. */
export type PreprocessSpec = z.input<typeof preprocessSchema>;
