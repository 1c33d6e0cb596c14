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

// Updates `count` parameters (a multiple of 16) from their gradients g.
template <distill_mlp_rule rule>
static void updateAll(const Update &u, long count, const float *g, float *const *slot) {
  for (long i = 0; i < count; i += lanes) {
    vfloat gradient = load(g + i);
    if constexpr (rule == DISTILL_MLP_NO_UPDATE) {
      store(slot[3] + i, gradient);
      continue;
    }
    vfloat parameter = load(slot[0] + i);
    gradient = fma(broadcast(u.weightDecay), parameter, gradient);
    if constexpr (rule == DISTILL_MLP_SGD) {
      if (u.momentum != 0) {
        vfloat velocity = load(slot[1] + i);
        velocity = u.first ? gradient : fma(broadcast(u.momentum), velocity, gradient);
        store(slot[1] + i, velocity);
        gradient = u.nesterov ? fma(broadcast(u.momentum), velocity, gradient) : velocity;
      }
      parameter = fma(broadcast(-u.rate), gradient, parameter);
    } else if constexpr (rule == DISTILL_MLP_ADAM || rule == DISTILL_MLP_ADAMW) {
      const vfloat mean = fma(broadcast(u.beta1), load(slot[1] + i), gradient * (1 - u.beta1));
      const vfloat square =
          fma(broadcast(u.beta2), load(slot[2] + i), gradient * gradient * (1 - u.beta2));
      store(slot[1] + i, mean);
      store(slot[2] + i, square);
      const vfloat scale = fma(fastRoot(square), broadcast(u.correction), broadcast(u.epsilon));
      if constexpr (rule == DISTILL_MLP_ADAMW) parameter = parameter * u.shrink;
      parameter = fma(mean * -u.rate, approximateReciprocal(scale), parameter);
    } else if constexpr (rule == DISTILL_MLP_RMSPROP) {
      const vfloat square =
          fma(broadcast(u.beta2), load(slot[2] + i), gradient * gradient * (1 - u.beta2));
      store(slot[2] + i, square);
      vfloat step = gradient * approximateReciprocal(fastRoot(square) + u.epsilon);
      if (u.momentum != 0) {
        step = fma(broadcast(u.momentum), load(slot[1] + i), step);
        store(slot[1] + i, step);
      }
      parameter = fma(broadcast(-u.rate), step, parameter);
    } else {
      const vfloat square =
          fma(broadcast(u.beta2), load(slot[2] + i), gradient * gradient * (1 - u.beta2));
      store(slot[2] + i, square);
      const vfloat moved = load(slot[1] + i);
      const vfloat step = gradient * fastRoot(moved + u.epsilon) *
                          approximateReciprocalSquareRoot(square + u.epsilon);
      store(slot[1] + i, fma(broadcast(u.beta2), moved, step * step * (1 - u.beta2)));
      parameter = fma(broadcast(-u.rate), step, parameter);
    }
    store(slot[0] + i, parameter);
  }
}

static void updateAll(const Update &u, long count, const float *g, Buffer *slot, long offset) {
  float *const at[slots] = {slot[0] + offset, slot[1] + offset, slot[2] + offset,
                            slot[3] + offset};
  switch (u.rule) {
    case DISTILL_MLP_NO_UPDATE: return updateAll<DISTILL_MLP_NO_UPDATE>(u, count, g, at);
    case DISTILL_MLP_SGD: return updateAll<DISTILL_MLP_SGD>(u, count, g, at);
    case DISTILL_MLP_ADAM: return updateAll<DISTILL_MLP_ADAM>(u, count, g, at);
    case DISTILL_MLP_ADAMW: return updateAll<DISTILL_MLP_ADAMW>(u, count, g, at);
    case DISTILL_MLP_RMSPROP: return updateAll<DISTILL_MLP_RMSPROP>(u, count, g, at);
    case DISTILL_MLP_ADADELTA: return updateAll<DISTILL_MLP_ADADELTA>(u, count, g, at);
  }
}

// Gradient and update of a block of the layer: Σ_n left[n][k] · right[n][·]; then its transposed
// copy, if `refresh`. Whoever has input 0 of a panel does its bias, from `biasRows` rows.
static void updateLayer(Layer &layer, const float *const *left, const float *const *right,
                        long count, long biasRows, const Update &update, bool refresh,
                        const Block &block) {
  alignas(64) float sums[tileRows * Panels::width];
  for (long panel = block.firstPanel; panel < block.endPanel; ++panel) {
    const long width = layer.panels.widthOf(panel);
    for (long k = block.firstInput; k < block.endInput; k += tileRows) {
      const int rows = static_cast<int>(std::min<long>(tileRows, block.endInput - k));
      outerPanel(left, k, rows, right, panel, width, count, sums);
      updateAll(update, rows * width, sums, layer.weight, layer.panels.offset(panel) + k * width);
    }
    if (block.firstInput > 0 || block.endInput == 0) continue;
    const long first = panel * Panels::width;
    for (long c = 0; c < width; c += lanes) {
      vfloat sum = vfloat{};
      for (long n = 0; n < biasRows; ++n) sum += load(right[n] + first + c);
      store(sums + c, sum);
    }
    updateAll(update, width, sums, layer.bias, first);
  }
  if (refresh) transposeInto(layer.back, layer, block);
}
