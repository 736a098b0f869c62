import { resolve } from 'node:path';
import { startProgram } from '../support/command.ts';

/** How one check with one client ended; see `triton_conformance.py`. */
export interface Outcome {
  readonly ok: boolean;
  readonly status: string;
  readonly detail: unknown;
  readonly message: string | null;
}

/** Outcomes by check and client, such as `health.live grpc.aio`. */
export type Outcomes = Readonly<Record<string, Outcome>>;

/** A server to check. Addresses are HOST:PORT. */
export interface ConformanceTarget {
  readonly http: string;
  readonly grpc: string;
  /** Where models are loaded, and the token for that. Default: as for inference, none. */
  readonly managementHttp?: string;
  readonly token?: string;
  /** Where the model `slow` is. Default: as the others. */
  readonly slowHttp?: string;
  readonly slowGrpc?: string;
  readonly models: readonly string[];
  /** Leaves out what a Triton 2.51 does not survive. */
  readonly spare?: boolean;
  /** Only checks whose name and client contain it. */
  readonly only?: string;
}

/** Runs all checks. @param command The peer `tritonclient`. */
export async function runConformance(command: string, target: ConformanceTarget): Promise<Outcomes> {
  const { status, stdout, stderr } = await startProgram(
    command,
    [resolve(import.meta.dirname, 'triton_conformance.py'), ...flags(target)],
    { env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } },
  ).ended;
  if (status !== 0) throw new Error(`triton_conformance.py ended with ${status}: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout) as Outcomes;
}

function flags(target: ConformanceTarget): string[] {
  const { http, grpc, managementHttp, token, slowHttp, slowGrpc, models, spare, only } = target;
  const given = {
    http,
    grpc,
    'management-http': managementHttp,
    token,
    'slow-http': slowHttp,
    'slow-grpc': slowGrpc,
    models: models.join(','),
    only,
  };
  const words = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, value],
  );
  return spare === true ? [...words, '--spare'] : words;
}
