import { nextBelow, nextExponential, shuffle } from './cpp-random.ts';
import { MersenneTwister } from './mersenne-twister.ts';
import type { EffectiveSettings, MlperfSettings, SampleLibrary } from './settings.ts';

/** Every query of a run, fixed before the first is sent. */
export interface GeneratedQueries {
  /** When each is due, in ns from the start; only the Server scenario sends by it. */
  readonly dueNs: Float64Array;
  readonly samplesPerQuery: number;
  /** Of all queries one after the other: numbers of samples in the library. */
  readonly samples: Uint32Array;
  /** When the query after the last would be due, in ns. */
  readonly durationNs: number;
}

/** The samples of a run: those that a query may hold. */
export interface SampleSet {
  /** Numbers in the library. In MultiStream the first ones stand again at the end, so that a query may begin anywhere. */
  readonly samples: Uint32Array;
  /** Those without that padding. */
  readonly size: number;
}

/** The performance set, chosen by LoadGen's seed: the first of the parts that the shuffled library is cut into. */
export function performanceSet(
  { qslRngSeed }: MlperfSettings,
  { scenario, performanceSampleCount, samplesPerQuery }: EffectiveSettings,
  { totalCount }: SampleLibrary,
): SampleSet {
  const all = Uint32Array.from({ length: Math.min(performanceSampleCount, totalCount) }, (_, index) => index);
  shuffle(all, new MersenneTwister(qslRngSeed));
  const padding = scenario === 'MultiStream' ? samplesPerQuery - 1 : 0;
  const samples = Uint32Array.from({ length: all.length + padding }, (_, index) => all[index % all.length]!);
  return { samples, size: all.length };
}

/**
 * Queries as LoadGen 6.0 generates them from the same settings and seeds, to the nanosecond and the sample. Twice as long as the least
 * duration should take, because the server may be faster than was thought; in the Server scenario once.
 *
 * @param most Beyond so many samples it gives up and gives null.
 */
export function generateQueries(
  asked: MlperfSettings,
  settings: EffectiveSettings,
  set: SampleSet,
  most: number,
): GeneratedQueries | null {
  const { scenario, targetDurationMs } = settings;
  const samplesPerQuery = paddedSamplesPerQuery(asked, settings, set);
  if (samplesPerQuery > most) return null;
  const spanNs = asked.performanceIssueUnique ? 0 : targetDurationMs * 1e6 * (scenario === 'Server' ? 1 : 2);
  const step = stepOf(asked.scheduleRngSeed, settings);
  const picker = new SamplePicker(asked, settings, set);
  const dueNs: number[] = [];
  const samples = new SampleList(most);
  let least = picker.leastQueries;
  let atNs = 0;
  for (let beforeNs = 0; beforeNs < spanNs || dueNs.length < least; ) {
    if (samples.length + samplesPerQuery > most) return null;
    picker.pick(samples, samplesPerQuery);
    dueNs.push(atNs);
    beforeNs = atNs;
    atNs += step();
    // Whole permutations are sent: another one where the time is not over.
    if (
      asked.sampleConcatenatePermutation &&
      scenario !== 'Offline' &&
      dueNs.length >= least &&
      beforeNs < spanNs
    )
      least += set.samples.length;
  }
  return { dueNs: Float64Array.from(dueNs), samplesPerQuery, samples: samples.values(), durationNs: atNs };
}

/** Ns from a query to the next; fractions are cut off, as by C++'s `duration_cast`. */
function stepOf(seed: bigint, { scenario, targetQps }: EffectiveSettings): () => number {
  if (scenario !== 'Server') return () => Math.trunc((1 / targetQps) * 1e9);
  const random = new MersenneTwister(seed);
  return () => Math.trunc(nextExponential(random, targetQps) * 1e9);
}

function paddedSamplesPerQuery(
  { sampleConcatenatePermutation }: MlperfSettings,
  { scenario, samplesPerQuery }: EffectiveSettings,
  { samples }: SampleSet,
): number {
  const isPadded = sampleConcatenatePermutation && scenario === 'Offline';
  return isPadded ? filledUp(samplesPerQuery, samples.length) : samplesPerQuery;
}

