import type { Exchange, Route } from '../http/index.ts';
import type { Monitor } from '../metrics/index.ts';
import { pageMarkup } from './markup.ts';
import { pageScript } from './script.ts';
import { StateSource } from './state-document.ts';
import { style } from './style.ts';

/** What the page shows. */
export interface PageOptions {
  readonly monitor: Monitor;
  /** Whether inference asks for a token. */
  readonly token: boolean;
}

/** The page loads its own parts and state, sends to its own server, and can't be framed. */
const guards = [
  'Content-Security-Policy',
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options',
  'nosniff',
  'Referrer-Policy',
  'no-referrer',
];

/** The live page at `/`, its parts and its state below `/page`. */
export function pageRoutes({ monitor, token }: PageOptions): Route[] {
  const source = new StateSource(monitor);
  return [
    asset('/', 'text/html; charset=utf-8', pageMarkup(token)),
    asset('/page/style.css', 'text/css; charset=utf-8', style),
    asset('/page/live.js', 'text/javascript; charset=utf-8', pageScript()),
    page('/page/state.json', (exchange) =>
      exchange.text(200, 'application/json', source.json(knownTick(exchange)), [
        ...guards,
        'Cache-Control',
        'no-store',
      ]),
    ),
  ];
}

function page(path: string, handle: (exchange: Exchange) => void): Route {
  return { method: 'GET', path, protocol: 'page', access: 'page', handle };
}

/** Browsers ask each time: it changes with every version. */
function asset(path: string, type: string, text: string): Route {
  return page(path, (exchange) => exchange.text(200, type, text, [...guards, 'Cache-Control', 'no-cache']));
}

/** What is no tick counts as none. */
function knownTick(exchange: Exchange): number | null {
  const after = exchange.query().get('after') ?? '';
  return /^\d{1,9}$/.test(after) ? Number(after) : null;
}
