const [openList, closeList, openObject, closeObject, quote, backslash] = Buffer.from('[]{}"\\');

/** Whether lists and objects of a JSON text lie deeper in each other than a limit, by its bytes: nothing of it is parsed. */
export function isNestedDeeper(json: Uint8Array, limit: number): boolean {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const byte = json[at];
    if (inText) {
      if (byte === backslash) at++;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === openList || byte === openObject) {
      if (++depth > limit) return true;
    } else if (byte === closeList || byte === closeObject) depth--;
  }
  return false;
}
