export { instanceLog } from './instance-log.ts';
export { observeRequests, type RequestObserver } from './request-observer.ts';
