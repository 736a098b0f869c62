import { type AttributeProto, AttributeProto_AttributeType, type NodeProto } from '../generated/onnx_pb.ts';
import type { Value } from './value.ts';

/** A node with what is known of its inputs, and its attributes by name with defaults. */
export class NodeView {
  readonly node: NodeProto;
  /** By position; undefined where an optional input is left out or nothing is known of it. */
  readonly inputs: readonly (Value | undefined)[];
  /** Version of the operator set. */
  readonly opset: number;
  readonly #attributes: ReadonlyMap<string, AttributeProto>;

  constructor(node: NodeProto, inputs: readonly (Value | undefined)[], opset: number) {
    this.node = node;
    this.inputs = inputs;
    this.opset = opset;
    this.#attributes = new Map(node.attribute.map((attribute) => [attribute.name, attribute]));
  }

  has(name: string): boolean {
    return this.#attributes.has(name);
  }

  int(name: string, otherwise: number): number {
    const attribute = this.#attributes.get(name);
    return attribute === undefined ? otherwise : Number(attribute.i);
  }

  float(name: string, otherwise: number): number {
    return this.#attributes.get(name)?.f ?? otherwise;
  }

  ints(name: string): number[] | undefined {
    return this.#attributes.get(name)?.ints.map(Number);
  }

  text(name: string, otherwise: string): string {
    const attribute = this.#attributes.get(name);
    return attribute === undefined ? otherwise : Buffer.from(attribute.s).toString('utf8');
  }

  attribute(name: string): AttributeProto | undefined {
    return this.#attributes.get(name);
  }

  /** Whether a control-flow body hangs on this node. */
  get hasBody(): boolean {
    return this.node.attribute.some(({ type }) => type === AttributeProto_AttributeType.GRAPH);
  }

  /** Axes or sizes that were an attribute in older operator sets and are an input in newer ones; null where neither is known. */
  intsOrInput(name: string, position: number): readonly number[] | undefined | null {
    const attribute = this.ints(name);
    if (attribute !== undefined) return attribute;
    if (!this.node.input[position]) return undefined;
    return this.inputs[position]?.data ?? null;
  }
}

/** An axis counted from the start. */
export function positiveAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Values of a node's outputs in order; undefined (as a whole or one of them) where they are not known. */
export type ShapeRule = (view: NodeView) => readonly (Value | undefined)[] | undefined;
