import { ThinferError } from '../../errors.ts';

/** Wire types of protobuf. */
export const wireType = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

const deepestGroup = 16;

/**
 * Reads the fields of one protobuf message where they lie. Throws `request-invalid` where the message is cut short or damaged.
 * Nothing is allocated for what is skipped.
 */
export class WireReader {
  /** Number of the current field. */
  field = 0;
  /** Wire type of the current field. */
  type = 0;
  private readonly bytes: Buffer;
  private at: number;
  private readonly end: number;
  private low = 0;
  private high = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
    this.end = bytes.byteLength;
  }

  /** Moves to the next field; false at the end. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.length();
    this.field = tag >>> 3;
    this.type = tag & 7;
    if (this.field === 0) throw damaged('a field has the number 0');
    return true;
  }

  /** Whether bytes are left: of packed numbers, which have no tags. */
  left(): boolean {
    return this.at < this.end;
  }

  /** Whether the current field has this wire type; one that hasn't is skipped by the caller as unknown, as protobuf says. */
  is(type: number): boolean {
    return this.type === type;
  }

  /** A varint of which the lower 32 bits count. */
  uint32(): number {
    this.varint();
    return this.low;
  }

  /** The varint of a tag or a length: one beyond 32 bits is none, and must not be taken for its lower half. */
  length(): number {
    this.varint();
    if (this.high !== 0) throw damaged('a tag or a length is beyond 32 bits');
    return this.low;
  }

  /** A signed 64-bit varint; beyond 2⁵³ the nearest double. */
  int64(): number {
    this.varint();
    return (this.high | 0) * 0x1_0000_0000 + this.low;
  }

  /** An unsigned 64-bit varint; beyond 2⁵³ the nearest double. */
  uint64(): number {
    this.varint();
    return this.high * 0x1_0000_0000 + this.low;
  }

  /** A varint as a truth value. */
  bool(): boolean {
    this.varint();
    return (this.low | this.high) !== 0;
  }

  /** A 64-bit varint, written little-endian to `target` at `at`. */
  copyVarint64(target: DataView, at: number): void {
    this.varint();
    target.setUint32(at, this.low, true);
    target.setUint32(at + 4, this.high, true);
  }

  /** A double. */
  double(): number {
    return this.bytes.readDoubleLE(this.take(8));
  }

  /** A length-delimited field, as memory of the message. */
  view(): Buffer {
    const length = this.length();
    const from = this.take(length);
    return this.bytes.subarray(from, from + length);
  }

  /** A string; bytes that are not UTF-8 become U+FFFD. */
  string(): string {
    const length = this.length();
    const from = this.take(length);
    return this.bytes.toString('utf8', from, from + length);
  }

  /** Passes over `length` bytes and says where they begin. */
  take(length: number): number {
    const from = this.at;
    if (length > this.end - from) throw damaged('a field is cut short');
    this.at = from + length;
    return from;
  }

  /** Copies `length` bytes to `target` at `at`; gives `length`. */
  copyTo(target: Buffer, at: number, length: number): number {
    const from = this.take(length);
    return this.bytes.copy(target, at, from, from + length);
  }

  /** Passes over the current field. */
  skip(depth = 0): void {
    switch (this.type) {
      case wireType.varint:
        this.varint();
        return;
      case wireType.fixed64:
        this.take(8);
        return;
      case wireType.lengthDelimited:
        this.take(this.length());
        return;
      case wireType.fixed32:
        this.take(4);
        return;
      case 3:
        this.skipGroup(depth);
        return;
      default:
        throw damaged(`a field has the wire type ${this.type}`);
    }
  }

  private skipGroup(depth: number): void {
    if (depth > deepestGroup) throw damaged('groups are nested too deep');
    const { field } = this;
    while (this.next()) {
      if (this.type === 4) {
        if (this.field !== field) throw damaged('a group ends with another number');
        this.field = field;
        return;
      }
      this.skip(depth + 1);
    }
    throw damaged('a group is cut short');
  }

  private varint(): void {
    const { bytes } = this;
    let at = this.at;
    let low = 0;
    let high = 0;
    let byte = 0x80;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= this.end) throw damaged('a number is cut short');
      byte = bytes[at++]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.at = at;
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw damaged('a number has more than 10 bytes');
  }
}

function damaged(what: string): ThinferError {
  return new ThinferError('request-invalid', `unable to parse the request: ${what}`);
}
