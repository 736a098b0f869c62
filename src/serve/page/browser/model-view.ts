import type { ModelState, StateDocument } from '../state-types.ts';
import { drawBars, drawLines } from './charts.ts';
import { byId, type El, make, say } from './dom.ts';
import { showMs, showNumber, showPlural, showShare } from './format.ts';
import { setWords } from './words.ts';

/** Tiles and charts of a model. */
export function showModel(state: StateDocument, model: ModelState, seconds: number): void {
  showTiles(state, model);
  showRate(model, seconds);
  showLatency(model, seconds);
  showQueue(model, seconds);
  showBatches(model);
}

/** The four figures that are looked at first. */
export function showTiles({ cpus }: StateDocument, { recent, waiting, requests, refused }: ModelState): void {
  const busy = cpus.reduce((sum, cpu) => sum + (cpu.busy ?? 0), 0);
  const [p99, unit] = showMs(recent?.p99Ms ?? null).split(' ');
  byId('tiles').replaceChildren(
    tile(
      'Requests',
      showNumber(recent?.requestsPerSecond ?? 0),
      '/s',
      `${showNumber(recent?.itemsPerSecond ?? 0)} items/s; ${showPlural(requests, 'request')} in all`,
    ),
    tile(
      'Latency, p99',
      p99 ?? '–',
      unit ?? '',
      `p50 ${showMs(recent?.p50Ms ?? null)}, p95 ${showMs(recent?.p95Ms ?? null)}`,
    ),
    tile(
      'Waiting',
      showNumber(waiting),
      waiting === 1 ? 'item' : 'items',
      `p99 ${showMs(recent?.queueP99Ms ?? null)} in the queue; ${refused.toLocaleString('en-US')} refused`,
    ),
    tile(
      'Cores busy',
      showNumber(busy),
      `of ${cpus.length}`,
      `${showShare(cpus.length === 0 ? null : busy / cpus.length)} of all, whoever keeps them busy`,
    ),
  );
}

/** A figure with its unit, and a line below. */
export function tile(name: string, figure: string, unit: string, below: string): El {
  return make(
    'li',
    {},
    make('h2', {}, name),
    make('b', {}, figure, make('small', {}, unit)),
    make('p', {}, below),
  );
}

/** Requests and items per second. */
export function showRate({ curves, recent }: ModelState, seconds: number): void {
  const most = Math.max(0, ...curves.items.slice(-seconds).map((value) => value ?? 0));
  const title =
    most === 0
      ? 'Nothing was asked'
      : `${showNumber(recent?.itemsPerSecond ?? 0)} items/s, ${showNumber(most)} at most`;
  say('rate-title', title);
  const batched = curves.items.some((value, index) => value !== curves.requests[index]);
  drawLines(byId('rate'), {
    ...{ seconds, logarithmic: false, label: title },
    curves: [
      { name: 'items', colour: 'var(--plan)', values: curves.items },
      ...(batched
        ? [{ name: 'requests', colour: 'var(--default)', values: curves.requests, dash: '5 4' }]
        : []),
    ],
  });
}

/** Percentiles of each second. */
export function showLatency({ curves, recent, changes }: ModelState, seconds: number): void {
  const known = recent !== null && recent.p99Ms !== null && Number.isFinite(recent.p99Ms);
  const title = known
    ? `Half within ${showMs(recent.p50Ms)}, 99 % within ${showMs(recent.p99Ms)}`
    : 'No latency to show';
  say('latency-title', title);
  drawLines(byId('latency'), {
    ...{ seconds, logarithmic: true, label: title },
    marks: changes
      .filter(({ state }) => state === 'done')
      .map(({ secondsAgo, durationMs, to }) => ({
        secondsAgo: secondsAgo - (durationMs ?? 0) / 1000,
        text: setWords(to),
      })),
    curves: [
      { name: 'p99', colour: 'var(--b9)', values: curves.p99Ms },
      { name: 'p95', colour: 'var(--b4)', values: curves.p95Ms },
      { name: 'p50', colour: 'var(--b0)', values: curves.p50Ms },
    ],
  });
}

/** What waits, and what failed. */
export function showQueue({ curves, waiting }: ModelState, seconds: number): void {
  const most = Math.max(waiting, ...curves.waiting.slice(-seconds).map((value) => value ?? 0));
  const title =
    most === 0
      ? 'Nothing waits'
      : `${showPlural(waiting, 'item')} ${waiting === 1 ? 'waits' : 'wait'}, ${showNumber(most)} at most`;
  say('waiting-title', title);
  drawLines(byId('waiting'), {
    ...{ seconds, logarithmic: false, label: title },
    curves: [
      { name: 'waiting', colour: 'var(--plan)', values: curves.waiting },
      { name: 'failed', colour: 'var(--fat)', values: curves.failed, dash: '5 4' },
    ],
  });
}

/** Sizes of batches: of the last seconds, or since the start while nothing runs. */
export function showBatches({ recent, batches }: ModelState): void {
  const now = recent?.batches ?? [];
  const shown = now.length > 0 ? now : batches;
  const total = shown.reduce((sum, { count }) => sum + count, 0);
  const items = shown.reduce((sum, batch) => sum + batch.items * batch.count, 0);
  const took = new Map(batches.map((batch) => [batch.items, batch.inferMs]));
  const title =
    total === 0
      ? 'No batch was run'
      : `${showNumber(items / total)} ${items === total ? 'item' : 'items'} a batch`;
  say('batches-title', title);
  say(
    'batches-sub',
    `Share of batches by their items, ${now.length > 0 ? 'last ten seconds' : 'since the model was loaded'}; mean time of a run`,
  );
  drawBars(
    byId('batches'),
    binned(shown).map(({ name, count, largest }) => ({
      name,
      share: total === 0 ? 0 : count / total,
      note: `${showShare(count / total)}${took.has(largest) ? `, ${showMs(took.get(largest)!)}` : ''}`,
    })),
    title,
  );
}

/** At most sixteen rows: sizes that are more lie together in powers of two. */
export function binned(
  sizes: readonly { readonly items: number; readonly count: number }[],
): { name: string; count: number; largest: number }[] {
  if (sizes.length <= 16)
    return sizes.map(({ items, count }) => ({ name: showPlural(items, 'item'), count, largest: items }));
  const bins = new Map<number, { name: string; count: number; largest: number }>();
  for (const { items, count } of sizes) {
    const bin = Math.ceil(Math.log2(items));
    const from = bin === 0 ? 1 : 2 ** (bin - 1) + 1;
    const known = bins.get(bin) ?? {
      name: from === 2 ** bin ? `${from}` : `${from}–${2 ** bin}`,
      count: 0,
      largest: -1,
    };
    bins.set(bin, { ...known, count: known.count + count });
  }
  return [...bins.values()];
}
