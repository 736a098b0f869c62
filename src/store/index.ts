export { lockMeasuring } from './measuring-lock.ts';
export { type MergeCounts, type MergeSummary, RecordMerger } from './record-merger.ts';
export { everyRecord, RecordReader, type RecordSelection } from './record-reader.ts';
export { recordKinds, type StoredRecord } from './records.ts';
export { Store, type Versions } from './store.ts';
export {
  databaseFileOf,
  type MeasuredPlace,
  type StoredContention,
  type StoredMachine,
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
  storeTables,
  tableHash,
} from './tables.ts';
