import type { CurveName } from '../../metrics/model-track.ts';
import type { InstanceState, ModelState, StateDocument } from '../state-types.ts';
import { byId, isHidden, make, onVisibility, say, sayTitle } from './dom.ts';
import { startForm } from './form.ts';
import { showDuration, showPlural } from './format.ts';
import { showLanes } from './lanes.ts';
import { showModel } from './model-view.ts';
import { showTables } from './tables.ts';
import { showTimeline } from './timeline.ts';
import { headline, planWords } from './words.ts';

/** Asks for the state once a second while somebody looks, and shows it. */
export function startPage(): void {
  let state: StateDocument | null = null;
  let chosen = '';
  let seconds = 120;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  const nameOf = ({ name, version }: ModelState): string => `${name} ${version}`;
  const model = (): ModelState | undefined =>
    state?.models.find((one) => nameOf(one) === chosen) ?? state?.models[0];
  const refill = startForm(model);
  let filled = '';

  const show = (): void => {
    const one = model();
    if (state === null) return;
    showChoices(
      'models',
      state.models.length < 2
        ? []
        : state.models.map((each) => ({
            name:
              state!.models.filter(({ name }) => name === each.name).length > 1 ? nameOf(each) : each.name,
            pressed: each === one,
            choose: () => choose(nameOf(each)),
          })),
    );
    showHead(state, one);
    showLanes(state, seconds);
    if (one === undefined) return;
    if (filled !== nameOf(one)) {
      filled = nameOf(one);
      refill();
    }
    showModel(state, one, seconds);
    showTables(state, one);
    if (one.changes.length > 0 || one.follower !== null) showTimeline(state, one, seconds);
  };
  const choose = (name: string): void => {
    chosen = name;
    show();
  };
  const span = (length: number): void => {
    seconds = length;
    showChoices(
      'spans',
      [60, 120, 300, 600].map((each) => ({
        name: `${each / 60} min`,
        pressed: each === seconds,
        choose: () => span(each),
      })),
    );
    show();
  };
  const ask = async (): Promise<void> => {
    clearTimeout(timer);
    if (isHidden()) return;
    try {
      const response = await fetch(
        state === null ? 'page/state.json' : `page/state.json?after=${state.tick}`,
        { signal: AbortSignal.timeout(5000) },
      );
      if (!response.ok) throw new Error(`${response.status}`);
      state = joined(state, (await response.json()) as StateDocument);
      failures = 0;
      say('live', 'live');
      byId('live').className = '';
      show();
    } catch {
      failures++;
      say('live', 'no answer, trying again');
      byId('live').className = 'lost';
      if (failures > 2) say('headline', 'The server does not answer');
    }
    clearTimeout(timer);
    timer = setTimeout(() => void ask(), Math.min(10_000, 1000 * 2 ** Math.max(0, failures - 1)));
  };
  onVisibility(() => void ask());
  span(seconds);
  void ask();
}

interface Choice {
  readonly name: string;
  readonly pressed: boolean;
  readonly choose: () => void;
}

/** Buttons of which one is pressed. They are made anew only where there are others, or they would lose the focus. */
export function showChoices(id: string, choices: readonly Choice[]): void {
  const host = byId(id);
  const buttons = [...host.children];
  const same =
    buttons.length === choices.length && buttons.every((one, at) => one.textContent === choices[at]!.name);
  const shown = same ? buttons : choices.map(({ name }) => make('button', { type: 'button' }, name));
  for (const [at, { pressed, choose }] of choices.entries()) {
    shown[at]!.setAttribute('aria-pressed', String(pressed));
    if (!same) shown[at]!.addEventListener('click', choose);
  }
  if (!same) host.replaceChildren(...shown);
}

/** What is said at the top. */
export function showHead(state: StateDocument, model: ModelState | undefined): void {
  const { server, cpus, models } = state;
  const where = byId('where');
  where.replaceChildren(
    make('b', {}, 'thinfer'),
    ` ${server.version} · ${showPlural(models.length, 'model')} on ${server.cpuModel}, ${showPlural(cpus.length, 'core')} · up ${showDuration(server.upSeconds)}`,
  );
  const words = headline(state, model);
  say('headline', words);
  say('lede', model === undefined ? '' : planWords(model));
  sayTitle(`${words} · thinfer`);
}

/** A document with the curves of those before it: after the first one only their ends are sent. */
export function joined(before: StateDocument | null, now: StateDocument): StateDocument {
  const added = before === null ? Number.POSITIVE_INFINITY : now.tick - before.tick;
  if (before === null || added < 0 || added > 15) return now;
  type Values = readonly (number | null)[];
  const join = (old: Values | undefined, fresh: Values): Values => {
    const ends = added === 0 ? [] : fresh.slice(-added);
    return old === undefined ? fresh : [...old, ...ends].slice(-600);
  };
  const models = now.models.map((model) => {
    const known = before.models.find(({ name, version }) => name === model.name && version === model.version);
    const curves = Object.fromEntries(
      (Object.keys(model.curves) as CurveName[]).map((name) => [
        name,
        join(known?.curves[name], model.curves[name]),
      ]),
    ) as ModelState['curves'];
    const instances = model.instances.map((instance): InstanceState => {
      const old = known?.instances.find(({ index }) => index === instance.index);
      return { ...instance, busy: join(old?.busy, instance.busy) };
    });
    return { ...model, curves, instances };
  });
  return { ...now, models };
}
