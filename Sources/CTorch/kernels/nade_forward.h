// The way forward: every block's share of U_i·h_i. h changes only after an input that is on, so the
// inputs are taken in runs that share one h. Included by `nade_body.h`.

// The inputs are walked in pieces whose rows stay in the nearest cache while all images pass.
constexpr int forwardRows = 16;

// One run of R inputs: moves the units by `change` (the row of the input before, when it is on;
// else null), then share[r] = U_r·h. False when the units left the bounds of their form.
template <class Units, int R>
DISTILL_INLINE bool forwardRun(float *units, const float *change, float x, const float *U,
                               int stride, int width, float *share) {
  constexpr int chains = R <= 3 ? 2 : 1;  // enough sums under way to hide the latency
  vfloat dot[R][chains] = {};
  Bounds bounds;
  const vfloat amount = broadcast(x);
  const auto take = [&](int j, int chain) __attribute__((always_inline)) {
    vfloat h;
    if (change) {
      const vfloat state = Units::advance(load(units + j), load(change + j), amount);
      if constexpr (Units::bounded) bounds.include(state);
      store(units + j, state);
      h = Units::activation(state);
      store(units + stride + j, h);
    } else {
      h = load(units + stride + j);
    }
    for (int r = 0; r < R; ++r) dot[r][chain] = fma(h, load(U + r * stride + j), dot[r][chain]);
  };
  int j = 0;
  for (; j + chains * lanes <= width; j += chains * lanes)
    for (int chain = 0; chain < chains; ++chain) take(j + chain * lanes, chain);
  if (j < width) take(j, 0);
  vfloat whole[R];
  for (int r = 0; r < R; ++r) whole[r] = chains == 2 ? dot[r][0] + dot[r][chains - 1] : dot[r][0];
  sums<R>(whole, share);
  return !Units::bounded || !change || bounds.kept();
}

// The inputs [from, to) of one image.
template <class Units>
bool forwardPiece(const Block &block, const float *x, int from, int to, float *units,
                  float *share) {
  const float *rows = Units::rows(block), *U = block.U.value();
  const std::ptrdiff_t stride = block.stride;
  for (int i = from; i < to;) {
    int end = i + 1;
    while (end < to && end - i < longestRun && x[end - 1] == 0) ++end;
    const float before = i > 0 ? x[i - 1] : 0;
    const float *change = before != 0 ? rows + (i - 1) * stride : nullptr;
    bool kept = true;
    withRows(end - i, [&](auto R) __attribute__((always_inline)) {
      if (change)
        kept = forwardRun<Units, R()>(units, change, before, U + i * stride, block.stride,
                                      block.width, share + i);
      else
        kept = forwardRun<Units, R()>(units, nullptr, 0, U + i * stride, block.stride,
                                      block.width, share + i);
    });
    if (!kept) return false;
    i = end;
  }
  return true;
}

// The units before the first input: state, then h. False when out of bounds.
template <class Units>
bool startUnits(const Block &block, float *units) {
  Bounds bounds;
  for (int j = 0; j < block.width; j += lanes) {
    const vfloat state = Units::start(load(block.c.value() + j));
    bounds.include(state);
    store(units + j, state);
    store(units + block.stride + j, Units::activation(state));
  }
  return !Units::bounded || bounds.kept();
}

// What a sweep over some images works with; all arrays have one row for each image.
struct Images {
  const float *x;              // [count][padded inputs]
  const std::uint8_t *binary;  // 1 where all pixels are 0 or 1
  std::int64_t count;
};

// A block's share of all dot products, and its units after the last input.
inline void forwardBlock(const distill_nade &plan, const Block &block, const Images &images,
                         float *units, float *share, std::uint8_t *product) {
  const std::size_t size = 2 * block.stride, pixels = plan.paddedInputs;
  alignas(64) float start[2][2 * (widestBlock + laneUnit)];
  bool startKept = false;
  if (plan.rectified) {
    startUnits<RectifiedUnits>(block, start[0]);
  } else {
    startUnits<LogisticUnits>(block, start[0]);
    startKept = !plan.polynomial && startUnits<ProductUnits>(block, start[1]);
  }
  for (std::int64_t n = 0; n < images.count; ++n) {
    product[n] = startKept && images.binary[n];
    std::memcpy(units + n * size, start[product[n]], size * sizeof(float));
  }
  for (int from = 0; from < plan.inputs; from += forwardRows) {
    const int to = from + forwardRows < plan.inputs ? from + forwardRows : plan.inputs;
    for (std::int64_t n = 0; n < images.count; ++n) {
      const float *x = images.x + n * pixels;
      float *mine = units + n * size, *dots = share + n * pixels;
      if (plan.rectified) {
        forwardPiece<RectifiedUnits>(block, x, from, to, mine, dots);
      } else if (!product[n]) {
        forwardPiece<LogisticUnits>(block, x, from, to, mine, dots);
      } else if (!forwardPiece<ProductUnits>(block, x, from, to, mine, dots)) {
        product[n] = 0;  // once more from the first input, in the form without bounds
        std::memcpy(mine, start[0], size * sizeof(float));
        forwardPiece<LogisticUnits>(block, x, 0, to, mine, dots);
      }
    }
  }
}
