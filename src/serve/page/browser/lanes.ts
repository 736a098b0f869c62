import type { InstanceState, ModelState, StateDocument } from '../state-types.ts';
import { drawLane } from './charts.ts';
import { byId, type El, make, say } from './dom.ts';
import { showNumber, showPlural, showShare } from './format.ts';

/** A lane for each CPU: how busy it is, and which instances run there. */
export function showLanes({ cpus, models }: StateDocument, seconds: number): void {
  const known = cpus.flatMap(({ busy }) => (busy === null ? [] : [busy]));
  const sum = known.reduce((total, busy) => total + busy, 0);
  say(
    'lanes-title',
    known.length === 0
      ? showPlural(cpus.length, 'core')
      : `${showNumber(sum)} of ${showPlural(cpus.length, 'core')} busy`,
  );
  const many = cpus.length > 16;
  byId('lanes').className = many ? 'lanes many' : 'lanes';
  const lanes = cpus.map(({ cpu, busy }) => {
    const here = placed(models).filter(({ instance }) => instance.cpus?.includes(cpu) === true);
    return lane(`CPU ${cpu}`, busy, { here, seconds, many });
  });
  const loose = placed(models).filter(({ instance }) => instance.cpus === null);
  if (loose.length > 0) lanes.push(lane('any CPU', null, { here: loose, seconds, many }));
  byId('lanes').replaceChildren(...lanes);
}

interface Placed {
  readonly model: ModelState;
  readonly instance: InstanceState;
}

/** All instances with their models. */
export function placed(models: readonly ModelState[]): Placed[] {
  return models.flatMap((model) => model.instances.map((instance) => ({ model, instance })));
}

/** One CPU. Several instances on it lie below each other. */
export function lane(
  name: string,
  busy: number | null,
  {
    here,
    seconds,
    many,
  }: { readonly here: readonly Placed[]; readonly seconds: number; readonly many: boolean },
): El {
  const meter = make('div', { class: 'meter' }, make('i', {}), make('span', {}, showShare(busy)));
  meter.style.setProperty('--share', showShare(busy ?? 0).replace(' ', ''));
  const height = many ? 14 : 26;
  const strips = here.map(({ instance }) => drawLane(instance.busy, seconds, height));
  const who =
    here.length === 0 ? [make('small', {}, 'no instance here')] : here.map((one) => instanceWords(one));
  return make(
    'li',
    { class: 'lane' },
    make('b', {}, name),
    meter,
    make('div', {}, ...strips),
    make('div', { class: 'who' }, ...who),
  );
}

/** Who it is, and what it does now. */
export function instanceWords({ model, instance }: Placed): El {
  const { index, state, running, threads } = instance;
  const doing = state === 'busy' ? `runs ${showPlural(running, 'item')}` : state;
  const away = state === 'lost' || state === 'starting';
  return make(
    'div',
    {},
    `${model.name} #${index} `,
    away
      ? make('span', { class: 'bad' }, doing)
      : make('small', {}, `${threads > 0 ? `${showPlural(threads, 'thread')}, ` : ''}${doing}`),
  );
}
