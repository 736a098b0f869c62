import { ThinferError } from '../../errors.ts';
import { Recorder } from '../recorder.ts';
import type { LoadRun } from '../run-load.ts';
import { type LoadSummary, summarise } from '../summary.ts';
import { judgeRun, type LoadVerdict } from '../verdict.ts';
import type { RunRecords } from './read-records.ts';
import type { RunFacts, RunHeader } from './run-header.ts';

/** One of the generators of a merged run, by its own requests and clock. */
export interface MergedPart {
  readonly file: string;
  readonly header: RunHeader;
  readonly summary: LoadSummary;
  readonly verdict: LoadVerdict;
}

/** The requests of several generators as one run, in the order in which they were due by the wall clock. */
export interface MergedRun {
  /** Its times are from the earliest `countedFrom`. */
  readonly run: LoadRun;
  readonly itemsOf: (payload: number) => number;
  readonly open: boolean;
  readonly facts: RunFacts;
  readonly parts: readonly MergedPart[];
}

/** Merges the records of one run's generators. Throws `usage` with every reason why they are not those of one run. */
export function mergeRuns(files: readonly RunRecords[]): MergedRun {
  const problems = mismatches(files);
  if (problems.length > 0)
    throw new ThinferError('usage', problems.join('\n'), {
      remedy: 'merge only the records of generators that drove one run together, each once',
    });
  const [first] = files as readonly [RunRecords, ...RunRecords[]];
  const open = first.header.loop === 'open';
  const fromMs = Math.min(...files.map(countedFromMs));
  const payloads = files.flatMap((file) => file.payloads);
  return {
    run: mergedRun(files, fromMs),
    itemsOf: (payload) => payloads[payload]!.items,
    open,
    facts: factsOf(files),
    parts: files.map((file) => partOf(file, open)),
  };
}

const countedFromMs = ({ header }: RunRecords): number => Date.parse(header.countedFrom);

/** Reasons why these are not one run, each with the files it is about. */
function mismatches(files: readonly RunRecords[]): string[] {
  const [first, ...others] = files as readonly [RunRecords, ...RunRecords[]];
  const shared = [
    ['model', ({ model }: RunHeader) => model],
    ['loop', ({ loop }: RunHeader) => `${loop} loop`],
    ['deadline', ({ deadlineMs }: RunHeader) => (deadlineMs === null ? 'none' : `${deadlineMs} ms`)],
  ] as const;
  const unlike = others.flatMap(({ file, header }) =>
    shared
      .filter(([, of]) => of(header) !== of(first.header))
      .map(
        ([name, of]) => `${file}: its ${name} is ${of(header)}, that of ${first.file} ${of(first.header)}`,
      ),
  );
  const owners = new Map<string, string>();
  const twice = files.flatMap(({ file, header }) =>
    header.ids.flatMap((id) => {
      const owner = owners.get(id);
      owners.set(id, owner ?? file);
      return owner === undefined ? [] : [`${file}: it holds requests that ${owner} holds already`];
    }),
  );
  return [...unlike, ...new Set(twice)];
}

/** All rows by due moment. Every file has its rows in the order of sending, so only their heads are compared. */
function mergedRun(files: readonly RunRecords[], fromMs: number): LoadRun {
  const count = files.reduce((sum, { recorder }) => sum + recorder.count, 0);
  const recorder = new Recorder(count);
  const heads = headsOf(files, fromMs);
  let endMs = 0;
  for (let taken = 0; taken < count; taken++) {
    let next = heads[0]!;
    for (const head of heads) if (head.dueMs < next.dueMs) next = head;
    const row = next.records.recorder.row(next.place);
    const index = recorder.begin(next.dueMs, row.sentMs + next.shiftMs, row.payload + next.firstPayload);
    if (!Number.isNaN(row.endMs)) {
      recorder.finish(index, row.endMs + next.shiftMs, row.outcome);
      endMs = Math.max(endMs, row.endMs + next.shiftMs);
    }
    advance(next);
  }
  for (const { recorder: own } of files) {
    recorder.retryAfter += own.retryAfter;
    for (const [key, kind] of own.kinds) {
      const known = recorder.kinds.get(key);
      if (known === undefined) recorder.kinds.set(key, { ...kind });
      else known.count += kind.count;
    }
  }
  const headers = files.map(({ header }) => header);
  return {
    recorder,
    startedAt: new Date(fromMs),
    countFromMs: 0,
    endMs,
    interrupted: headers.some(({ interrupted }) => interrupted),
    wrong: [],
    busyShare: Math.max(...headers.map(({ busyShare }) => busyShare)),
    eventLoopDelayP99Ms: Math.max(...headers.map((header) => header.eventLoopDelayP99Ms)),
    waitedForConnection: headers.reduce((sum, header) => sum + header.waitedForConnection, 0),
    isMerged: true,
  };
}

interface Head {
  readonly records: RunRecords;
  /** What brings its times onto the clock of the merged run. */
  readonly shiftMs: number;
  readonly firstPayload: number;
  place: number;
  /** Of the row at `place`, on the merged clock; infinite behind the last. */
  dueMs: number;
}

function headsOf(files: readonly RunRecords[], fromMs: number): Head[] {
  let firstPayload = 0;
  return files.map((records) => {
    const shiftMs = countedFromMs(records) - fromMs;
    const head: Head = { records, shiftMs, firstPayload, place: -1, dueMs: 0 };
    firstPayload += records.payloads.length;
    advance(head);
    return head;
  });
}

function advance(head: Head): void {
  head.place++;
  const { recorder } = head.records;
  head.dueMs =
    head.place < recorder.count ? recorder.row(head.place).dueMs + head.shiftMs : Number.POSITIVE_INFINITY;
}

/** Settings that differ are told of each. */
function factsOf(files: readonly RunRecords[]): RunFacts {
  const headers = files.map(({ header }) => header);
  const [{ loop, model, deadlineMs }] = headers as [RunHeader];
  const names = [...new Set(headers.flatMap(({ settings }) => Object.keys(settings)))];
  const together = (values: readonly string[]): string => [...new Set(values)].join(' / ');
  return {
    ids: headers.flatMap(({ ids }) => ids),
    loop,
    model,
    deadlineMs,
    settings: Object.fromEntries(
      names.map((name) => [name, together(headers.map(({ settings }) => settings[name] ?? 'not told'))]),
    ),
    generatorCpu: together(headers.map(({ generatorCpu }) => generatorCpu)),
  };
}

function partOf({ file, header, recorder, payloads }: RunRecords, open: boolean): MergedPart {
  const run: LoadRun = {
    recorder,
    startedAt: new Date(header.countedFrom),
    countFromMs: 0,
    endMs: 0,
    interrupted: header.interrupted,
    wrong: [],
    busyShare: header.busyShare,
    eventLoopDelayP99Ms: header.eventLoopDelayP99Ms,
    waitedForConnection: header.waitedForConnection,
    isMerged: header.ids.length > 1,
  };
  const summary = summarise(run, (payload) => payloads[payload]!.items, open);
  return { file, header, summary, verdict: judgeRun(run, summary, [], { open }) };
}
