// Ancestral sampling: input after input, a tile of samples side by side. Included by `nade_body.h`.
//
// Two inputs at a time: their dot products share the loads of h. Where the first input comes out
// on, h changes, and that sample's second dot product is taken again.

constexpr int tile = 8;                              // samples
constexpr int tileRows = lanes == 16 ? tile : 4;     // of them at a time, as registers allow
constexpr int tileVectors = lanes >= tile ? 1 : tile / lanes;

// Philox 4x32-10 for `lanes` consecutive counters: out[0 … 3] are the four words of each.
DISTILL_INLINE void philox(vuint counter, vuint c1, vuint c2, vuint c3, std::uint64_t seed,
                           vuint *out) {
  typedef std::uint64_t vlong __attribute__((vector_size(8 * DISTILL_LANES)));
  std::uint32_t key0 = std::uint32_t(seed), key1 = std::uint32_t(seed >> 32);
  vuint c0 = counter;
  for (int round = 0; round < 10; ++round) {
    const vlong p0 = __builtin_convertvector(c0, vlong) * std::uint64_t(0xD2511F53);
    const vlong p1 = __builtin_convertvector(c2, vlong) * std::uint64_t(0xCD9E8D57);
    const vuint n0 = __builtin_convertvector(p1 >> 32, vuint) ^ c1 ^ key0;
    const vuint n2 = __builtin_convertvector(p0 >> 32, vuint) ^ c3 ^ key1;
    c1 = __builtin_convertvector(p1, vuint);
    c3 = __builtin_convertvector(p0, vuint);
    c0 = n0;
    c2 = n2;
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

// Uniform numbers in (0, 1), one for every input (padded to 64) of one sample. Input 64 g + 16 w + l
// takes word w of counter (16 g + l, index, stream), on every instruction set.
inline void uniforms(const distill_nade_randomness &randomness, std::uint64_t sample, int inputs,
                     float *out) {
  const std::uint64_t index = randomness.first + sample;
  const vuint low = vuint{} + std::uint32_t(index), high = vuint{} + std::uint32_t(index >> 32);
  const vuint stream = vuint{} + randomness.stream;
  vuint lane;
  for (int l = 0; l < lanes; ++l) lane[l] = l;
  for (int group = 0; group * 64 < inputs; ++group)
    for (int part = 0; part < laneUnit; part += lanes) {
      vuint word[4];
      philox(lane + std::uint32_t(group * laneUnit + part), low, high, stream, randomness.seed,
             word);
      for (int w = 0; w < 4; ++w)
        store(out + group * 64 + w * laneUnit + part,
              (convert((vint)(word[w] >> 9)) + 0.5f) * 0x1p-23f);
    }
}

// Moves the units by an input that is on. False when they left the bounds of their form.
template <class Units>
bool changeUnits(const Block &block, int input, float *units) {
  const float *row = Units::rows(block) + std::size_t(input) * block.stride;
  Bounds bounds;
  for (int j = 0; j < block.width; j += lanes) {
    const vfloat state = Units::advance(load(units + j), load(row + j), broadcast(1));
    if constexpr (Units::bounded) bounds.include(state);
    store(units + j, state);
    store(units + block.stride + j, Units::activation(state));
  }
  return !Units::bounded || bounds.kept();
}

// The samples drawn together, and their units.
struct Tile {
  const distill_nade &plan;
  float *x;      // [tile][padded inputs]
  float *units;  // [blocks][tile][2·widest stride]
  bool product[maximumBlocks][tile];

  float *unitsOf(std::size_t block, int sample) const {
    return units + (block * tile + sample) * 2 * plan.widestStride;
  }

  void start() {
    std::memset(x, 0, tile * plan.paddedInputs * sizeof(float));
    for (std::size_t k = 0; k < plan.blocks.size(); ++k)
      for (int s = 0; s < tile; ++s) {
        const Block &block = plan.blocks[k];
        product[k][s] = !plan.rectified && !plan.polynomial &&
                        startUnits<ProductUnits>(block, unitsOf(k, s));
        if (!product[k][s])
          withUnits(plan.rectified, false, [&](auto kind) {
            startUnits<decltype(kind)>(block, unitsOf(k, s));
          });
      }
  }

  // dots[r][s] = this block's share of U_{i+r}·h of sample s, for r = 0 and 1.
  void twoDots(std::size_t k, int i, float dots[2][tile]) const {
    const Block &block = plan.blocks[k];
    const float *U = block.U.value() + std::size_t(i) * block.stride;
    const float *V = i + 1 < plan.inputs ? U + block.stride : U;
    for (int first = 0; first < tile; first += tileRows) {
      const float *h[tileRows];
      for (int s = 0; s < tileRows; ++s) h[s] = unitsOf(k, first + s) + block.stride;
      vfloat now[tileRows] = {}, then[tileRows] = {};
      for (int j = 0; j < block.width; j += lanes) {
        const vfloat u = load(U + j), v = load(V + j);
        for (int s = 0; s < tileRows; ++s) {
          const vfloat activation = load(h[s] + j);
          now[s] = fma(activation, u, now[s]);
          then[s] = fma(activation, v, then[s]);
        }
      }
      sums<tileRows>(now, dots[0] + first);
      sums<tileRows>(then, dots[1] + first);
    }
  }

  // Moves one sample's units after input i came out on (x says so already), and returns the
  // block's share of the next input's dot product.
  float turnOn(std::size_t k, int sample, int i) {
    const Block &block = plan.blocks[k];
    float *mine = unitsOf(k, sample), dot = 0;
    const float *next =
        block.U.value() + std::size_t(i + 1 < plan.inputs ? i + 1 : i) * block.stride;
    withUnits(plan.rectified, product[k][sample], [&](auto kind) {
      using Units = decltype(kind);
      const float *row = Units::rows(block) + std::size_t(i) * block.stride;
      if (forwardRun<Units, 1>(mine, row, 1, next, block.stride, block.width, &dot)) return;
      product[k][sample] = false;  // once more from the start, in the form without bounds
      startUnits<LogisticUnits>(block, mine);
      for (int j = 0; j <= i; ++j)
        if (x[sample * plan.paddedInputs + j] != 0) changeUnits<LogisticUnits>(block, j, mine);
      forwardRun<LogisticUnits, 1>(mine, nullptr, 0, next, block.stride, block.width, &dot);
    });
    return dot;
  }
};

// Draws (or, for i < given, takes) input i of all samples of a tile, and adds its log-probability.
inline void drawInput(Tile &tileOf, int i, bool isGiven, const float *z, const float *random,
                      std::size_t randomStride, LogProbability *results) {
  float u[tileVectors * lanes] = {}, pixel[tileVectors * lanes] = {};
  for (int s = 0; s < tile; ++s) {
    u[s] = random[s * randomStride + i];
    if (isGiven) pixel[s] = tileOf.x[s * tileOf.plan.paddedInputs + i];
  }
  for (int t = 0; t < tileVectors; ++t) {
    const vfloat logit = load(z + t * lanes);
    const Logistic output(logit);
    vfloat x = load(pixel + t * lanes);
    if (!isGiven)
      x = load(u + t * lanes) < output.probability ? broadcast(1) : broadcast(0);
    results[t].add(x, logit, output.factor);
    store(pixel + t * lanes, x);
  }
  for (int s = 0; s < tile; ++s) tileOf.x[s * tileOf.plan.paddedInputs + i] = pixel[s];
}

inline void drawTile(Tile &drawn, int given, const float *random, std::size_t randomStride,
                     float *logProbability) {
  const distill_nade &plan = drawn.plan;
  const std::size_t blocks = plan.blocks.size(), pixels = plan.paddedInputs;
  LogProbability results[tileVectors];
  float dots[maximumBlocks][2][tile];
  for (int i = 0; i < plan.inputs; i += 2) {
    for (std::size_t k = 0; k < blocks; ++k) drawn.twoDots(k, i, dots[k]);
    for (int r = 0; r < 2 && i + r < plan.inputs; ++r) {
      float z[tileVectors * lanes] = {};
      for (int s = 0; s < tile; ++s) {
        z[s] = plan.b.value()[i + r];
        for (std::size_t k = 0; k < blocks; ++k) z[s] += dots[k][r][s];
      }
      drawInput(drawn, i + r, i + r < given, z, random, randomStride, results);
      for (int s = 0; s < tile; ++s)
        if (drawn.x[s * pixels + i + r] != 0)
          for (std::size_t k = 0; k < blocks; ++k)
            dots[k][1][s] = drawn.turnOn(k, s, i + r);
    }
  }
  float totals[tileVectors * lanes];
  for (int t = 0; t < tileVectors; ++t) store(totals + t * lanes, results[t].totals());
  for (int s = 0; s < tile; ++s) logProbability[s] = totals[s];
}

inline void sample(distill_nade &plan, std::int64_t count, int given,
                   const distill_nade_randomness &randomness, std::uint8_t *samples,
                   float *logProbability) {
  const std::int64_t tiles = (count + tile - 1) / tile;
  const std::size_t pixels = plan.paddedInputs, row = (plan.inputs + 63) / 64 * 64;
  std::atomic<std::int64_t> next{0};
  parallel(plan.threads < tiles ? plan.threads : int(tiles), [&](int thread, int) {
    Workspace &own = plan.workspaces[thread];
    Tile drawn{plan, own.x.reserve(tile * pixels),
               own.units.reserve(plan.blocks.size() * tile * 2 * plan.widestStride), {}};
    float *random = own.z.reserve(tile * row), results[tile];
    for (std::int64_t t; (t = next.fetch_add(1)) < tiles;) {
      const std::int64_t first = t * tile;
      const int size = count - first < tile ? int(count - first) : tile;
      drawn.start();
      for (int s = 0; s < tile; ++s) uniforms(randomness, first + s, plan.inputs, random + s * row);
      for (int s = 0; s < size; ++s)
        for (int i = 0; i < given; ++i)
          drawn.x[s * pixels + i] = samples[(first + s) * plan.inputs + plan.order[i]];
      drawTile(drawn, given, random, row, results);
      for (int s = 0; s < size; ++s) {
        std::uint8_t *out = samples + (first + s) * plan.inputs;
        for (int i = 0; i < plan.inputs; ++i) out[plan.order[i]] = drawn.x[s * pixels + i] != 0;
        if (logProbability) logProbability[first + s] = results[s];
      }
    }
  });
}
