export { lockMeasuring } from './measuring-lock.ts';
export { Store, type StoredResult, type Versions } from './store.ts';
