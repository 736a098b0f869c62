import type { ChangeState, InstanceState, ModelState, StateDocument } from '../state-types.ts';
import { byId, type El, make, say } from './dom.ts';
import { showBytes, showCpus, showDuration, showMs, showPlural, showShare } from './format.ts';
import { failureWords, followWords, setWords } from './words.ts';

/** The instances of a model, and what went wrong with its requests. */
export function showTables(state: StateDocument, model: ModelState): void {
  const { instances, standingBy, failures, requests } = model;
  const restarts = instances.reduce((sum, instance) => sum + instance.restarts, 0);
  say(
    'instances-title',
    `${showPlural(instances.length, 'instance')} of ${model.name}${standingBy.length === 0 ? '' : `, ${standingBy.length} more standing by`}${restarts === 0 ? ', none restarted' : `, ${showPlural(restarts, 'restart')}`}`,
  );
  byId('instances').replaceChildren(
    ...instances.map((instance) => instanceRow(instance, instance.state)),
    ...standingBy.map((instance) => instanceRow(instance, 'standing by')),
  );
  showChanges(model);
  const failed = failures.reduce((sum, { count }) => sum + count, 0);
  say(
    'failures-title',
    failed === 0
      ? 'No request failed'
      : `${failed.toLocaleString('en-US')} of ${showPlural(failed + requests, 'request')} failed`,
  );
  byId('failures').replaceChildren(
    ...failures.map(({ code, count }) => pair(failureWords(code), count.toLocaleString('en-US'))),
    pair('refused at the door', model.refused.toLocaleString('en-US')),
    pair('deadlines missed', model.deadlineMisses.toLocaleString('en-US')),
  );
  showServer(state);
}

/** The set over time; hidden where it never changed and follows nothing. */
export function showChanges(model: ModelState): void {
  const { changes, follower, plan } = model;
  byId('changes-part').hidden = changes.length === 0 && follower === null;
  const done = changes.filter(({ state }) => state === 'done');
  say(
    'changes-title',
    done.length === 0
      ? `${setWords(plan.groups)} since the start`
      : `${setWords(plan.groups)} for ${showDuration(Math.round(done[0]!.secondsAgo))}, ${showPlural(done.length, 'change')} shown`,
  );
  say('changes-sub', followWords(model));
  byId('changes').replaceChildren(...changes.slice(0, 12).map(changeRow));
}

/** A change as a row. */
export function changeRow(change: ChangeState): El {
  const { secondsAgo, to, state, way, durationMs, reason, error } = change;
  const states = { loading: 'loading', done: 'done', failed: 'failed', overtaken: 'overtaken' };
  const ways = { standby: 'stood by', beside: 'side by side', 'in-turn': 'in turn', batches: 'none started' };
  return make(
    'tr',
    {},
    make('td', { class: 'n' }, `${showDuration(Math.round(secondsAgo))} ago`),
    make('td', {}, setWords(to)),
    make('td', state === 'failed' ? { class: 'bad' } : {}, states[state]),
    make('td', {}, ways[way]),
    make('td', { class: 'n' }, durationMs === null ? '–' : showMs(durationMs)),
    make('td', {}, ...effectWords(change)),
    make('td', { class: 'w' }, error ?? reason),
  );
}

/** What requests saw of a change, and what was expected. */
export function effectWords({ effect, predicted }: ChangeState): (El | string)[] {
  const before = effect?.before?.p99Ms ?? null;
  const after = effect?.after?.p99Ms ?? null;
  const seen = before === null && after === null ? '–' : `${showMs(before)}, ${showMs(after)}`;
  if (predicted === null) return [seen];
  const expected = `expected ${showMs(predicted.beforeP99Ms)}, ${showMs(predicted.afterP99Ms)}`;
  return [seen, make('br', {}), make('small', {}, expected)];
}

/** An instance as a row. */
export function instanceRow(instance: InstanceState, state: string): El {
  const { index, cpus, pid, batches, items, restarts, rssBytes, pssBytes, lastFailure } = instance;
  const away = state === 'lost' || state === 'starting';
  const number = (text: string): El => make('td', { class: 'n' }, text);
  return make(
    'tr',
    {},
    make('td', {}, `#${index}`),
    make('td', away ? { class: 'bad' } : {}, state),
    make('td', {}, showCpus(cpus)),
    number(pid === null ? '–' : String(pid)),
    number(batches.toLocaleString('en-US')),
    number(items.toLocaleString('en-US')),
    number(String(restarts)),
    number(showBytes(rssBytes)),
    number(showBytes(pssBytes)),
    make('td', { class: 'w' }, lastFailure ?? make('small', {}, 'none')),
  );
}

/** The server process. */
export function showServer({ server }: StateDocument): void {
  const { memory, eventLoop, connections, answers } = server;
  byId('server').replaceChildren(
    pair('up', showDuration(server.upSeconds)),
    pair('memory, without arenas', showBytes(memory.ownBytes)),
    pair('memory of arenas', showBytes(memory.arenaBytes)),
    pair('its thread is busy', showShare(eventLoop.busy)),
    pair('timers late, p99', showMs(eventLoop.p99Ms)),
    ...connections.map(({ port, open, total }) =>
      pair(`connections to ${port}`, `${open} open, ${total.toLocaleString('en-US')} in all`),
    ),
    ...answers.map(({ protocol, status, count }) =>
      pair(`${protocol} ${status}`, count.toLocaleString('en-US')),
    ),
  );
}

/** A term and what there is to say of it. */
export function pair(term: string, text: string): El {
  return make('div', {}, make('dt', {}, term), make('dd', {}, text));
}
