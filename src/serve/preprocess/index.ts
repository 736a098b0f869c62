export { type PreprocessOptions, Preprocessor } from './preprocessor.ts';
export type { Preprocess, PreprocessedModel } from './resolve-preprocess.ts';
export { type PreprocessSpec, preprocessSchema } from './spec.ts';
export type { TextItem } from './text-to-tensors.ts';
export { zooPreprocess } from './zoo-preprocess.ts';
