/** What a study found, in words; each sentence by the rule at its function. */

import { leastGain } from '../study/cores-study.ts';
import type {
  CoreCurve,
  CoresStudy,
  InstancesCurve,
  InstancesPoint,
  InstancesStudy,
  SiblingGain,
} from '../study/index.ts';
import { formatMs, formatPlural, formatRatio, joinWords } from './format.ts';
import { atPlace, isApart, rangeWords, ratioWords, sizeWords } from './study-words.ts';

/** A sentence for each curve, then what hardware threads change. */
export function studyFindings(study: CoresStudy | InstancesStudy): string[] {
  switch (study.study) {
    case 'cores': {
      const physical = study.curves.filter(({ hardwareThreads }) => !hardwareThreads);
      return [
        ...physical.map((curve) => coresFinding(curve, study.curves)),
        ...siblingFindings(study),
        ...(study.hardwareThreads === 'none' ? [noSiblings] : []),
      ];
    }
    case 'instances':
      return study.curves.map((curve) => instancesFinding(curve, study));
  }
}

const noSiblings =
  'This machine has no hardware threads to compare: no core here has a second one that may be used.';

/** The most cores against the fewest; from where on a doubling gains less than `leastGain`; where fewer are faster, those. */
export function coresFinding(curve: CoreCurve, all: readonly CoreCurve[]): string {
  const { points, stopsAt, fastest } = curve;
  const first = points[0]!;
  const last = points.at(-1)!;
  const place = atPlace(curve, all);
  if (last === first)
    return `${formatPlural(first.cores, 'core')} ${first.cores === 1 ? 'takes' : 'take'} ${formatMs(first.latencyMs.value)}${place}.`;
  const many = formatPlural(last.cores, 'core');
  const gain = isApart(last.speedUp)
    ? `${many} are ${formatRatio(last.speedUp.ratio)} times as fast as ${first.cores}${place} ${rangeWords(last.speedUp)}`
    : `${many} are no faster than ${first.cores}${place}: ${ratioWords(last.speedUp)} times`;
  const most = points.find(({ cores }) => cores === fastest)!;
  const peak =
    fastest === last.cores || fastest === first.cores
      ? ''
      : `; ${formatPlural(fastest, 'core')} are the fastest, ${formatRatio(most.speedUp.ratio)} times`;
  return `${gain}; ${stopWords(stopsAt, first.cores, last.cores)}${peak}.`;
}

function stopWords(stopsAt: number, first: number, last: number): string {
  if (stopsAt === last) return `the last doubling still gives ${leastGain}× or more`;
  if (stopsAt === first) return `no doubling of the cores gives ${leastGain}×`;
  return `beyond ${formatPlural(stopsAt, 'core')} each doubling gives less than ${leastGain}×`;
}

/** For each size and batch, what hardware threads change on the most cores that were measured with both. */
function siblingFindings(study: CoresStudy): string[] {
  const bySeries = Map.groupBy(study.siblings, ({ dims, batch }) => JSON.stringify([dims, batch]));
  return [...bySeries.values()].map((gains) => siblingFinding(gains.at(-1)!, study));
}

/** One point with hardware threads against the same cores without. */
export function siblingFinding(one: SiblingGain, { curves }: CoresStudy): string {
  const cores = formatPlural(one.cores, 'core');
  const place = atPlace(one, curves);
  const range = rangeWords(one.gain);
  if (!isApart(one.gain)) return `Hardware threads change nothing on ${cores}${place} ${range}.`;
  return `With their hardware threads ${cores} are ${formatRatio(one.gain.ratio)} times as fast as without${place} ${range}.`;
}

/** The best number of instances against the fewest, or these against the most; and which others are as good. */
export function instancesFinding(curve: InstancesCurve, study: InstancesStudy): string {
  const { points, best, asGood } = curve;
  const first = points[0]!;
  const last = points.at(-1)!;
  const place = placeWords(curve, study);
  if (last === first)
    return `${instancesWords(first)} ${first.instances === 1 ? 'takes' : 'take'} ${formatMs(first.latencyMs.value)}${place}.`;
  const most = points.find(({ instances }) => instances === best)!;
  const others =
    asGood.length === 0
      ? ''
      : `; ${joinWords(asGood.map(String))} ${asGood.length === 1 ? 'is' : 'are'} as good within the intervals`;
  const measure = study.per === 'set' ? 'as fast' : 'as many items per second';
  const verb = study.per === 'set' ? verbOf : doOf;
  if (most === first) {
    const other = asGood.includes(last.instances)
      ? ''
      : `; ${last.instances} ${verb(last)} ${formatRatio(last.speedUp.ratio)} times ${measure} ${rangeWords(last.speedUp)}`;
    return `${instancesWords(first)} ${verbOf(first)} not beaten${place}${other}${others}.`;
  }
  const gain = `${instancesWords(most)} ${verb(most)} ${formatRatio(most.speedUp.ratio)} times ${measure} as ${first.instances}${place} ${rangeWords(most.speedUp)}`;
  if (study.per === 'set') return `${gain}${others}.`;
  const longer = formatRatio(most.latencyMs.value / first.latencyMs.value);
  return `${gain}; a batch takes ${longer} times as long${others}.`;
}

const instancesWords = ({ instances }: InstancesPoint): string => formatPlural(instances, 'instance');
const verbOf = ({ instances }: InstancesPoint): string => (instances === 1 ? 'is' : 'are');
const doOf = ({ instances }: InstancesPoint): string => (instances === 1 ? 'does' : 'do');

function placeWords({ dims, batch }: InstancesCurve, { per }: InstancesStudy): string {
  const size = sizeWords(dims);
  const items =
    per === 'set' ? ` for ${formatPlural(batch, 'item')}` : ` at ${formatPlural(batch, 'item')} each`;
  return `${items}${size === '' ? '' : `${per === 'set' ? ' at' : ','} ${size}`}`;
}

/** The title of a page: over all curves, where scaling stops, or how many instances are best. */
export function studyHeadline(model: string, study: CoresStudy | InstancesStudy): string {
  if (study.curves.length === 0) return `No point of ${model} was measured`;
  return study.study === 'cores' ? coresHeadline(model, study.curves) : instancesHeadline(model, study);
}

function coresHeadline(model: string, curves: readonly CoreCurve[]): string {
  const physical = curves.filter(({ hardwareThreads }) => !hardwareThreads);
  const lines = physical.length > 0 ? physical : curves;
  const most = Math.max(...lines.map(({ points }) => points.at(-1)!.cores));
  const stops = lines.map(({ stopsAt }) => stopsAt);
  const [low, high] = [Math.min(...stops), Math.max(...stops)];
  if (lines.every(({ points }) => points.length === 1)) return `${model} on ${formatPlural(most, 'core')}`;
  if (low === most) return `${model} scales to all ${most} cores`;
  if (high === 1) return `More cores do not make ${model} faster`;
  if (low === high) return `${model} stops scaling at ${formatPlural(low, 'core')}`;
  return `${model} stops scaling at ${low} to ${high} cores, depending on length and batch`;
}

function instancesHeadline(model: string, { curves, per }: InstancesStudy): string {
  const bests = curves.map(({ best }) => best);
  const [low, high] = [Math.min(...bests), Math.max(...bests)];
  const many = low === high ? formatPlural(low, 'instance') : `${low} to ${high} instances`;
  const place = low === high ? '' : ', depending on length and batch';
  if (per === 'set') return `${many} of ${model} ${high === 1 ? 'is' : 'are'} fastest${place}`;
  return `${many} of ${model} ${high === 1 ? 'does' : 'do'} most items per second${place}`;
}
