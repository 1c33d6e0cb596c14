// What becomes of a panel of 64 sums: states, probabilities. Included inside the namespace of an
// instruction set, after `random_philox.h` and `binary_product.h`.

typedef uint8_t vbyte __attribute__((vector_size(DISTILL_LANES)));
typedef uint8_t vbyte_unaligned
    __attribute__((vector_size(DISTILL_LANES), aligned(1), may_alias));

// How many of a vector's units there are: the rest are padding.
DISTILL_INLINE int unitsIn(long panel, int v, long units) {
  return static_cast<int>(
      std::clamp<long>(units - panel * panelColumns - v * lanes, 0, lanes));
}
DISTILL_INLINE vint firstLanes(int count) {
  vint lane;
  for (int i = 0; i < lanes; ++i) lane[i] = i;
  return lane < count;
}

// Writes 1 where the mask is set and 0 elsewhere.
DISTILL_INLINE void storeStates(uint8_t *p, vint on, int count) {
  const vbyte bytes = __builtin_convertvector(on & 1, vbyte);
  if (count == lanes)
    *reinterpret_cast<vbyte_unaligned *>(p) = bytes;
  else
    for (int i = 0; i < count; ++i) p[i] = bytes[i];
}

// On with probability σ(z): u < 1/(1 + e⁻ᶻ), without the division.
DISTILL_INLINE vint drawUnit(vfloat z, vfloat u) { return fma(u, exp(-z), u) < 1.0f; }

// Draws a panel of states from pre-activations z, one byte a unit.
DISTILL_INLINE void drawPanel(const vfloat *z, RandomKey key, uint32_t chain, long panel,
                              long units, uint8_t *states) {
  vuint numbers[panelVectors];
  philoxPanel(key, chain, panel, numbers);
  for (int v = 0; v < panelVectors; ++v)
    storeStates(states + panel * panelColumns + v * lanes, drawUnit(z[v], uniform(numbers[v])),
                unitsIn(panel, v, units));
}

// Σ values[i] over the units that are on; `values` is padded with zeros to whole panels.
DISTILL_INLINE float sumWhereOn(const uint8_t *states, const float *values, long units) {
  vfloat total = {};
  long i = 0;
  for (; i + lanes <= units; i += lanes) {
    const vbyte bytes = *reinterpret_cast<const vbyte_unaligned *>(states + i);
    total += (__builtin_convertvector(bytes, vint) & 1) != 0 ? load(values + i) : broadcast(0);
  }
  float rest = 0;
  for (; i < units; ++i) rest += states[i] & 1 ? values[i] : 0;
  return sum(total) + rest;
}
