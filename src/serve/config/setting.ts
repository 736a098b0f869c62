import { parseQuietHours } from '../again/quiet-hours.ts';

/** One setting of the server: how it is given, checked and explained. */
export interface Setting<T> {
  /** Reads what a file, the environment or a flag gave. Throws a message that says what is wanted instead. */
  readonly parse: (value: unknown) => T;
  readonly fallback: T;
  readonly help: string;
  /** What stands for the value in help texts; null: a switch. */
  readonly placeholder: string | null;
}

const wrong = (value: unknown, wanted: string): Error =>
  new Error(`${JSON.stringify(value)} is not ${wanted}`);

const numberOf = (value: unknown): number =>
  typeof value === 'number'
    ? value
    : typeof value === 'string' && /^\d+(\.\d+)?$/.test(value.trim())
      ? Number(value)
      : Number.NaN;

/** A whole number within a range. */
export function whole(
  fallback: number,
  [least, most]: readonly [number, number],
  help: string,
): Setting<number> {
  return {
    fallback,
    help,
    placeholder: 'n',
    parse: (value) => {
      const number = numberOf(value);
      if (Number.isInteger(number) && number >= least && number <= most) return number;
      throw wrong(value, `a whole number from ${least} to ${most}`);
    },
  };
}

/** A number of at least `least`. */
export function factor(fallback: number, least: number, help: string): Setting<number> {
  return {
    fallback,
    help,
    placeholder: 'x',
    parse: (value) => {
      const number = numberOf(value);
      if (number >= least) return number;
      throw wrong(value, `a number from ${least}`);
    },
  };
}

const millisecondsByUnit: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

/** `500ms`, `5s`, `2m`; a bare number is seconds. In ms. */
export function time(fallback: number, help: string): Setting<number> {
  return {
    fallback,
    help,
    placeholder: 'time',
    parse: (value) => {
      const [, number = '', unit = 's'] =
        /^(\d+(?:\.\d+)?)\s*(ms|s|m|min|h)?$/.exec(String(value).trim()) ?? [];
      const ms = Number(number) * millisecondsByUnit[unit]!;
      if (number !== '' && ms <= 2 ** 31 - 1) return ms;
      throw wrong(value, 'a time such as 500ms, 5s or 2m');
    },
  };
}

const bytesByUnit: Readonly<Record<string, number>> = {
  '': 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

/** `64MiB`, `1GB`, or plain bytes. */
export function bytes(fallback: number, help: string): Setting<number> {
  return {
    fallback,
    help,
    placeholder: 'size',
    parse: (value) => {
      const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(value).trim()) ?? [];
      const size = Math.floor(Number(number) * (bytesByUnit[unit.toLowerCase()] ?? Number.NaN));
      if (number !== '' && size >= 1 && Number.isSafeInteger(size)) return size;
      throw wrong(value, 'a size such as 64MiB');
    },
  };
}

/** Any text; empty is none. */
export function text(fallback: string, placeholder: string, help: string): Setting<string> {
  return {
    fallback,
    help,
    placeholder,
    parse: (value) => {
      if (typeof value === 'string' && !value.includes('\0')) return value;
      throw wrong(value, 'a text');
    },
  };
}

/** A share: `0.05` or `5%`. */
export function share(fallback: number, help: string): Setting<number> {
  return {
    fallback,
    help,
    placeholder: 'share',
    parse: (value) => {
      const text = String(value).trim();
      const number = text.endsWith('%') ? numberOf(text.slice(0, -1)) / 100 : numberOf(text);
      if (number >= 0 && number <= 1) return number;
      throw wrong(value, 'a share from 0 to 1, or 0% to 100%');
    },
  };
}

/** An address of HTTP; empty is none. */
export function url(help: string): Setting<string> {
  return {
    fallback: '',
    help,
    placeholder: 'url',
    parse: (value) => {
      if (value === '') return '';
      const given = typeof value === 'string' ? URL.parse(value) : null;
      if (given !== null && /^https?:$/.test(given.protocol) && given.username === '') return String(value);
      throw wrong(value, 'an http:// or https:// URL without a user name');
    },
  };
}

/** Words with commas or spaces between them, or a list; each has to match. Empty is none. */
export function words(
  placeholder: string,
  [each, wanted]: readonly [RegExp, string],
  help: string,
): Setting<string> {
  return {
    fallback: '',
    help,
    placeholder,
    parse: (value) => {
      const given = Array.isArray(value) ? value : typeof value === 'string' ? wordsOf(value) : [value];
      const bad = given.find((word) => typeof word !== 'string' || !each.test(word));
      if (bad !== undefined) throw wrong(bad, wanted);
      return given.join(', ');
    },
  };
}

/** The words of such a setting. */
export function wordsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '');
}

/** Hours of the day: see `parseQuietHours`. */
export function hours(fallback: string, help: string): Setting<string> {
  return {
    fallback,
    help,
    placeholder: 'hours',
    parse: (value) => {
      if (typeof value === 'string' && parseQuietHours(value) !== null) return value.trim();
      throw wrong(value, 'off, always, or hours such as 22:30-05:00, several with commas between');
    },
  };
}

/** One of some words. */
export function choice<const T extends string>(fallback: T, words: readonly T[], help: string): Setting<T> {
  return {
    fallback,
    help: `${help}: ${words.join(', ')}`,
    placeholder: 'word',
    parse: (value) => {
      const word = words.find((one) => one === value);
      if (word !== undefined) return word;
      throw wrong(value, `one of ${words.join(', ')}`);
    },
  };
}

/** On or off. */
export function toggle(fallback: boolean, help: string): Setting<boolean> {
  return {
    fallback,
    help,
    placeholder: null,
    parse: (value) => {
      if (value === true || value === 'true' || value === '1' || value === 'on') return true;
      if (value === false || value === 'false' || value === '0' || value === 'off') return false;
      throw wrong(value, 'true or false');
    },
  };
}
