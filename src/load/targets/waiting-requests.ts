import type { Reply } from '../outcome.ts';

/** A request that an instance takes when it is free. */
export interface WaitingRequest {
  readonly payload: number;
  readonly items: number;
  readonly settle: (reply: Reply) => void;
  /** Nobody waits for its answer any more. */
  givenUp: boolean;
}

/** So many places that were left are kept before the rest moves up. */
const mostLeft = 1024;

/** Requests in the order in which they came; each is taken by the first instance that is free and large enough. */
export class WaitingRequests {
  private list: (WaitingRequest | null)[] = [];
  private head = 0;

  add(request: WaitingRequest): void {
    this.list.push(request);
  }

  /** The oldest one of at most so many items; null where there is none. */
  take(mostItems: number): WaitingRequest | null {
    for (let at = this.head; at < this.list.length; at++) {
      const request = this.list[at]!;
      if (request === null || (!request.givenUp && request.items > mostItems)) continue;
      this.list[at] = null;
      if (request.givenUp) continue;
      this.moveUp();
      return request;
    }
    this.moveUp();
    return null;
  }

  private moveUp(): void {
    while (this.head < this.list.length && this.list[this.head] === null) this.head++;
    if (this.head < mostLeft) return;
    this.list = this.list.slice(this.head);
    this.head = 0;
  }
}
