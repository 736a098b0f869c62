/** A wrapper and the terminal may both pass one Ctrl-C on; a second one this much later is meant as such. */
const sameInterruptMs = 500;

/** Calls `stop` on the first interrupt and leaves at once on the second. Gives a function that undoes it. */
export function onInterrupt(stop: () => void): () => void {
  let firstMs: number | undefined;
  const handle = (): void => {
    if (firstMs === undefined) {
      firstMs = performance.now();
      stop();
    } else if (performance.now() - firstMs > sameInterruptMs) process.exit(130);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}
