// One optimiser update of a vector of parameters, fused into the gradient's last step.
// Part of mlp_body.h. PyTorch's definitions.

// The coefficients of one update, with Adam's bias corrections worked in.
struct Update {
  distill_mlp_rule rule;
  float rate, weightDecay, momentum, beta1, beta2, epsilon;
  float shrink;      // what decoupled weight decay leaves of a parameter
  float correction;  // 1/√(1 − β₂ᵗ)
  bool nesterov, first;

  // The update number `number`, counted from 1.
  Update(const distill_mlp_optimizer &o, int64_t number)
      : rule(o.rule),
        rate(static_cast<float>(o.learning_rate)),
        weightDecay(o.rule == DISTILL_MLP_ADAMW ? 0.0f : static_cast<float>(o.weight_decay)),
        momentum(static_cast<float>(o.momentum)),
        beta1(static_cast<float>(o.beta1)),
        beta2(static_cast<float>(o.beta2)),
        epsilon(static_cast<float>(o.epsilon)),
        shrink(static_cast<float>(1 - o.learning_rate * o.weight_decay)),
        correction(1),
        nesterov(o.nesterov),
        first(number == 1) {
    if (rule == DISTILL_MLP_ADAM || rule == DISTILL_MLP_ADAMW) {
      const double t = static_cast<double>(number);
      rate = static_cast<float>(o.learning_rate / (1 - __builtin_pow(o.beta1, t)));
      correction = static_cast<float>(1 / __builtin_sqrt(1 - __builtin_pow(o.beta2, t)));
    }
    if (rule == DISTILL_MLP_RMSPROP || rule == DISTILL_MLP_ADADELTA)
      beta2 = static_cast<float>(o.decay);
  }
};

// √x, 2 ulp: by the reciprocal root's estimate where that takes less than the processor's root (a
// subnormal x then counts as 1e−37). The root's own unit works beside those for products, which are
// what an update waits for with AVX2.
DISTILL_INLINE vfloat fastRoot(vfloat x) {
#ifdef DISTILL_AVX512
  x = maximum(x, broadcast(1e-37f));
  return x * approximateReciprocalSquareRoot(x);
#else
  return squareRoot(x);
#endif
}

// The same number in all lanes, kept in registers.
struct UpdateVectors {
  vfloat rate, weightDecay, momentum, beta1, rest1, beta2, rest2, epsilon, shrink, correction;

  explicit UpdateVectors(const Update &u)
      : rate(broadcast(-u.rate)),
        weightDecay(broadcast(u.weightDecay)),
        momentum(broadcast(u.momentum)),
        beta1(broadcast(u.beta1)),
        rest1(broadcast(1 - u.beta1)),
        beta2(broadcast(u.beta2)),
        rest2(broadcast(1 - u.beta2)),
        epsilon(broadcast(u.epsilon)),
        shrink(broadcast(u.shrink)),
        correction(broadcast(u.correction)) {}
};

// Updates `count` parameters (a multiple of the lanes) from their gradients g.
template <distill_mlp_rule rule>
DISTILL_INLINE void updateRow(const Update &u, const UpdateVectors &c, long count, const float *g,
                              float *parameters, float *firstState, float *secondState) {
  const bool hasMomentum = u.momentum != 0;
  for (long i = 0; i < count; i += lanes) {
    vfloat parameter = load(parameters + i);
    vfloat gradient = fma(c.weightDecay, parameter, load(g + i));
    if constexpr (rule == DISTILL_MLP_SGD) {
      if (hasMomentum) {
        vfloat velocity = load(firstState + i);
        velocity = u.first ? gradient : fma(c.momentum, velocity, gradient);
        store(firstState + i, velocity);
        gradient = u.nesterov ? fma(c.momentum, velocity, gradient) : velocity;
      }
      parameter = fma(c.rate, gradient, parameter);
    } else if constexpr (rule == DISTILL_MLP_ADAM || rule == DISTILL_MLP_ADAMW) {
      const vfloat mean = fma(c.beta1, load(firstState + i), gradient * c.rest1);
      const vfloat square = fma(c.beta2, load(secondState + i), gradient * gradient * c.rest2);
      store(firstState + i, mean);
      store(secondState + i, square);
      const vfloat scale = fma(fastRoot(square), c.correction, c.epsilon);
      if constexpr (rule == DISTILL_MLP_ADAMW) parameter = parameter * c.shrink;
      parameter = fma(mean * c.rate, approximateReciprocal(scale), parameter);
    } else if constexpr (rule == DISTILL_MLP_RMSPROP) {
      const vfloat square = fma(c.beta2, load(secondState + i), gradient * gradient * c.rest2);
      store(secondState + i, square);
      vfloat step = gradient * approximateReciprocal(fastRoot(square) + c.epsilon);
      if (hasMomentum) {
        step = fma(c.momentum, load(firstState + i), step);
        store(firstState + i, step);
      }
      parameter = fma(c.rate, step, parameter);
    } else {
      const vfloat square = fma(c.beta2, load(secondState + i), gradient * gradient * c.rest2);
      store(secondState + i, square);
      const vfloat moved = load(firstState + i);
      const vfloat step = gradient * fastRoot(moved + c.epsilon) *
                          approximateReciprocalSquareRoot(square + c.epsilon);
      store(firstState + i, fma(c.beta2, moved, step * step * c.rest2));
      parameter = fma(c.rate, step, parameter);
    }
    store(parameters + i, parameter);
  }
}

