// Gradients that are scaled where they are longer than a bound (Pascanu, Mikolov & Bengio 2013).
// They are made first, in DISTILL_MLP_GRADIENT, then measured, then applied. Part of mlp_body.h.

// Inputs whose squares are added up together: the borders of blocks are multiples of it, so that
// sums do not depend on the threads.
constexpr long squaresTogether = 16;

// Where the squares of a layer's gradient go: for each panel those of its bias, then of its inputs.
DISTILL_INLINE long squaresOf(const Layer &layer) {
  return layer.panels.count() * (1 + (layer.inputs + squaresTogether - 1) / squaresTogether);
}

static float squareSum(const float *values, long count) {
  vfloat total = vfloat{};
  for (long i = 0; i < count; i += lanes) {
    const vfloat x = load(values + i);
    total = fma(x, x, total);
  }
  return sum(total);
}

static void measureGradient(const Layer &layer, const Block &block, double *squares) {
  const long each = squaresOf(layer) / layer.panels.count();
  for (long panel = block.firstPanel; panel < block.endPanel; ++panel) {
    const long width = layer.panels.widthOf(panel);
    const float *gradient = layer.weight[DISTILL_MLP_GRADIENT] + layer.panels.offset(panel);
    for (long k = block.firstInput; k < block.endInput; k += squaresTogether) {
      const long count = std::min(squaresTogether, block.endInput - k) * width;
      squares[panel * each + 1 + k / squaresTogether] = squareSum(gradient + k * width, count);
    }
    if (block.firstInput == 0 && block.endInput > 0)
      squares[panel * each] =
          squareSum(layer.bias[DISTILL_MLP_GRADIENT] + panel * layer.panels.width, width);
  }
}

// The update of a block by `scale` times the gradient that was kept; then its transposed copy, if
// `refresh`.
static void applyGradient(Layer &layer, float scale, const Update &update, bool refresh,
                          const Block &block) {
  alignas(64) float scaled[squaresTogether * Panels::widest];
  auto apply = [&](Buffer *slot, long offset, long count) {
    const float *gradient = slot[DISTILL_MLP_GRADIENT] + offset;
    for (long i = 0; i < count; i += lanes) store(scaled + i, load(gradient + i) * scale);
    updateAll(update, 1, count, scaled, slot, offset, count);
  };
  for (long panel = block.firstPanel; panel < block.endPanel; ++panel) {
    const long width = layer.panels.widthOf(panel), offset = layer.panels.offset(panel);
    for (long k = block.firstInput; k < block.endInput; k += squaresTogether)
      apply(layer.weight, offset + k * width,
            std::min(squaresTogether, block.endInput - k) * width);
    if (block.firstInput == 0 && block.endInput > 0)
      apply(layer.bias, panel * layer.panels.width, width);
  }
  if (refresh) transposeInto(layer.back, layer, block);
}
