import { styleText } from 'node:util';
import type { ThinferError } from '../errors.ts';

/** How a command speaks. */
export interface Terminal {
  /** The answer: standard output. */
  readonly print: (text: string) => void;
  /** A notice: standard error, unless `--quiet`. */
  readonly notice: (text: string) => void;
  /** A long step's state; one live line on a terminal, a plain line now and then elsewhere. */
  readonly progress: Progress;
  readonly json: boolean;
  readonly width: number;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

/** What the live line shows. */
export interface ProgressState {
  /** What runs now, e.g. `profile 2 threads × batch 8`. */
  readonly text: string;
  /** 0 … 1 of this step; null where it can't be known. */
  readonly share: number | null;
  /** Lines below it, for a terminal that is wide and tall enough for all of them. */
  readonly rows?: readonly string[];
}

export interface Progress {
  /** Begins a step; the time it needs is estimated from here. */
  begin(step: string): void;
  show(state: ProgressState): void;
  /** Removes the live line. */
  end(): void;
}

/** The terminal of this process. */
export function openTerminal({ json, quiet }: { readonly json: boolean; readonly quiet: boolean }): Terminal {
  const progress = quiet ? silent : process.stderr.isTTY ? new LiveProgress() : new PlainProgress();
  const colour = process.stdout.isTTY === true;
  return {
    print: (text) => {
      progress.end();
      process.stdout.write(`${text}\n`);
    },
    notice: (text) => {
      if (quiet) return;
      progress.end();
      process.stderr.write(`${text}\n`);
    },
    progress,
    json,
    // What reads a pipe has no width.
    width: process.stdout.columns ?? Number.POSITIVE_INFINITY,
    bold: (text) => (colour ? styleText('bold', text) : text),
    dim: (text) => (colour ? styleText('dim', text) : text),
  };
}

/** An error as three lines: what, why it can't go on, what to do. */
export function formatError(error: ThinferError, verbose: boolean): string {
  const lines = [`thinfer: [${error.code}] ${error.message.trimEnd().replace(/\n\s*/g, '\n  ')}`];
  if (error.remedy !== undefined) lines.push(`  ${error.remedy}`);
  if (error.code === 'bug' || verbose) lines.push(error.stack ?? '');
  if (verbose && error.cause instanceof Error) lines.push(error.cause.stack ?? error.cause.message);
  return `${lines.join('\n')}\n`;
}

const silent: Progress = { begin() {}, show() {}, end() {} };

/** Seconds left, from the share done and the time it took; null before there is anything to go by. */
function secondsLeft(beganMs: number, share: number | null): number | null {
  const seconds = (performance.now() - beganMs) / 1000;
  return share === null || share < 0.02 || seconds < 1 ? null : (seconds * (1 - share)) / share;
}

function describe(step: string, { text, share }: ProgressState, left: number | null): string {
  const percent = share === null ? '' : `${String(Math.floor(share * 100)).padStart(3)} % `;
  const time =
    left === null ? '' : `, ${left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`} left`;
  return `${step} ${percent}${text}${time}`;
}

class LiveProgress implements Progress {
  private step = '';
  private began = 0;
  /** Lines that stand on the screen, the cursor at the end of the last. */
  private shown = 0;

  begin(step: string): void {
    this.step = step;
    this.began = performance.now();
  }

  show(state: ProgressState): void {
    const bar = state.share === null ? '' : `${drawBar(state.share)} `;
    const line = bar + describe(this.step, state, secondsLeft(this.began, state.share));
    const { columns = 80, rows: height = 24 } = process.stderr;
    const lines = [line.slice(0, columns - 1), ...fittingRows(state.rows ?? [], columns, height)];
    process.stderr.write(`${eraseLines(this.shown)}${lines.join('\n')}`);
    this.shown = lines.length;
  }

  end(): void {
    if (this.shown > 0) process.stderr.write(eraseLines(this.shown));
    this.shown = 0;
  }
}

/** The rows, where each fits into a line and all leave half of the screen to what stood there before. */
function fittingRows(rows: readonly string[], columns: number, height: number): readonly string[] {
  return rows.every((row) => row.length < columns) && rows.length + 1 <= height / 2 ? rows : [];
}

/** Goes up to the first of so many lines, and clears from there. */
function eraseLines(count: number): string {
  return count > 1 ? `\r\u001b[${count - 1}A\u001b[J` : '\r\u001b[2K';
}

const barWidth = 20;
function drawBar(share: number): string {
  const filled = Math.round(share * barWidth);
  return '━'.repeat(filled) + '╌'.repeat(barWidth - filled);
}

/** Where nobody watches, a line every few seconds is enough. */
const plainEveryMs = 5000;

class PlainProgress implements Progress {
  private step = '';
  private began = 0;
  private last = 0;

  begin(step: string): void {
    this.step = step;
    this.began = performance.now();
    this.last = Number.NEGATIVE_INFINITY;
  }

  show(state: ProgressState): void {
    if (performance.now() - this.last < plainEveryMs) return;
    this.last = performance.now();
    process.stderr.write(`${describe(this.step, state, secondsLeft(this.began, state.share))}\n`);
  }

  end(): void {}
}
