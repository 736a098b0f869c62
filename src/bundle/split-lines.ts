/** A line is longer than it may be. */
export class LineTooLong extends Error {}

/** Lines of a stream of bytes without their ends, no matter how it was cut. Throws `LineTooLong` beyond `mostBytes`. */
export async function* splitLines(
  chunks: AsyncIterable<Uint8Array>,
  mostBytes: number,
): AsyncGenerator<Buffer> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, end));
      yield Buffer.concat(parts);
      parts = [];
      length = 0;
      from = end + 1;
    }
    const rest = chunk.subarray(from);
    length += rest.byteLength;
    if (length > mostBytes) throw new LineTooLong();
    if (rest.byteLength > 0) parts.push(rest);
  }
  if (length > 0) yield Buffer.concat(parts);
}
