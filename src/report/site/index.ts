export { definitions } from './definitions.ts';
export type { SiteFile } from './draw-site-figure.ts';
export type { Price } from './page-context.ts';
export { drawSite, planSite, type SiteInput, type SiteSink } from './render-site.ts';
export { siteSections } from './section-names.ts';
export { figuresOf } from './site-figure.ts';
export type { SitePage, SiteStamp } from './site-page.ts';
