export { nearestName } from './nearest-name.ts';
export { parseTable } from './parse-table.ts';
export { parseWhere } from './parse-where.ts';
export { readTable } from './read-table.ts';
export { describeSeries, filterTable, selectSeries, type Where } from './select-series.ts';
export { seriesOf } from './series.ts';
export { type SeriesSummary, summariseTable, type TableSummary } from './summarise-table.ts';
export type { InstanceSet, Series, SeriesCell, Table, TableRow } from './types.ts';
