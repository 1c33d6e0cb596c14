// The way back: walks the inputs in reverse, undoing the changes of the hidden units instead of
// having stored them, and completes a few rows of dW and dU at a time. Included by `nade_body.h`.

constexpr int backwardRows = 8;

// One run of R inputs that share h: dU_r += e_r h, suffix += (Σ_r e_r U_r) s′.
template <class Units, int R>
DISTILL_INLINE void backwardRun(const float *units, const float *U, float *dU, const float *delta,
                                float weight, float *suffix, int stride, int width) {
  vfloat e[R];
  for (int r = 0; r < R; ++r) e[r] = broadcast(weight * delta[r]);
#pragma clang loop unroll_count(2)
  for (int j = 0; j < width; j += lanes) {
    const vfloat h = load(units + stride + j);
    vfloat back = {};
    for (int r = 0; r < R; ++r) {
      back = fma(e[r], load(U + r * stride + j), back);
      store(dU + r * stride + j, fma(e[r], h, load(dU + r * stride + j)));
    }
    store(suffix + j, fma(back, Units::slope(h), load(suffix + j)));
  }
}

// Undoes an input that is on, and adds its row of dW.
template <class Units>
DISTILL_INLINE void backwardChange(float *units, const float *row, float x, float *dW,
                                   const float *suffix, int stride, int width) {
  const vfloat amount = broadcast(x);
#pragma clang loop unroll_count(2)
  for (int j = 0; j < width; j += lanes) {
    store(dW + j, fma(amount, load(suffix + j), load(dW + j)));
    const vfloat state = Units::retreat(load(units + j), load(row + j), amount);
    store(units + j, state);
    store(units + stride + j, Units::activation(state));
  }
}

// The inputs [from, to) of one image; dW and dU are those rows.
template <class Units>
void backwardPiece(const distill_nade &plan, const Block &block, const float *x, int from, int to,
                   float *units, const float *delta, float weight, float *suffix, float *dW,
                   float *dU) {
  const float *rows = Units::rows(block), *U = block.U.value();
  const std::ptrdiff_t stride = block.stride;
  for (int end = to; end > from;) {
    const int last = end - 1;  // the last input's change was never made
    if (x[last] != 0 && end < plan.inputs)
      backwardChange<Units>(units, rows + last * stride, x[last], dW + (last - from) * stride,
                            suffix, block.stride, block.width);
    int i = last;
    while (i > from && end - i < longestRun && x[i - 1] == 0) --i;
    withRows(end - i, [&](auto R) __attribute__((always_inline)) {
      backwardRun<Units, R()>(units, U + i * stride, dU + (i - from) * stride, delta + i, weight,
                              suffix, block.stride, block.width);
    });
    end = i;
  }
}

// A block's gradient, for the images whose forward sweep the plan holds.
inline void backwardBlock(const distill_nade &plan, Block &block, const float *weights,
                          const Destination &to) {
  const std::size_t size = 2 * block.stride, pixels = plan.paddedInputs, stride = block.stride;
  float *dW = block.rowGradient.reserve(2 * backwardRows * stride);
  float *dU = dW + backwardRows * stride, *suffix = block.suffix.get();
  std::memset(suffix, 0, plan.images * stride * sizeof(float));
  const int pieces = (plan.inputs + backwardRows - 1) / backwardRows;
  for (int piece = pieces - 1; piece >= 0; --piece) {
    const int from = piece * backwardRows;
    const int end = from + backwardRows < plan.inputs ? from + backwardRows : plan.inputs;
    for (std::int64_t n = 0; n < plan.images; ++n)
      withUnits(plan.rectified, block.product[n], [&](auto units) __attribute__((always_inline)) {
        backwardPiece<decltype(units)>(plan, block, plan.x.get() + n * pixels, from, end,
                                       block.units.get() + n * size, plan.delta.get() + n * pixels,
                                       weights[n], suffix + n * stride, dW, dU);
      });
    to.rows(block, from, end - from, dW, dU);
  }
  addImages(suffix, nullptr, plan.images, stride, 0, block.width, dW);
  to.hiddenBias(block, dW);
  std::memset(dW, 0, stride * sizeof(float));
}