// Updates `rows` rows of `count` parameters, `stride` apart from `offset` on, from their gradients
// g, as far apart.
template <distill_mlp_rule rule>
static void updateRows(const Update &u, long rows, long count, const float *g, Buffer *slot,
                       long offset, long stride) {
  if (stride == count) {
    count *= rows;
    rows = 1;
  }
  const UpdateVectors vectors(u);
  for (long row = 0; row < rows; ++row, offset += stride, g += stride)
    if constexpr (rule == DISTILL_MLP_NO_UPDATE)
      std::copy_n(g, count, slot[3] + offset);
    else
      updateRow<rule>(u, vectors, count, g, slot[0] + offset, slot[1] + offset, slot[2] + offset);
}

static void updateAll(const Update &u, long rows, long count, const float *g, Buffer *slot,
                      long offset, long stride) {
  switch (u.rule) {
    case DISTILL_MLP_NO_UPDATE:
      return updateRows<DISTILL_MLP_NO_UPDATE>(u, rows, count, g, slot, offset, stride);
    case DISTILL_MLP_SGD:
      return updateRows<DISTILL_MLP_SGD>(u, rows, count, g, slot, offset, stride);
    case DISTILL_MLP_ADAM:
      return updateRows<DISTILL_MLP_ADAM>(u, rows, count, g, slot, offset, stride);
    case DISTILL_MLP_ADAMW:
      return updateRows<DISTILL_MLP_ADAMW>(u, rows, count, g, slot, offset, stride);
    case DISTILL_MLP_RMSPROP:
      return updateRows<DISTILL_MLP_RMSPROP>(u, rows, count, g, slot, offset, stride);
    case DISTILL_MLP_ADADELTA:
      return updateRows<DISTILL_MLP_ADADELTA>(u, rows, count, g, slot, offset, stride);
  }
}

// Rows of a gradient's factors that stay in the first-level cache.
constexpr long examplesTogether = 112;

// The factors of a layer's gradient, Σ_n left[n] ⊗ right[n]: `left` as packRow leaves it, but the
// first part where it is when `rows` is not null; `right` in two matrices with rows `stride` apart.
struct GradientFactors {
  const float *const *rows;
  const float *packed;
  long total, stride;
  struct Part {
    const float *right;
    long count, together;

    // Even shares of the rows.
    Part(const float *right, long count) : right(right), count(count) {
      const long shares = std::max(1L, (count + examplesTogether - 1) / examplesTogether);
      together = (count + shares - 1) / shares;
    }
  } parts[2];
};

