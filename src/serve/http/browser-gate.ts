import { isIP } from 'node:net';
import type { Exchange } from './exchange.ts';
import { HttpProblem } from './http-problem.ts';

/** What pages of other servers may do here. */
export interface BrowserRules {
  /** Origins whose pages may use this server: `https://app.example`; `*`: all. Its own always may. */
  readonly allowOrigins: readonly string[];
  /** Names that this server is called by, beside `localhost`, where only addresses of this machine are listened on. */
  readonly allowHosts: readonly string[];
}

/** Headers of answers that a page may read. */
const exposed = [
  'x-request-id',
  'Retry-After',
  'x-thinfer-expected-ms',
  'x-thinfer-type',
  'x-thinfer-shape',
  'Inference-Header-Content-Length',
].join(', ');
const preflightSeconds = '600';

/**
 * Keeps pages of other servers away that run in a browser on this machine: it reaches what is bound to the loopback address. A page
 * says where it comes from by `Origin`; one whose name was pointed at this address later (DNS rebinding) is of the same origin, and
 * is told by that name.
 */
export class BrowserGate {
  private readonly origins: ReadonlySet<string>;
  private readonly hosts: ReadonlySet<string>;
  /** Set when the port is open. */
  loopback = true;
  /** The last `Host` that was let in: mostly all have the same. */
  private lastOurs: string | undefined;

  constructor(rules: Partial<BrowserRules> = {}) {
    this.origins = new Set(rules.allowOrigins?.map((origin) => origin.toLowerCase()));
    this.hosts = new Set(rules.allowHosts?.map((host) => host.toLowerCase()));
  }

  /** Throws `denied` for who may not come in. Says whether it is a preflight of a page that may. */
  admit(exchange: Exchange): 'request' | 'preflight' {
    const { host, origin } = exchange.request.headers;
    if (this.loopback && host !== undefined && host !== this.lastOurs && !this.isOurs(nameOf(host)))
      throw new HttpProblem(
        403,
        'denied',
        `this server is not called '${printable(nameOf(host))}'; list the name in http.allow-host if it is`,
      );
    this.lastOurs = host;
    if (origin === undefined || isOwn(origin, host)) return 'request';
    if (!this.origins.has('*') && !this.origins.has(origin.toLowerCase()))
      throw new HttpProblem(
        403,
        'denied',
        `pages of '${printable(origin)}' may not use this server; list the origin in http.allow-origin if they may`,
      );
    exchange.addHeaders(['Access-Control-Allow-Origin', origin, 'Vary', 'Origin']);
    exchange.addHeaders(['Access-Control-Expose-Headers', exposed]);
    return isPreflight(exchange) ? 'preflight' : 'request';
  }

  private isOurs(name: string): boolean {
    return isIP(name) !== 0 || name === 'localhost' || this.hosts.has(name);
  }
}

/** Answers a preflight: what the route answers to, and what headers the page wants to send. */
export function answerPreflight(exchange: Exchange, methods: readonly string[]): void {
  const headers = ['Access-Control-Allow-Methods', methods.join(', ')];
  const wanted = exchange.header('access-control-request-headers');
  if (wanted !== undefined && wanted.length <= 2048 && /^[\w\-, ]*$/.test(wanted))
    headers.push('Access-Control-Allow-Headers', wanted);
  if (exchange.header('access-control-request-private-network') === 'true')
    headers.push('Access-Control-Allow-Private-Network', 'true');
  exchange.empty(204, [...headers, 'Access-Control-Max-Age', preflightSeconds]);
}

function isPreflight({ request }: Exchange): boolean {
  return request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
}

/** A page of this server names it as the request does. */
function isOwn(origin: string, host: string | undefined): boolean {
  const at = origin.indexOf('://');
  return at > 0 && host !== undefined && origin.slice(at + 3).toLowerCase() === host.toLowerCase();
}

/** Without port and brackets, in small letters. */
function nameOf(host: string): string {
  const name = host.startsWith('[') ? host.slice(1, host.indexOf(']')) : host.replace(/:\d*$/, '');
  return name.toLowerCase().replace(/\.$/, '');
}

/** What a client wrote, short and on one line. */
const printable = (text: string): string => text.slice(0, 100).replace(/[^\x20-\x7e]/g, '?');
