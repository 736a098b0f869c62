import { ThinferError } from '../../errors.ts';

/** A value of a request's `parameters`. gRPC has 64-bit integers. */
export type ParameterValue = number | bigint | boolean | string;

/** What a request's `parameters` ask for. */
export interface RequestParameters {
  /** Time-out of the whole request from its arrival, in µs; null: none. */
  readonly timeoutUs: number | null;
  /** 1 is served first; 0: the model's default. */
  readonly priority: number;
  /** Whether outputs that don't say otherwise are sent in binary (REST only). */
  readonly binaryOutput: boolean;
}

const nothing: RequestParameters = { timeoutUs: null, priority: 0, binaryOutput: false };

/** Names that only Triton itself may set. `triton_enable_empty_final_response` is gRPC's, for streams. */
const reserved = 'triton_';

/**
 * Reads the parameters of a request. Unknown ones are ignored, and so are `sequence_id`, `sequence_start` and `sequence_end`, as
 * Triton does for models that keep no state. Throws `request-invalid` for a value of another kind than the parameter takes, and
 * for reserved names that are not in `allowed`.
 */
export function readParameters(
  parameters: Iterable<readonly [string, ParameterValue]>,
  allowed: readonly string[] = [],
): RequestParameters {
  let read = nothing;
  for (const [name, value] of parameters) {
    if (name === 'timeout') read = { ...read, timeoutUs: unsigned(name, value) || null };
    else if (name === 'priority') read = { ...read, priority: unsigned(name, value) };
    else if (name === 'binary_data_output') read = { ...read, binaryOutput: truth(name, value) };
    else if (name.startsWith(reserved) && !allowed.includes(name)) throw reservedName(name);
  }
  return read;
}

/**
 * The moment of `performance.now()` until which the answer is waited for: the earlier of the `timeout` parameter (µs) and the
 * header `x-thinfer-deadline-ms` (ms from the arrival); null: no bound.
 */
export function deadlineOf(
  nowMs: number,
  timeoutUs: number | null,
  header: string | undefined,
): number | null {
  const fromHeader = header === undefined ? null : headerMs(header);
  if (timeoutUs === null) return fromHeader === null ? null : nowMs + fromHeader;
  const fromParameter = timeoutUs / 1000;
  return nowMs + (fromHeader === null ? fromParameter : Math.min(fromHeader, fromParameter));
}

function headerMs(text: string): number {
  const ms = Number(text);
  if (text.trim() === '' || !Number.isFinite(ms) || ms <= 0)
    throw new ThinferError(
      'request-invalid',
      `header x-thinfer-deadline-ms must be a number of milliseconds above 0, got '${text.slice(0, 40)}'`,
    );
  return ms;
}

function unsigned(name: string, value: ParameterValue): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < 0)
    throw new ThinferError('request-invalid', `parameter '${name}' must be an unsigned integer`);
  return number;
}

function truth(name: string, value: ParameterValue): boolean {
  if (typeof value !== 'boolean')
    throw new ThinferError('request-invalid', `parameter '${name}' must be true or false`);
  return value;
}

function reservedName(name: string): ThinferError {
  return new ThinferError(
    'request-invalid',
    `parameter '${name.slice(0, 80)}': names that start with '${reserved}' are reserved and should not be specified`,
  );
}
