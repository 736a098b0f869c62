import type { Content, Markup } from '../html.ts';
import type { SiteFile } from './draw-site-figure.ts';
import type { Section } from './site-figure.ts';

/** What all pages of a site share. */
export interface SiteStamp {
  /** Software that made it, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
}

/** A page that is yet to be drawn. */
export interface SitePage {
  readonly kind: 'scalability' | 'further' | 'comparison' | 'grid';
  /** From the site's folder, such as `bert-cloudlab-large-batches/index.html`. */
  readonly path: string;
  readonly model: string;
  readonly title: string;
  /** Machine and experiment, or what is compared. */
  readonly where: string;
  /** What was found, in a sentence. */
  readonly sentence: string;
  /** Cells that the page is of. */
  readonly cells: number;
  readonly sections: readonly Section[];
  /** A small chart for the index. */
  readonly small: Markup | null;
  /** Files beside it that are no charts. */
  readonly files: readonly SiteFile[];
  /** The whole page; draws every chart. */
  readonly render: (stamp: SiteStamp) => string;
}

/** The folder of a page, with a slash at its end; empty for those at the top. */
export const folderOf = ({ path }: Pick<SitePage, 'path'>): string =>
  path.slice(0, path.lastIndexOf('/') + 1);

/** Leads from a page to the site's top. */
export const topOf = (path: string): string => '../'.repeat(path.split('/').length - 1);

/** What stands above everything on a page. */
export interface PageHead {
  readonly kicker: Content;
  readonly title: string;
  readonly findings: readonly string[];
}
