import type { ModelState, StateDocument } from '../state-types.ts';
import { showMs, showNumber, showPlural } from './format.ts';

/** What matters most now, in one sentence. */
export function headline(state: StateDocument, model: ModelState | undefined): string {
  const { server } = state;
  if (server.state !== 'ready')
    return server.state === 'draining' ? 'The server is shutting down' : 'The server is starting';
  const dead = state.models.find(({ ready }) => !ready);
  if (dead !== undefined) return `${dead.name} can’t answer: none of its instances lives`;
  for (const { name, instances } of state.models) {
    const gone = instances.filter(
      (instance) => instance.state === 'lost' || instance.state === 'starting',
    ).length;
    if (gone > 0)
      return `${gone} of ${showPlural(instances.length, 'instance')} of ${name} ${gone === 1 ? 'is' : 'are'} being restarted`;
  }
  if (model === undefined) return 'No model is served';
  const { recent } = model;
  const running = model.instances.some((instance) => instance.running > 0);
  if (recent === null || recent.requestsPerSecond === 0)
    return model.waiting === 0 && !running
      ? 'Ready, and nothing to do'
      : `${showPlural(model.waiting, 'item')} ${model.waiting === 1 ? 'waits' : 'wait'}, none was answered just now`;
  return `${showNumber(recent.itemsPerSecond)} items/s, 99 % of requests within ${showMs(recent.p99Ms)}`;
}

/** How a model is served, and why. */
export function planWords({ name, engine, plan }: ModelState): string {
  const groups = plan.groups.map(({ instances, threads, batch }) => {
    const each = threads > 0 ? showPlural(threads, 'thread') : 'the engine’s threads';
    return `${showPlural(instances, 'instance')} × ${each} × ${showPlural(batch, 'item')}`;
  });
  const sources = {
    ...{ given: 'given', 'in-force': 'in force', planned: 'planned', default: 'default' },
    adapted: 'changed while it served',
  };
  return `${name} runs as ${groups.join(' + ')}, ${plan.pinned ? 'pinned' : 'not pinned'}, on ${engine}. Configuration ${sources[plan.source]}: ${plan.why}.`.replace(
    /\.\.$/,
    '.',
  );
}

/** A set in short: `⟨2,1,4⟩`. */
export function setWords(groups: ModelState['plan']['groups']): string {
  return groups.map(({ instances, threads, batch }) => `⟨${instances},${threads},${batch}⟩`).join(' + ');
}

/** What is expected to come, and what follows from it. */
export function followWords({ follower, changes }: ModelState): string {
  const loading = changes[0]?.state === 'loading' ? ` ${setWords(changes[0].to)} is being loaded.` : '';
  if (follower === null) return `The set does not follow the load.${loading}`;
  const { strategy, estimate } = follower;
  if (strategy === 'packrat') return `The set follows the depth of the queue, as Packrat’s does.${loading}`;
  if (estimate === null || estimate.requestsPerSecond === 0)
    return `The set follows the load; none is expected.${loading}`;
  const { requestsPerSecond, itemsPerRequest, burstiness } = estimate;
  const items = itemsPerRequest === 1 ? '' : ` of ${showNumber(itemsPerRequest)} items`;
  return `The set follows the load; ${showNumber(requestsPerSecond)} requests/s${items} are expected, burstiness ${showNumber(burstiness)}.${loading}`;
}

/** What an error code means. */
export function failureWords(code: string): string {
  const words: Record<string, string> = {
    overloaded: 'queue full',
    late: 'deadline passed or out of reach',
    unavailable: 'no instance alive, or shutting down',
    interrupted: 'client left',
    'request-invalid': 'did not fit the model',
    'shape-invalid': 'did not fit the model',
    'too-large': 'too large',
    'engine-failed': 'engine failed',
    'instance-failed': 'instance failed',
    'out-of-memory': 'out of memory',
  };
  return words[code] ?? code;
}
