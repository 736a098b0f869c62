const size = 624;
const middle = 397;

/**
 * The 32-bit Mersenne Twister MT19937 (Matsumoto and Nishimura, 1998) as C++'s `std::mt19937` seeds it: only the seed's low 32 bits
 * count.
 */
export class MersenneTwister {
  private readonly state = new Uint32Array(size);
  private at = size;

  /** @param seed Any unsigned 64-bit number. */
  constructor(seed: bigint) {
    this.state[0] = Number(BigInt.asUintN(32, seed));
    for (let index = 1; index < size; index++) {
      const before = this.state[index - 1]!;
      this.state[index] = Math.imul(1812433253, before ^ (before >>> 30)) + index;
    }
  }

  /** The next number, 0 … 2³² − 1. */
  next(): number {
    if (this.at === size) this.renew();
    let word = this.state[this.at++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    word ^= word >>> 18;
    return word >>> 0;
  }

  private renew(): void {
    const { state } = this;
    for (let index = 0; index < size; index++) {
      const word = (state[index]! & 0x80000000) | (state[(index + 1) % size]! & 0x7fffffff);
      state[index] = state[(index + middle) % size]! ^ (word >>> 1) ^ (word & 1 ? 0x9908b0df : 0);
    }
    this.at = 0;
  }
}
