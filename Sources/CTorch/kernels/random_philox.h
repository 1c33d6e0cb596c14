// Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3") on
// vectors. Included inside the namespace of an instruction set.
//
// Unit u of chain c takes word (u mod 64) / 16 of the block with counter
//   (u / 64 · 16 + u mod 16, c, step, step / 2³² mod 2²⁴ + layer · 2²⁴)
// and key `seed`: a number depends on nothing but the seed and what it is drawn for.

typedef uint64_t vlong __attribute__((vector_size(4 * DISTILL_LANES)));

// What the numbers are drawn for.
struct RandomKey {
  uint64_t seed, step;
  uint32_t layer;
};

// Ten rounds on `lanes` / 2 counters, held in the lower halves of 64-bit lanes. What the upper
// halves hold is ignored and unspecified.
DISTILL_INLINE void philoxRounds(vlong counter[4], uint64_t seed) {
  uint32_t key0 = static_cast<uint32_t>(seed), key1 = static_cast<uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const vlong product0 = (counter[0] & 0xffffffff) * 0xD2511F53ull;
    const vlong product1 = (counter[2] & 0xffffffff) * 0xCD9E8D57ull;
    counter[0] = (product1 >> 32) ^ counter[1] ^ key0;
    counter[1] = product1;
    counter[2] = (product0 >> 32) ^ counter[3] ^ key1;
    counter[3] = product0;
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

// The 64 numbers of one chain for the units 64·panel ..< 64·(panel + 1).
DISTILL_INLINE void philoxPanel(RandomKey key, uint32_t chain, long panel, vuint numbers[]) {
  const uint64_t last = (key.step >> 32 & 0xffffff) | static_cast<uint64_t>(key.layer) << 24;
  for (int part = 0; part < 16 / lanes; ++part) {
    vlong even[4], odd[4];
    for (int i = 0; i < lanes / 2; ++i)
      even[0][i] = static_cast<uint64_t>(panel) * 16 + part * lanes + 2 * i;
    odd[0] = even[0] + 1;
    even[1] = odd[1] = vlong{} + chain;
    even[2] = odd[2] = vlong{} + (key.step & 0xffffffff);
    even[3] = odd[3] = vlong{} + last;
    philoxRounds(even, key.seed);
    philoxRounds(odd, key.seed);
    for (int word = 0; word < 4; ++word)
      numbers[word * (16 / lanes) + part] =
          (vuint)((even[word] & 0xffffffff) | (odd[word] << 32));
  }
}

// Uniform in (0, 1): the upper 31 bits' middle point, at most 1 − 2⁻²⁴.
DISTILL_INLINE vfloat uniform(vuint number) {
  const vfloat u = convert((vint)(number >> 1)) * 0x1p-31f + 0x1p-32f;
  return minimum(u, broadcast(1 - 0x1p-24f));
}
