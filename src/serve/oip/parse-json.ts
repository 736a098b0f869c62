import { ThinferError } from '../../errors.ts';

/** What a reviver gets beside key and value (ECMAScript's JSON.parse source text access). */
interface SourceContext {
  readonly source?: string;
}
type ParseWithSource = (
  text: string,
  reviver: (key: string, value: unknown, context: SourceContext) => unknown,
) => unknown;

/** Checks and parses a JSON text. Throws `request-invalid` for what is not JSON, not UTF-8, or nested deeper than `maxDepth`. */
export function parseJson(bytes: Uint8Array, maxDepth: number): unknown {
  return parse(textOfJson(bytes, maxDepth));
}

/** The same, but integers that a number can't hold are bigint. Takes several times as long. */
export function parseJsonExactly(bytes: Uint8Array, maxDepth: number): unknown {
  const text = textOfJson(bytes, maxDepth);
  return parse(text, (_key, value, context) => {
    if (typeof value !== 'number' || Number.isSafeInteger(value) || !Number.isInteger(value)) return value;
    const source = context.source ?? '';
    // What is written with an exponent is the number itself.
    return BigInt(/^-?\d+$/.test(source) ? source : value);
  });
}

function parse(text: string, reviver?: Parameters<ParseWithSource>[1]): unknown {
  try {
    return reviver === undefined ? JSON.parse(text) : (JSON.parse as ParseWithSource)(text, reviver);
  } catch (error) {
    const quoted = quoteNonFinite(text);
    if (quoted !== text) return parse(quoted, reviver);
    throw new ThinferError('request-invalid', `failed to parse the request JSON: ${reasonOf(error)}`);
  }
}

/** V8's reason without the excerpt of the document that it adds. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/, ".*$|, \.\.\..*$|"[^"]*" is not valid JSON/s, '').trim() || 'it is not JSON';
}

/** Python writes NaN and infinities as bare words, and Triton reads them so. Texts stand for them here. */
function quoteNonFinite(text: string): string {
  if (!text.includes('NaN') && !text.includes('Infinity')) return text;
  let quoted = '';
  let at = 0;
  while (at < text.length) {
    const open = text.indexOf('"', at);
    const end = open < 0 ? text.length : open;
    quoted += text.slice(at, end).replace(/-?\b(?:NaN|Infinity)\b/g, '"$&"');
    at = open < 0 ? end : closeOfText(text, open + 1);
    quoted += text.slice(end, at);
  }
  return quoted;
}

/** The place behind the quote that closes a text. */
function closeOfText(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return Math.min(at + 1, text.length);
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function textOfJson(bytes: Uint8Array, maxDepth: number): string {
  checkDepth(bytes, maxDepth);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new ThinferError('request-invalid', 'failed to parse the request JSON: it is not UTF-8');
  }
}

const quote = 0x22;
const backslash = 0x5c;

/**
 * Arrays in arrays take fifty times their text in memory, so depth is counted before anything is parsed. A square bracket and a
 * curly one differ from their counterparts by 2, and from each other by one bit (0x20).
 */
function checkDepth(bytes: Uint8Array, maxDepth: number): void {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === quote) at = endOfString(bytes, at + 1);
    else if ((byte & 0xdf) === 0x5b) {
      depth += 1;
      if (depth > maxDepth)
        throw new ThinferError('request-invalid', `the request JSON is nested deeper than ${maxDepth}`);
    } else if ((byte & 0xdf) === 0x5d) depth -= 1;
  }
}

function endOfString(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}
