import { readFileSync } from 'node:fs';
import { type Encoding, Tokenizer } from 'tokenizers';
import { z } from 'zod';
import { ThinferError } from '../../errors.ts';

/** A text, or two that belong together: question and context, premise and hypothesis. */
export type TextItem = string | readonly [string, string];

/** A transform of texts that fits its model. */
export interface TextWork {
  /** The tokenizer.json. */
  readonly file: string;
  /** Most tokens of an item. */
  readonly maxLength: number;
  /** Fill every item up to `maxLength`, not only to the longest of its request. */
  readonly padToMax: boolean;
  /** The integers of the model's inputs. */
  readonly type: 'int64' | 'int32';
  /** Whether filled places can be told from the others: the model has an attention mask. */
  readonly masked: boolean;
}

/** Three equal tensors of [texts, length]. */
export interface TextTensors {
  readonly length: number;
  readonly ids: ArrayBuffer;
  readonly mask: ArrayBuffer;
  readonly types: ArrayBuffer;
}

/** The file has `Left`, the library wants `left`. */
const direction = z
  .enum(['Left', 'Right'])
  .default('Right')
  .transform((side) => side.toLowerCase());

/** How a tokenizer.json says that texts are filled up and cut. */
const fileSchema = z.object({
  padding: z
    .object({
      direction,
      pad_id: z.int().default(0),
      pad_type_id: z.int().default(0),
      pad_token: z.string(),
    })
    .nullish(),
  truncation: z.object({ direction }).nullish(),
});

interface Opened {
  readonly tokenizer: Tokenizer;
  readonly padding: z.infer<typeof fileSchema>['padding'];
}

/** Tokenizers of this thread, by file and length. */
const opened = new Map<string, Opened>();

/**
 * Tokenizes with Hugging Face's own library, so ids are those that the model was trained on. Texts are cut to `maxLength` tokens and filled
 * up to one length.
 */
export async function textToTensors(texts: readonly TextItem[], work: TextWork): Promise<TextTensors> {
  const { tokenizer, padding } = await open(work);
  const encodings: Encoding[] = [];
  // One after the other: `encodeBatch` would spread over all cores, those of the instances too.
  for (const text of texts) encodings.push(await encode(tokenizer, text));
  const longest = Math.max(1, ...encodings.map((encoding) => encoding.getLength()));
  const length = work.padToMax ? work.maxLength : longest;
  checkLengths(encodings, length, work);
  for (const encoding of encodings)
    encoding.pad(length, {
      direction: padding?.direction ?? 'right',
      padId: padding?.pad_id ?? padIdOf(tokenizer),
      padTypeId: padding?.pad_type_id ?? 0,
      ...(padding == null ? {} : { padToken: padding.pad_token }),
    });
  const lay = (of: (encoding: Encoding) => number[]): ArrayBuffer =>
    layOut(encodings.map(of), length, work.type);
  return {
    length,
    ids: lay((encoding) => encoding.getIds()),
    mask: lay((encoding) => encoding.getAttentionMask()),
    types: lay((encoding) => encoding.getTypeIds()),
  };
}

function checkLengths(encodings: readonly Encoding[], length: number, work: TextWork): void {
  if (encodings.some((encoding) => encoding.getLength() > work.maxLength))
    throw new ThinferError('bug', 'A text was not cut to its length. This is a bug.');
  if (!work.masked && encodings.some((encoding) => encoding.getLength() < length))
    throw new ThinferError(
      'request-invalid',
      'The texts have different numbers of tokens, and the model has no attention mask to tell filled places by.',
      { remedy: 'Send one text per request.' },
    );
}

function encode(tokenizer: Tokenizer, text: TextItem): Promise<Encoding> {
  return typeof text === 'string' ? tokenizer.encode(text) : tokenizer.encode(text[0], text[1]);
}

async function open(work: TextWork): Promise<Opened> {
  const key = `${work.maxLength} ${work.file}`;
  const known = opened.get(key);
  if (known !== undefined) return known;
  const read = await readTokenizer(work.file, work.maxLength);
  opened.set(key, read);
  return read;
}

async function readTokenizer(file: string, maxLength: number): Promise<Opened> {
  const text = readFileSync(file, 'utf8');
  try {
    const { padding, truncation } = fileSchema.parse(JSON.parse(text));
    const tokenizer = Tokenizer.fromString(text);
    tokenizer.disablePadding();
    tokenizer.disableTruncation();
    const special = Math.max(
      (await tokenizer.encode('')).getLength(),
      (await tokenizer.encode('', '')).getLength(),
    );
    if (special >= maxLength) throw new Error(`${special} special tokens leave no place among ${maxLength}`);
    tokenizer.setTruncation(maxLength, { direction: truncation?.direction ?? 'right' });
    return { tokenizer, padding };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw new ThinferError('model-invalid', `${file} can't be used as a tokenizer: ${why}.`, { cause });
  }
}

function padIdOf(tokenizer: Tokenizer): number {
  return tokenizer.tokenToId('[PAD]') ?? tokenizer.tokenToId('<pad>') ?? 0;
}

function layOut(rows: readonly number[][], length: number, type: TextWork['type']): ArrayBuffer {
  const out =
    type === 'int64' ? new BigInt64Array(rows.length * length) : new Int32Array(rows.length * length);
  for (const [at, row] of rows.entries())
    for (let token = 0; token < length; token++) {
      const value = row[token]!;
      out[at * length + token] = out instanceof BigInt64Array ? BigInt(value) : value;
    }
  return out.buffer;
}
