import type { InputState, ModelState } from '../state-types.ts';

/** Inputs with more elements than this are filled in when the request is sent: an editor would choke on them. */
export function mostShown(): number {
  return 2000;
}

/** The sizes of an input of one item; free dimensions other than the batch get a few. */
export function sizesOf({ shape, batchAt }: InputState): number[] {
  return (shape ?? [1]).map((size, index) => (typeof size === 'number' ? size : index === batchAt ? 1 : 8));
}

/** Made-up values. Whole numbers are 0 and 1: any other could be no word of the vocabulary, or no class. */
export function valuesOf(datatype: string, count: number): (number | boolean | string)[] {
  return Array.from({ length: count }, (_, index) => {
    if (datatype === 'BOOL') return Math.random() < 0.5;
    if (datatype === 'BYTES') return `text ${index + 1}`;
    if (/^U?INT/.test(datatype)) return index === 0 || Math.random() < 0.5 ? 1 : 0;
    return Number((Math.random() * 2 - 1).toFixed(3));
  });
}

/** A request of the right shape, as text to be edited. */
export function requestText({ inputs }: ModelState): string {
  const made = inputs.map((input) => {
    const shape = sizesOf(input);
    const count = shape.reduce((product, size) => product * size, 1);
    const data = count > mostShown() ? 'random' : valuesOf(input.datatype, count);
    return `    {\n      "name": ${JSON.stringify(input.name)},\n      "shape": ${JSON.stringify(shape)},\n      "datatype": "${input.datatype}",\n      "data": ${JSON.stringify(data)}\n    }`;
  });
  return `{\n  "inputs": [\n${made.join(',\n')}\n  ]\n}`;
}

/** The text with values in the place of `"data": "random"`. Throws where it is not JSON, or asks for too much. */
export function bodyOf(text: string): string {
  const request = JSON.parse(text) as { inputs?: { data?: unknown; shape?: number[]; datatype?: string }[] };
  for (const input of Array.isArray(request?.inputs) ? request.inputs : []) {
    if (input?.data !== 'random' || !Array.isArray(input.shape)) continue;
    const count = input.shape.reduce((product, size) => product * size, 1);
    if (!(count >= 0 && count <= 4e6)) throw new Error('"random" makes 4 million values at most');
    input.data = valuesOf(String(input.datatype), count);
  }
  return JSON.stringify(request);
}

/** Where requests to a model go, relative to the page. */
export function inferPath({ name, version }: ModelState): string {
  return `v2/models/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}/infer`;
}
