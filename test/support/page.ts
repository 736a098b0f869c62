/** The files that a page holds in its links, by name. */
export function downloadsOf(page: string): Map<string, Buffer> {
  const links = page.matchAll(/download="([^"]+)" href="data:[^;]+;base64,([^"]+)"/g);
  return new Map([...links].map(([, name, data]) => [name!, Buffer.from(data!, 'base64')]));
}
