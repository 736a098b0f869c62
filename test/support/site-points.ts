import { datasetsOfPoints, noFacts } from '../../src/dataset/index.ts';
import type { Point, PointSettings } from '../../src/profile/index.ts';
import { documentSections, furtherSections } from '../../src/report/site/layout.ts';
import { contextOf, type PageContext, type Price } from '../../src/report/site/page-context.ts';
import { figuresOf, type SiteFigure } from '../../src/report/site/site-figure.ts';
import { studyPoint } from './study-data.ts';

/** What makes a point: settings that are not the usual ones, and its time. */
export interface SiteRecipe extends Partial<PointSettings> {
  readonly threads: number;
  readonly batch?: number;
  readonly medianMs: number;
  readonly replicas?: number;
}

/** A point of them; the slowest of several takes a tenth longer. */
export function sitePoint({ medianMs, replicas = 1, ...settings }: SiteRecipe): Point {
  const { threads, batch = 1 } = settings;
  const point = studyPoint({ threads, batch, medianMs });
  return {
    ...point,
    replicas,
    stats: { ...point.stats, medianMs, slowestMs: medianMs * 1.1 },
    settings: { ...point.settings, precision: 'as in the file', ...settings, batch },
  };
}

/** What the page of such points is drawn from: 2 GFLOP an item, a peak of 400 GFLOP/s with one thread. */
export function siteContext(recipes: readonly SiteRecipe[], price: Price | null = null): PageContext {
  const places = recipes.map((recipe) => ({ point: sitePoint(recipe), machine: {}, versions: {} }));
  const facts = { ...noFacts, flopsPerItem: () => 2e9, peakGflops: () => new Map([[1, 400]]) };
  const [dataset] = datasetsOfPoints(places, facts);
  return contextOf(dataset!, price);
}

/** All charts of a page. */
export const siteFigures = (context: PageContext): SiteFigure[] =>
  figuresOf([...documentSections(context), ...furtherSections(context)]);

/** Name, x and value of the chart whose file ends so. */
export const rowsOf = (figures: readonly SiteFigure[], end: string) =>
  figures
    .find(({ file }) => file.endsWith(end))!
    .rows.map(([name, x, value]) => [name, x, Number(Number(value).toFixed(4))]);
