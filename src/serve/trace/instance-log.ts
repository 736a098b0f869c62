import type { Logger } from 'pino';
import type { ModelEvent } from '../core/start-model.ts';

/** A batch that is refused costs a line, and clients can send what is refused: lines in a second at the most. */
const mostRefusals = 10;

/** Logs what happens to instances, with the ids of the requests that it happened to. */
export function instanceLog(log: Logger): (event: ModelEvent) => void {
  const mayTell = limiter(mostRefusals, 1000);
  return ({ type, message, ...who }) => {
    if (type === 'drift' || type === 'unpadded')
      log.warn({ ...who, index: undefined, pid: undefined }, message);
    else if (type === 'started') log.debug(who, `instance ${type}: ${message}`);
    else if (type !== 'refused') log.warn(who, `instance ${type}: ${message}`);
    else {
      const left = mayTell();
      if (left !== null)
        log.warn(
          { ...who, ...(left === 0 ? {} : { leftOut: left }) },
          `batch refused: ${message.slice(0, 500)}`,
        );
    }
  };
}

/** Gives null where the limit is reached, and otherwise how many were left out since the last time. */
function limiter(most: number, perMs: number): () => number | null {
  let fromMs = Number.NEGATIVE_INFINITY;
  let told = 0;
  let leftOut = 0;
  return () => {
    const nowMs = performance.now();
    if (nowMs - fromMs > perMs) {
      fromMs = nowMs;
      told = 0;
    }
    told++;
    if (told > most) {
      leftOut++;
      return null;
    }
    const left = leftOut;
    leftOut = 0;
    return left;
  };
}