// sums[k' − k][columns of the panel], width apart, for the inputs k' in [k, end) of the packed
// block that begins with input `first`.
static void gradientPanel(const GradientFactors &factors, const Panels &panels, long panel,
                          long first, long k, long end, float *sums) {
  const long width = panels.widthOf(panel);
  const float *packed = factors.packed + first * factors.total + k - first;
  const float *const *rows = factors.rows;
  bool adds = false;
  for (const auto &part : factors.parts) {
    for (long begin = 0; begin < part.count; begin += part.together) {
      const long count = std::min(part.together, part.count - begin);
      const float *right = part.right + begin * factors.stride + panel * panels.width;
      acrossPanel(panels, panel, [&](long column, int vectors) {
        forTiles(k, end, vectors, [&](long i, int inputs) {
          float *to = sums + (i - k) * width + column;
          withTile(inputs, vectors, [&]<int R, int V>() {
            if (rows)
              outerTile<R, V>([=](long n) { return rows[n] + i; }, right + column, factors.stride,
                              count, adds, to, width);
            else
              outerTile<R, V>([=](long n) { return packed + n * inputsTogether + i - k; },
                              right + column, factors.stride, count, adds, to, width);
          });
        });
      });
      adds = true;
      packed += count * inputsTogether;
      if (rows) rows += count;
    }
    rows = nullptr;
  }
}

// Asks for the parameters and the state of an update before its gradient is known, which takes longer
// than they are on their way: where vectors are short.
DISTILL_INLINE void fetchAhead(const Update &update, const Buffer *slot, long offset, long count) {
  const int slots = update.rule == DISTILL_MLP_NO_UPDATE ? 0
                    : update.rule != DISTILL_MLP_SGD     ? 3
                    : update.momentum != 0               ? 2
                                                         : 1;
  for (int s = 0; s < slots; ++s)
    for (long i = 0; i < count; i += 16) __builtin_prefetch(slot[s] + offset + i, 1);
}

// Gradient and update of a block of the layer; then its transposed copy, if `refresh`. Whoever has
// input 0 of a panel does its bias, from the first part of the rows.
static void updateLayer(Layer &layer, const GradientFactors &factors, const Update &update,
                        bool refresh, const Block &block) {
  alignas(64) float sums[inputsTogether * Panels::widest];
  // The update's roots and quotients overlap with the products of the next tile.
  const bool isShort = factors.total <= examplesTogether;
  const long together = isShort ? 384 / layer.panels.width : inputsTogether;
  auto updateInputs = [&](long panel, long k, long end) {
    const long width = layer.panels.widthOf(panel), first = panel * layer.panels.width;
    const long used = std::min(width, whole(layer.outputs - first));
    for (long i = k, until = i; i < end; i = until) {
      until = std::min(i + together, end);
      const long offset = layer.panels.offset(panel) + i * width;
#ifndef DISTILL_AVX512
      fetchAhead(update, layer.weight, offset, (until - i) * width);
#endif
      gradientPanel(factors, layer.panels, panel, k / inputsTogether * inputsTogether, i, until,
                    sums);
      updateAll(update, until - i, used, sums, layer.weight, offset, width);
    }
    if (refresh) transposeInto(layer.back, layer, {k, end, panel, panel + 1});
  };
  auto forInputs = [&](auto &&body) {
    for (long k = block.firstInput, end = k; k < block.endInput; k = end) {
      end = std::min(k / inputsTogether * inputsTogether + inputsTogether, block.endInput);
      body(k, end);
    }
  };
#ifdef DISTILL_AVX512
  for (long panel = block.firstPanel; panel < block.endPanel; ++panel)
    forInputs([&](long k, long end) { updateInputs(panel, k, end); });
#else
  // Inputs of all rows stay in the first-level cache while the panels pass.
  forInputs([&](long k, long end) {
    for (long panel = block.firstPanel; panel < block.endPanel; ++panel)
      updateInputs(panel, k, end);
  });
#endif
  if (block.firstInput > 0 || block.endInput == 0) return;
  for (long panel = block.firstPanel; panel < block.endPanel; ++panel) {
    const long width = layer.panels.widthOf(panel), first = panel * layer.panels.width;
    const long used = std::min(width, whole(layer.outputs - first));
    const auto &rows = factors.parts[0];
    for (long c = 0; c < used; c += lanes) {
      vfloat sum = vfloat{};
      for (long n = 0; n < rows.count; ++n)
        sum += load(rows.right + n * factors.stride + first + c);
      store(sums + c, sum);
    }
    updateAll(update, 1, used, sums, layer.bias, first, used);
  }
}