const filledUp = (count: number, unit: number): number => Math.ceil(count / unit) * unit;

/** Chooses samples; all its draws come from one generator, in LoadGen's order, also those that are not used in the end. */
class SamplePicker {
  /** Queries without regard of time. */
  readonly leastQueries: number;
  private readonly asked: MlperfSettings;
  private readonly settings: EffectiveSettings;
  private readonly set: SampleSet;
  private readonly random: MersenneTwister;
  private readonly unique: Uint32Array;
  private readonly permutations: Uint32Array;
  private next = 0;

  constructor(asked: MlperfSettings, settings: EffectiveSettings, set: SampleSet) {
    const { scenario, samplesPerQuery, minQueryCount } = settings;
    const size = set.samples.length;
    const least = asked.performanceIssueUnique ? Math.floor(size / samplesPerQuery) : minQueryCount;
    const stride = scenario === 'MultiStream' ? samplesPerQuery : 1;
    this.asked = asked;
    this.settings = settings;
    this.set = set;
    this.random = new MersenneTwister(asked.sampleIndexRngSeed);
    this.unique = Uint32Array.from({ length: Math.ceil(set.size / stride) }, (_, index) => index * stride);
    shuffle(this.unique, this.random);
    this.permutations = permutationsOf(least, size, this.random, asked.sampleConcatenatePermutation);
    const isPadded = asked.sampleConcatenatePermutation && scenario !== 'Offline';
    this.leastQueries = isPadded ? filledUp(least, size) : least;
  }

  /** Adds the samples of the next query. */
  pick(list: SampleList, count: number): void {
    const { samples } = this.set;
    if (this.settings.scenario === 'Offline') {
      this.pickAll(list, count);
      return;
    }
    const from = this.place();
    for (let index = 0; index < count; index++) list.add(samples[from + index]!);
  }

  /** A place in the set. */
  private place(): number {
    const { performanceIssueUnique, performanceIssueSame, performanceIssueSameIndex } = this.asked;
    if (performanceIssueUnique) return this.unique[this.next++]!;
    if (performanceIssueSame) return performanceIssueSameIndex;
    const isPermuted = this.asked.sampleConcatenatePermutation && this.settings.scenario !== 'MultiStream';
    if (isPermuted) return this.permutations[this.next++ % this.permutations.length]!;
    return nextBelow(this.random, this.set.size);
  }

  /** The whole set again and again, and a part of it at the end. */
  private pickAll(list: SampleList, count: number): void {
    const { performanceIssueSame, performanceIssueSameIndex, sampleConcatenatePermutation } = this.asked;
    const { samples } = this.set;
    for (let left = count; left > 0; left -= samples.length) {
      const part = samples.slice(0, left);
      if (performanceIssueSame) part.fill(samples[performanceIssueSameIndex]!);
      else if (sampleConcatenatePermutation && left >= samples.length) shuffle(part, this.random);
      for (const sample of part) list.add(sample);
    }
  }
}

/** Shuffles the places of the set again and again. LoadGen draws also where it does not use them; then they are not kept. */
function permutationsOf(count: number, size: number, random: MersenneTwister, kept: boolean): Uint32Array {
  const places = Uint32Array.from({ length: size }, (_, index) => index);
  const rounds = Math.ceil(count / size);
  const all = new Uint32Array(kept ? rounds * size : 0);
  for (let round = 0; round < rounds; round++) {
    shuffle(places, random);
    if (kept) all.set(places, round * size);
  }
  return all;
}

/** A growing list of small numbers. */
class SampleList {
  length = 0;
  private list: Uint32Array;
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
    this.list = new Uint32Array(Math.min(most, 4096));
  }

  add(sample: number): void {
    if (this.length === this.list.length) {
      const larger = new Uint32Array(Math.min(this.most, 2 * this.length));
      larger.set(this.list);
      this.list = larger;
    }
    this.list[this.length++] = sample;
  }

  values(): Uint32Array {
    return this.list.slice(0, this.length);
  }
}
