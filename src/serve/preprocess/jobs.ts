import type { ImageLimits } from './decode-image.ts';
import type { ImageWork } from './image-to-tensor.ts';
import type { TextItem, TextTensors, TextWork } from './text-to-tensors.ts';

/** What a preprocessing thread is asked for. */
export type PreprocessJob =
  | {
      readonly type: 'image';
      readonly bytes: Uint8Array<ArrayBuffer>;
      readonly work: ImageWork;
      readonly limits: ImageLimits;
    }
  | { readonly type: 'text'; readonly texts: readonly TextItem[]; readonly work: TextWork };

/** What it gives, by the job's type. */
export interface PreprocessResults {
  /** The tensor of one item. */
  image: ArrayBuffer;
  text: TextTensors;
}
