import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type BundleHeader, writeBundle } from '../../bundle/index.ts';
import { ThinferError } from '../../errors.ts';
import { safeName } from '../../report/downloads.ts';
import { formatBytes } from '../../report/format.ts';
import { everyRecord, RecordReader, type RecordSelection, type StoredRecord } from '../../store/index.ts';
import { describeLines } from '../bundle-text.ts';
import { selectRecords } from '../export-selection.ts';
import { commonSchema, parseFlags, path } from '../flags.ts';
import { onInterrupt } from '../on-interrupt.ts';
import { openTerminal, type Progress } from '../terminal.ts';

export const exportSchema = commonSchema.extend({ out: path.optional() });

/** `thinfer export [NAME…]`: writes what is stored, or what is stored of models and tables, into one file. */
export async function exportCommand(names: readonly string[], rawFlags: unknown): Promise<void> {
  const flags = parseFlags(exportSchema, rawFlags);
  const terminal = openTerminal(flags);
  using reader = RecordReader.open(flags.project);
  const selection = names.length === 0 ? everyRecord : selectRecords(names, reader);
  refuseNothing(reader, selection);
  const file = flags.out ?? join(flags.project, 'bundles', `${nameOf(names)}.jsonl.gz`);
  const abort = new AbortController();
  const stopSignals = onInterrupt(() => abort.abort(interrupted()));
  terminal.progress.begin('export');
  const header = await writeBundle(file, passes(reader, selection, terminal.progress), abort.signal).finally(
    () => {
      terminal.progress.end();
      stopSignals();
    },
  );
  const bytes = statSync(file).size;
  const document = { file, bytes, lines: header.lines, sha256: header.sha256 };
  terminal.print(terminal.json ? JSON.stringify(document, null, 2) : `${file}: ${textOf(header, bytes)}`);
}

const textOf = ({ lines }: BundleHeader, bytes: number): string =>
  `${describeLines(lines)}; ${formatBytes(bytes)}`;

const interrupted = (): ThinferError => new ThinferError('interrupted', 'no bundle was written');

function refuseNothing(reader: RecordReader, selection: RecordSelection): void {
  for (const _ of reader.records(selection)) return;
  throw new ThinferError('not-found', `${reader.file}: nothing is stored in this project folder yet`, {
    remedy: 'measure or import something first, or name another folder: --project DIR',
  });
}

/** The records are walked twice; the second time it is known how many there are. */
function passes(
  reader: RecordReader,
  selection: RecordSelection,
  progress: Progress,
): () => Generator<StoredRecord> {
  let all: number | null = null;
  return function* () {
    let done = 0;
    for (const record of reader.records(selection)) {
      yield record;
      if (++done % 500 === 0)
        progress.show({
          text: all === null ? `${done} records read` : `${done} records written`,
          share: all === null ? null : done / all,
        });
    }
    all = done;
  };
}

/** Longer names are cut: a file's may have 255 bytes. */
const nameOf = (names: readonly string[]): string =>
  names.length === 0 ? 'everything' : names.map(safeName).join('+').slice(0, 100);
