import { hash, timingSafeEqual } from 'node:crypto';

/**
 * Who may use a route or method, of any protocol. `health`, `metrics`, `page`: whoever reaches the listener. `inference`: the same,
 * or who has a token where tokens are set. `management`: who has the token of management.
 */
export type AccessClass = 'health' | 'metrics' | 'page' | 'inference' | 'management';

/** Bearer tokens by what they open; a management token opens inference too. */
export interface AccessTokens {
  /** None: whoever reaches the listener may infer. */
  readonly inference?: readonly string[];
  /** None: nobody may manage. */
  readonly management?: readonly string[];
}

/** `no-token`: one is needed. `wrong-token`: it does not open this. `closed`: no token opens this. */
export type Verdict = 'allowed' | 'no-token' | 'wrong-token' | 'closed';

/** The one place that says who may use what, of every protocol. Tokens are kept as hashes. */
export class Doorkeeper {
  private readonly inference: readonly Buffer[];
  private readonly management: readonly Buffer[];

  constructor(tokens: AccessTokens = {}) {
    this.management = (tokens.management ?? []).map(digest);
    this.inference = (tokens.inference ?? []).map(digest);
  }

  /** Whether a class needs no token. */
  isOpen(access: AccessClass | undefined): boolean {
    return this.accepted(access) === 'everybody';
  }

  /** What `authorization` opens; `access` undefined: what is not listed, which is denied. */
  judge(access: AccessClass | undefined, authorization: string | undefined): Verdict {
    const accepted = this.accepted(access);
    if (accepted === 'everybody') return 'allowed';
    if (accepted.length === 0) return 'closed';
    const token = bearerToken(authorization);
    if (token === null) return 'no-token';
    return holds(accepted, token) ? 'allowed' : 'wrong-token';
  }

  private accepted(access: AccessClass | undefined): 'everybody' | readonly Buffer[] {
    switch (access) {
      case 'health':
      case 'metrics':
      case 'page':
        return 'everybody';
      case 'inference':
        return this.inference.length === 0 ? 'everybody' : [...this.inference, ...this.management];
      case 'management':
        return this.management;
      default:
        return [];
    }
  }
}

function bearerToken(header: string | undefined): string | null {
  if (header === undefined || header.length < 8 || header.slice(0, 7).toLowerCase() !== 'bearer ')
    return null;
  return header.slice(7).trim();
}

/** All are compared, each in constant time, so that the time tells nothing. */
function holds(accepted: readonly Buffer[], token: string): boolean {
  const given = digest(token);
  let held = false;
  for (const one of accepted) held = timingSafeEqual(one, given) || held;
  return held;
}

function digest(token: string): Buffer {
  return hash('sha256', token, 'buffer');
}
