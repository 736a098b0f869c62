export type { BrowserRules } from './browser-gate.ts';
export { Exchange } from './exchange.ts';
export { HttpProblem } from './http-problem.ts';
export { defaultLimits, type HttpLimits } from './limits.ts';
export {
  type Answered,
  HttpListener,
  type HttpListenerOptions,
  inferenceClasses,
  managementClasses,
  type TlsOptions,
  type TraceHeaders,
} from './listener.ts';
export { type OipOptions, oipRoutes } from './oip-routes.ts';
export { readJsonBody } from './read-json-body.ts';
export type { CommandParameter, PlanState, Repository, RepositoryEntry } from './repository-routes.ts';
export type { AccessClass, Handler, Method, Route } from './route.ts';
export { RouteTable } from './route-table.ts';
