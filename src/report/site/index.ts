export { definitions } from './definitions.ts';
export type { SiteFile } from './draw-site-figure.ts';
export type { Price } from './page-context.ts';
export { drawSite, planSite, type SiteInput, type SiteSink, siteSections } from './render-site.ts';
export { figuresOf } from './site-figure.ts';
export type { SitePage, SiteStamp } from './site-page.ts';
