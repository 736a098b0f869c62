import type { Dataset, Grid } from '../../dataset/index.ts';
import { comparisonPages } from './comparison-page.ts';
import { datasetPages, furtherEnd } from './dataset-page.ts';
import { DistinctNames } from './distinct-names.ts';
import { plainFiles, pngFile, type SiteFile } from './draw-site-figure.ts';
import { gridPage } from './grid-page.ts';
import { indexPage } from './index-page.ts';
import type { Price } from './page-context.ts';
import { siteSections } from './section-names.ts';
import { figuresOf } from './site-figure.ts';
import { folderOf, type SitePage, type SiteStamp } from './site-page.ts';

/** What a site is made from. */
export interface SiteInput {
  readonly datasets: readonly Dataset[];
  readonly grids: readonly Grid[];
  readonly price: Price | null;
  /** Names of the sections to draw; null: all. */
  readonly only: readonly string[] | null;
}

/** The pages of a site, with everything but their charts drawn. Those without any chart are left out. */
export function planSite({ datasets, grids, price, only }: SiteInput): SitePage[] {
  const wants = (id: string): boolean =>
    only === null || only.some((name) => siteSections[name]?.(id) ?? false);
  // Tables of one model from unknown machines may share a key; the folders of all pages lie beside each other.
  const folders = new DistinctNames();
  const unique = datasets.map((one) => ({ ...one, key: folders.take(one.key, ['', furtherEnd]) }));
  return [
    ...unique.flatMap((dataset) => datasetPages(dataset, { price, wants })),
    ...(wants('comparison') ? comparisonPages(unique) : []),
    ...(wants('grid') ? grids.map((one) => gridPage({ ...one, key: folders.take(one.key) })) : []),
  ].filter(({ sections, kind }) => sections.length > 0 || kind === 'grid');
}

/** Where a site's files go, and how its drawing is followed. */
export interface SiteSink {
  /** Takes a file; its name leads from the site's folder. */
  readonly write: (file: SiteFile) => void | Promise<void>;
  readonly onProgress?: (progress: {
    readonly page: string;
    readonly done: number;
    readonly total: number;
  }) => void;
  /** Ends the drawing with its reason. */
  readonly signal?: AbortSignal;
}

/** So many pictures are made at once; each takes a thread of its own. */
const mostPictures = 2;

/** Draws all pages with their charts as SVG, PNG and CSV; the index comes last. */
export async function drawSite(pages: readonly SitePage[], stamp: SiteStamp, sink: SiteSink): Promise<void> {
  const running = new Set<Promise<void>>();
  try {
    await drawPages(pages, stamp, sink, running);
    await Promise.all(running);
  } finally {
    // Whoever is told that it failed finds nothing written afterwards.
    await Promise.allSettled(running);
  }
  sink.signal?.throwIfAborted();
  await sink.write({ name: 'index.html', content: indexPage(pages, stamp) });
}

/** Leaves the pictures that are still being made in `running`. */
async function drawPages(
  pages: readonly SitePage[],
  stamp: SiteStamp,
  sink: SiteSink,
  running: Set<Promise<void>>,
): Promise<void> {
  const total = pages.reduce((sum, { sections }) => sum + figuresOf(sections).length, 0);
  let done = 0;
  for (const page of pages) {
    const folder = folderOf(page);
    const at = (file: SiteFile): SiteFile => ({ ...file, name: `${folder}${file.name}` });
    for (const figure of figuresOf(page.sections)) {
      sink.signal?.throwIfAborted();
      const { svg, csv } = plainFiles(figure);
      await sink.write(at(svg));
      await sink.write(at(csv));
      const picture = pngFile(svg).then((png) => sink.write(at(png)));
      running.add(picture);
      // One that failed stays, so that whoever waits next meets its failure.
      picture.then(
        () => running.delete(picture),
        () => {},
      );
      if (running.size >= mostPictures) await Promise.race(running);
      done += 1;
      sink.onProgress?.({ page: page.title, done, total });
    }
    for (const file of page.files) await sink.write(at(file));
    await sink.write({ name: page.path, content: page.render(stamp) });
  }
}
