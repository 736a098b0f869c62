import { ThinferError } from '../../errors.ts';

/** Where a server is. */
export interface Origin {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** Before every path; empty or `/…` without a slash at the end. */
  readonly prefix: string;
  /** As it was given. */
  readonly url: string;
}

/** Reads `http://HOST:PORT`, `https://…`, `grpc://…`, `grpcs://…`, or `HOST:PORT`. Throws `usage`. */
export function parseOrigin(url: string): Origin {
  const wrong = (why: string): ThinferError =>
    new ThinferError('usage', `"${url}" is no URL of a server: ${why}`, {
      remedy: 'give the server as http://HOST:PORT, such as http://127.0.0.1:8000',
    });
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? url : `http://${url}`;
  if (!URL.canParse(full)) throw wrong('it can not be read');
  // Other schemes have no default port and are parsed less strictly, so the scheme is set aside.
  const scheme = full.slice(0, full.indexOf(':')).toLowerCase();
  const secure = scheme === 'https' || scheme === 'grpcs';
  if (!secure && scheme !== 'http' && scheme !== 'grpc') throw wrong(`the scheme ${scheme} is not known`);
  const plain = `http${full.slice(full.indexOf(':'))}`;
  if (!URL.canParse(plain)) throw wrong('it can not be read');
  const parsed = new URL(plain);
  if (parsed.username !== '' || parsed.password !== '') throw wrong('it holds a user name or password');
  if (parsed.search !== '' || parsed.hash !== '') throw wrong('it holds ? or #');
  const port = parsed.port === '' ? (secure ? 443 : 80) : Number(parsed.port);
  if (port === 0) throw wrong('port 0 can not be connected to');
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port,
    secure,
    prefix: parsed.pathname.replace(/\/+$/, ''),
    url: full,
  };
}

/** `HOST:PORT`, with brackets around IPv6. */
export function authorityOf({ host, port }: Origin): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
