/**
 * Whether a `ModelInferRequest` holds a field of its schema with another wire type. By protobuf's rules that is an unknown field, which
 * is skipped; the general decoder (protobuf-es 2) reads it by the schema all the same and may run astray, so that it can't be the
 * measure for such a message.
 */
export function hasFieldOfOtherType(message: Buffer): boolean {
  return fieldsOf(message).some(({ field, type, bytes }) => {
    if (field > 7) return false;
    if (type !== 2) return true;
    if (field === 4) return oddMap(bytes);
    if (field === 5) return fieldsOf(bytes).some((inner) => oddInInput(inner));
    return field === 6 && fieldsOf(bytes).some((inner) => oddInOutput(inner));
  });
}

function oddInInput({ field, type, bytes }: WireField): boolean {
  if (field > 5) return false;
  if (field === 3) return type !== 0 && type !== 2;
  return type !== 2 || (field === 4 && oddMap(bytes));
}

function oddInOutput({ field, type, bytes }: WireField): boolean {
  return field <= 2 && (type !== 2 || (field === 2 && oddMap(bytes)));
}

function oddMap(entry: Buffer): boolean {
  return fieldsOf(entry).some((part) => part.field <= 2 && part.type !== 2);
}

interface WireField {
  readonly field: number;
  readonly type: number;
  readonly bytes: Buffer;
}

/** The fields up to the first that is damaged. */
function fieldsOf(message: Buffer): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70 && at < message.length; shift += 7) {
      const byte = message[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < message.length) {
    const tag = varint();
    const [field, type] = [Math.floor(tag / 8), tag % 8];
    const size = type === 2 ? varint() : type === 1 ? 8 : type === 5 ? 4 : 0;
    if (type === 0) varint();
    if (Number.isNaN(tag + size)) break;
    fields.push({ field, type, bytes: message.subarray(at, at + size) });
    at += size;
  }
  return fields;
}
