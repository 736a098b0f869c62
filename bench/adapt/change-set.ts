import type { SetChange } from '../../src/serve/types.ts';
import type { ThinferServer } from '../serve/servers.ts';

/** Changes the set of a served model; fulfilled when it is in force. `configuration` is as in `--config`. */
export async function changeTo(
  server: ThinferServer,
  model: string,
  configuration: string,
): Promise<SetChange> {
  const answer = await fetch(`${server.managementUrl}/v2/repository/models/${model}/plan`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.token}` },
    body: JSON.stringify({ configuration }),
  });
  if (!answer.ok) throw new Error(`the change to ${configuration}: ${await answer.text()}`);
  return (await answer.json()) as SetChange;
}
