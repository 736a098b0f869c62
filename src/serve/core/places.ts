import type { Place } from './place.ts';

/** All results; where one fails, when all have ended. */
export async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}

/** Ends the instances at all of them. */
export async function closeAll(places: readonly Place[], now: boolean): Promise<void> {
  await Promise.all(places.map((place) => place.close(now)));
}
