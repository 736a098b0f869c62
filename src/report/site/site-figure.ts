import type { Content, Markup } from '../html.ts';
import type { LoadFigure } from '../load-figure.ts';
import type { DefinitionId } from './definitions.ts';

/** A chart of a site with all that its picture files, its table and its words need. */
export interface SiteFigure extends LoadFigure {
  /** What it shows, in the documents' words: `BERT Latency BS=16`; its label for screen readers begins so. */
  readonly alt: string;
  /** The formula of the values, written below the chart; null: they are measured. */
  readonly formula: string | null;
  /** Which definition explains the values. */
  readonly definition: DefinitionId;
  /** Cells without a mark: failed, out of memory. */
  readonly footnotes: readonly string[];
  /** What each mark says, in the order they are drawn: dots, or tiles of a map. */
  readonly titles: readonly string[];
  readonly marks: 'dots' | 'tiles';
  readonly table: Markup;
  /** Whether it has its row to itself. */
  readonly isAlone: boolean;
}

/** What stands around a chart, as whoever draws one gives it. */
export interface FigureFrame {
  /** Name of its files without their endings; its id on the page. */
  readonly file: string;
  readonly alt: string;
  readonly title: string;
  readonly subtitle: string;
  readonly foot: string;
  readonly definition: DefinitionId;
  readonly formula?: string;
  readonly footnotes?: readonly string[];
}

/** The same as figures have it. */
export const framed = ({
  file,
  alt,
  title,
  subtitle,
  foot,
  definition,
  formula,
  footnotes,
}: FigureFrame) => ({
  id: file,
  file,
  alt,
  title,
  subtitle,
  foot,
  definition,
  formula: formula ?? null,
  footnotes: footnotes ?? [],
});

/** Figures below one heading. */
export interface Subsection {
  readonly id: string;
  readonly heading: string;
  readonly intro?: Content;
  readonly figures: readonly SiteFigure[];
}

/** A part of a page. */
export interface Section {
  readonly id: string;
  readonly heading: string;
  readonly intro?: Content;
  readonly subsections: readonly Subsection[];
}

/** All figures of some sections, in their order. */
export const figuresOf = (sections: readonly Section[]): SiteFigure[] =>
  sections.flatMap(({ subsections }) => subsections.flatMap(({ figures }) => figures));
