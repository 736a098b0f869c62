/** Three digits, thousands grouped, never an exponent; `–` where there is no number. */
export function showNumber(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const rounded = Number(value.toPrecision(3));
  if (Math.abs(rounded) >= 100) return Math.round(value).toLocaleString('en-US');
  return String(rounded.toFixed(Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(rounded)))))))
    .replace(/(\.\d*?)0+$/, '$1')
    .replace(/\.$/, '');
}

/** Milliseconds, seconds from ten on. */
export function showMs(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return '–';
  return ms >= 10_000 ? `${showNumber(ms / 1000)} s` : `${showNumber(ms)} ms`;
}

/** A count with its noun. */
export function showPlural(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : noun.endsWith('ch') ? 'es' : 's'}`;
}

/** `71 %`; `–` where there is none. */
export function showShare(share: number | null): string {
  return share === null ? '–' : `${Math.round(share * 100)} %`;
}

/** Bytes in binary units. */
export function showBytes(bytes: number | null): string {
  if (bytes === null) return '–';
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${showNumber(bytes / 1024 ** step)} ${units[step]}`;
}

/** `3 min`, `2 h 5 min`, `4 d 3 h`. */
export function showDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (minutes < 1) return `${seconds} s`;
  if (hours < 1) return `${minutes} min`;
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** CPUs as the kernel writes them: `0-3,8`. */
export function showCpus(cpus: readonly number[] | null): string {
  if (cpus === null) return 'any';
  const runs: [number, number][] = [];
  for (const cpu of cpus) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === cpu - 1) run[1] = cpu;
    else runs.push([cpu, cpu]);
  }
  return runs.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(',');
}
