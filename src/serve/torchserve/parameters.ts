import { badRequest, shortened } from './torch-problem.ts';

/** Parameters of a management call. TorchServe takes its default for what it can't read; here that is an error. */
export class Parameters {
  private readonly given: URLSearchParams;

  constructor(given: URLSearchParams) {
    this.given = given;
  }

  /** Null where it is not given. */
  text(name: string): string | null {
    return this.given.get(name);
  }

  /** Null where it is not given. Throws for what is no integer within the bounds. */
  integer(name: string, low: number, high: number): number | null {
    const text = this.given.get(name);
    if (text === null) return null;
    const value = /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isNaN(value) || value < low || value > high)
      throw badRequest(
        `${name} has to be a whole number from ${low} to ${high}, and is "${shortened(text)}".`,
      );
    return value;
  }

  /** False where it is not given. */
  flag(name: string): boolean {
    const text = (this.given.get(name) ?? 'false').toLowerCase();
    if (text !== 'true' && text !== 'false')
      throw badRequest(`${name} has to be true or false, and is "${shortened(text)}".`);
    return text === 'true';
  }
}
