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
  allTables,
  openAnyTable,
  openTable,
  removeTable,
  type StoredTable,
  type Storing,
  storedResults,
  storedTables,
  storeTables,
} from './tables.ts';
