export { type PageOptions, pageRoutes } from './routes.ts';
