export type { BundleHeader } from './bundle-header.ts';
export { isBundle, readBundle } from './read-bundle.ts';
export { writeBundle } from './write-bundle.ts';
