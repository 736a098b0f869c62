import type { DimValues } from '../model/index.ts';
import { slowestRunOf } from '../profile/index.ts';
import { instanceBytesOf, otherDims, type Session } from './session.ts';

/**
 * The same hold on machine, model and project folder, with other sizes of free dimensions. Belongs to `session`, which is
 * to be disposed of. Throws `shape-invalid` where a size does not fit the model.
 */
export async function sessionAtDims(session: Session, dim: DimValues): Promise<Session> {
  const dims = otherDims(session.model, { dim }, session.items);
  return {
    ...session,
    dims,
    instanceBytes: await instanceBytesOf(session.model, dims),
    slowestRunMs: await slowestRunOf(session.model, dims, session.engine.engine),
  };
}
