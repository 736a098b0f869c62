import type { Random } from './random.ts';
import { Fields, type Json, Raw } from './rest-request.ts';

const deep = (open: string, close: string, depth: number): Raw =>
  new Raw(open.repeat(depth) + close.repeat(depth));

/** Values that have broken servers. */
const evil: readonly Json[] = [
  0, -1, -0.5, 1.5, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 63), new Raw('1e400'), new Raw('-1e400'), new Raw('18446744073709551616'),
  new Raw('NaN'), new Raw('Infinity'), new Raw('1E2'), new Raw('-0'), null, true, false, '', 'x', '-1', '1', '__proto__',
  '\u0000', 'FP32', 'FP64', 'BYTES', 'INT64', 'fp32', 'toString', 'a'.repeat(600), [], [[]], [null], [-1], [0], [2 ** 31, 2 ** 31],
  [2 ** 53, 0], [65536, 65536, 65536, 65536], new Fields([]), new Fields([['__proto__', new Fields([['name', 'x']])]]),
  new Raw('01'), new Raw("'x'"), new Raw('undefined'), new Raw('[1,]'), new Raw('"\\ud800"'), new Raw('"\\x"'),
  deep('[', ']', 70), deep('[', ']', 3000), deep('{"a":', '}', 80),
]; // biome-ignore format: a table

/** A copy: what is put into a request may be changed there, and would come back to where it was drawn from. */
function evilValue(random: Random): Json {
  return copyOf(random.pick(evil));
}

function copyOf(value: Json): Json {
  if (Array.isArray(value)) return value.map(copyOf);
  return value instanceof Fields ? new Fields(value.list.map(([key, item]) => [key, copyOf(item)])) : value;
}

const keys = [
  '__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'then', 'toJSON', 'name', 'shape', 'data', 'datatype',
  'inputs', 'outputs', 'parameters', 'id', 'binary_data_size', 'binary_data_output', 'shared_memory_region',
  'shared_memory_offset', 'shared_memory_byte_size', 'classification', 'timeout', 'priority', 'triton_x', '', '0',
] as const; // biome-ignore format: a table

/** Changes a JSON in one to four places: fields dropped, doubled, renamed, retyped, swapped, added. */
export function mutateJson(random: Random, json: Fields): void {
  const rounds = random.between(1, 4);
  for (let round = 0; round < rounds; round++) mutateOnce(random, json);
}

function mutateOnce(random: Random, root: Fields): void {
  const objects: Fields[] = [];
  const arrays: Json[][] = [];
  collect(root, objects, arrays);
  if (arrays.length > 0 && random.chance(0.35)) mutateArray(random, random.pick(arrays));
  else mutateObject(random, random.pick(objects));
}

function collect(value: Json, objects: Fields[], arrays: Json[][]): void {
  if (value instanceof Fields) {
    objects.push(value);
    for (const [, item] of value.list) collect(item, objects, arrays);
  } else if (Array.isArray(value)) {
    arrays.push(value);
    for (const item of value.slice(0, 8)) collect(item, objects, arrays);
  }
}

function mutateArray(random: Random, array: Json[]): void {
  const at = array.length === 0 ? 0 : random.next() % array.length;
  switch (random.between(0, 4)) {
    case 0:
      array.splice(at, 1);
      break;
    case 1:
      array.splice(at, 0, copyOf(array[at] ?? 1));
      break;
    case 2:
      array.push(evilValue(random));
      break;
    case 3:
      array.reverse();
      break;
    default:
      array[at] = evilValue(random);
  }
}

function mutateObject(random: Random, { list }: Fields): void {
  const at = list.length === 0 ? 0 : random.next() % list.length;
  const field = list[at];
  switch (field === undefined ? 0 : random.between(0, 5)) {
    case 0:
      list.splice(at, 0, [random.pick(keys), evilValue(random)]);
      break;
    case 1:
      list.splice(at, 1);
      break;
    case 2:
      list.push([field![0], random.chance(0.5) ? copyOf(field![1]) : evilValue(random)]);
      break;
    case 3:
      field![0] = random.pick(keys);
      break;
    case 4:
      if (typeof field![1] === 'number') field![1] += random.pick([-1, 1, 4, 2 ** 31, 0.5]);
      else field![1] = evilValue(random);
      break;
    default:
      field![1] = evilValue(random);
  }
}

/** Changes bytes: flipped, cut, doubled, filled in, put in. */
export function mutateBytes(random: Random, given: Buffer): Buffer {
  let bytes = Buffer.from(given);
  const rounds = random.between(1, 3);
  for (let round = 0; round < rounds; round++) {
    const at = bytes.length === 0 ? 0 : random.next() % bytes.length;
    const length = random.between(1, random.chance(0.8) ? 8 : 200);
    switch (random.between(0, 5)) {
      case 0:
        if (bytes.length > 0) bytes[at] = bytes[at]! ^ (1 << random.between(0, 7));
        break;
      case 1:
        bytes = bytes.subarray(0, at);
        break;
      case 2:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + length), bytes.subarray(at)]);
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), random.bytes(length), bytes.subarray(at)]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]);
        break;
      default:
        bytes.fill(random.pick([0, 0xff, 0x80, 0x22, 0x7b]), at, Math.min(bytes.length, at + length));
    }
  }
  return bytes;
}
