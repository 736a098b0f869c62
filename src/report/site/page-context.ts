import {
  type Cell,
  type Choice,
  cellsWith,
  chooseVariant,
  type Dataset,
  type FailedCell,
  keyOf,
  type MeasuredCell,
  measuredCells,
  type SettingName,
} from '../../dataset/index.ts';

/** The price of so many cores for an hour, in the user's currency. */
export interface Price {
  readonly perHour: number;
  /** Null: of all cores that the page knows of. */
  readonly cores: number | null;
}

/** What the sections of one page are drawn from. */
export interface PageContext {
  readonly dataset: Dataset;
  readonly choice: Choice;
  /** The model as pages write it: `BERT`. */
  readonly name: string;
  /** What the names of its chart files begin with: `bert`. */
  readonly stem: string;
  readonly foot: string;
  readonly price: Price | null;
}

/** Names that the documents write otherwise than their files. */
const displayNames: Readonly<Record<string, string>> = { bert: 'BERT', resnet: 'ResNet' };

/** The model's name as pages write it. */
export const displayName = (model: string): string => displayNames[model] ?? model;

/** Where a dataset was measured, in a few words. */
export function whereOf({ machine, experiment }: Pick<Dataset, 'machine' | 'experiment'>): string {
  const words = [machine.name, experiment ?? ''].filter((word) => word !== '');
  return words.length === 0 ? 'a machine that is not told' : words.join(', ');
}

/** Size of an item in words: `sequence 128`; empty where there is none. */
export const sizeText = (dims: Dataset['dims']): string =>
  Object.entries(dims)
    .map(([name, size]) => `${name} ${size}`)
    .join(', ');

export function contextOf(dataset: Dataset, price: Price | null): PageContext {
  return {
    dataset,
    choice: chooseVariant(dataset),
    name: displayName(dataset.model),
    stem: keyOf(dataset.model),
    foot: footOf(dataset),
    price,
  };
}

function footOf(dataset: Dataset): string {
  const { provenance } = dataset;
  const where = whereOf(dataset);
  if (provenance.kind === 'published')
    return `Source: ${provenance.files.map(shortFile).join(', ')}, as published; not measured by thinfer · ${where}`;
  const engine = chooseVariant(dataset).usual.engine;
  return `Source: measured by thinfer, ${engine} · ${where} · ${provenance.until.slice(0, 10)}`;
}

/** The last folders of a path: enough to find it, short enough to print. */
export const shortFile = (file: string): string => file.split('/').slice(-4).join('/');

/** Charts ask for the same cells again and again. */
const curves = new WeakMap<Choice, Map<string, MeasuredCell[]>>();

/** The cells that a page's curves are of: one instance, usual settings but for `wanted`; by batch and threads. */
export function curveCells(
  { dataset, choice }: Pick<PageContext, 'dataset' | 'choice'>,
  wanted: Partial<Record<SettingName, string>> = {},
): readonly MeasuredCell[] {
  const known = curves.get(choice) ?? new Map<string, MeasuredCell[]>();
  curves.set(choice, known);
  const key = JSON.stringify(Object.entries(wanted).sort());
  const found =
    known.get(key) ?? measuredCells(cellsWith(ofOneInstance(dataset.cells, choice), choice.usual, wanted));
  known.set(key, found);
  return found;
}

/** Those of them that failed. */
export function failedCells(
  { dataset, choice }: Pick<PageContext, 'dataset' | 'choice'>,
  wanted: Partial<Record<SettingName, string>> = {},
): FailedCell[] {
  return cellsWith(ofOneInstance(dataset.cells, choice), choice.usual, wanted).filter(
    (cell) => cell.state === 'failed',
  );
}

const ofOne = new WeakMap<readonly Cell[], readonly Cell[]>();

/** Where everything was measured together, an instance among its replicas stands for one. */
function ofOneInstance(cells: readonly Cell[], { usual }: Choice): readonly Cell[] {
  if (usual.mode.startsWith('together')) return cells;
  const found = ofOne.get(cells) ?? cells.filter(({ instances }) => instances === 1);
  ofOne.set(cells, found);
  return found;
}

/** Footnotes for cells without a mark. */
export function footnotesOf(failed: readonly FailedCell[]): string[] {
  return failed.map(
    ({ threads, batch, failure, message }) =>
      `No mark at ${threads} threads, batch ${batch}: ${failure === 'out-of-memory' ? 'out of memory' : failure}. ${message}`,
  );
}

/** Values of a setting on the page, the usual one first. */
export const valuesOf = ({ choice }: Pick<PageContext, 'choice'>, name: SettingName): readonly string[] =>
  choice.varying.get(name) ?? [choice.usual[name]];
