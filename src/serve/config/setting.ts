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
