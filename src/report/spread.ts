interface Block {
  readonly sum: number;
  readonly members: readonly number[];
}

/** Positions at least `gap` apart, in their order and within `range` where they fit, each moved as little as that takes. */
export function spread(
  positions: readonly number[],
  gap: number,
  range: readonly [number, number],
): number[] {
  const result = [...positions];
  const height = (members: readonly number[]): number => (members.length - 1) * gap;
  // Equal positions: the later line is the larger batch, which belongs above.
  const order = [...positions.keys()].sort((a, b) => positions[a]! - positions[b]! || b - a);
  const topOf = ({ sum, members }: Block): number => {
    const top = sum / members.length - height(members) / 2;
    return Math.max(range[0], Math.min(range[1] - height(members), top));
  };
  const blocks: Block[] = [];
  for (const index of order) {
    let block: Block = { sum: positions[index]!, members: [index] };
    for (
      let above = blocks.at(-1);
      above && topOf(above) + height(above.members) + gap > topOf(block);
      above = blocks.at(-1)
    ) {
      blocks.pop();
      block = { sum: above.sum + block.sum, members: [...above.members, ...block.members] };
    }
    blocks.push(block);
  }
  for (const block of blocks)
    for (const [rank, member] of block.members.entries()) result[member] = topOf(block) + rank * gap;
  return result;
}
