import type { IncomingMessage } from 'node:http';
import type { Doorkeeper } from '../doorkeeper.ts';
import { HttpProblem } from './http-problem.ts';
import type { Route } from './route.ts';

/** Throws `denied` (401 without a token, 403 with a wrong one) unless `request` may use `route`. */
export function authorise(doorkeeper: Doorkeeper, route: Route, request: IncomingMessage): void {
  switch (doorkeeper.judge(route.access, request.headers.authorization)) {
    case 'allowed':
      return;
    case 'no-token':
      throw new HttpProblem(401, 'denied', 'this needs a token: Authorization: Bearer TOKEN', [
        'WWW-Authenticate',
        'Bearer realm="thinfer"',
      ]);
    case 'wrong-token':
      throw new HttpProblem(403, 'denied', 'the token does not open this');
    case 'closed':
      throw new HttpProblem(403, 'denied', 'this server lets nobody do that');
  }
}
