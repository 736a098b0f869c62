export { lockMeasuring } from './measuring-lock.ts';
export { Store, type Versions } from './store.ts';
export {
  databaseFileOf,
  type StoredContention,
  type StoredMeasurement,
  type StoredPlace,
  type StoredResult,
  StoreReader,
} from './store-reader.ts';
export {
  openTable,
  removeTable,
  type StoredTable,
  type Storing,
  storedTables,
  storeTables,
} from './tables.ts';
