// Derivatives with respect to the inputs, and the R-operator's gradient of their square error
// (score matching). Everything here is dense: v moves Ra at every input. Included by `nade_body.h`.

// From the last input to the first: share_i = W_i·Σ_{j>i} e_j; the units end at their start.
template <class Units>
void derivativeImage(const distill_nade &plan, const Block &block, const float *x,
                     const float *delta, float *units, float *suffix, float *share) {
  const float *rows = Units::rows(block);
  const std::size_t stride = block.stride;
  for (int i = plan.inputs - 1; i >= 0; --i) {
    const float *W = block.W.value() + i * stride, *U = block.U.value() + i * stride;
    const bool undo = x[i] != 0 && i < plan.inputs - 1;
    const vfloat amount = broadcast(x[i]), d = broadcast(delta[i]);
    vfloat dot = {};
    for (int j = 0; j < block.width; j += lanes) {
      const vfloat after = load(suffix + j);
      dot = fma(load(W + j), after, dot);
      vfloat h;
      if (undo) {
        const vfloat state =
            Units::retreat(load(units + j), load(rows + i * stride + j), amount);
        store(units + j, state);
        h = Units::activation(state);
        store(units + stride + j, h);
      } else {
        h = load(units + stride + j);
      }
      store(suffix + j, fma(d * load(U + j), Units::slope(h), after));
    }
    sums<1>(&dot, share + i);
  }
}

// From the first input to the last: share_i = U_i·(s′ Ra_i); Ra_{i+1} = Ra_i + v_i W_i.
template <class Units>
void tangentForwardImage(const distill_nade &plan, const Block &block, const float *x,
                         const float *v, float *units, float *tangent, float *share) {
  const float *rows = Units::rows(block);
  const std::size_t stride = block.stride;
  for (int i = 0; i < plan.inputs; ++i) {
    const float *W = block.W.value() + i * stride, *U = block.U.value() + i * stride;
    const bool last = i == plan.inputs - 1, move = x[i] != 0 && !last;
    const vfloat amount = broadcast(x[i]), along = broadcast(last ? 0 : v[i]);
    vfloat dot = {};
    for (int j = 0; j < block.width; j += lanes) {
      const vfloat h = load(units + stride + j), Ra = load(tangent + j);
      dot = fma(Units::slope(h) * Ra, load(U + j), dot);
      store(tangent + j, fma(along, load(W + j), Ra));
      if (!move) continue;
      const vfloat state = Units::advance(load(units + j), load(rows + i * stride + j), amount);
      store(units + j, state);
      store(units + stride + j, Units::activation(state));
    }
    sums<1>(&dot, share + i);
  }
}

// What the last sweep needs of one image, besides its units.
struct TangentImage {
  const float *x, *delta, *v, *tangentDelta;
  float weight;
  float *units, *tangent, *suffix, *tangentSuffix;
};

// From the last input to the first: the rows [from, to) of dW and dU.
template <class Units>
void tangentBackwardPiece(const distill_nade &plan, const Block &block, const TangentImage &image,
                          int from, int to, float *dW, float *dU) {
  const float *rows = Units::rows(block);
  const std::size_t stride = block.stride;
  for (int i = to - 1; i >= from; --i) {
    const float *W = block.W.value() + i * stride, *U = block.U.value() + i * stride;
    float *dWi = dW + (i - from) * stride, *dUi = dU + (i - from) * stride;
    const bool last = i == plan.inputs - 1, undo = image.x[i] != 0 && !last;
    const vfloat amount = broadcast(image.x[i]), along = broadcast(last ? 0 : image.v[i]);
    const vfloat x = broadcast(image.weight * image.x[i]), v = broadcast(image.weight * image.v[i]);
    const vfloat delta = broadcast(image.delta[i]), Rdelta = broadcast(image.tangentDelta[i]);
    const vfloat weight = broadcast(image.weight);
    for (int j = 0; j < block.width; j += lanes) {
      const vfloat after = load(image.suffix + j), Rafter = load(image.tangentSuffix + j);
      store(dWi + j, load(dWi + j) + fma(x, Rafter, v * after));
      vfloat h;
      if (undo) {
        const vfloat state =
            Units::retreat(load(image.units + j), load(rows + i * stride + j), amount);
        store(image.units + j, state);
        h = Units::activation(state);
        store(image.units + stride + j, h);
      } else {
        h = load(image.units + stride + j);
      }
      const vfloat Ra = fma(-along, load(W + j), load(image.tangent + j));
      store(image.tangent + j, Ra);
      const vfloat slope = Units::slope(h), u = load(U + j);
      store(dUi + j, fma(weight, fma(Rdelta, h, delta * slope * Ra), load(dUi + j)));
      store(image.suffix + j, fma(delta * u, slope, after));
      const vfloat Re = fma(Rdelta, slope, delta * Units::curvature(h) * Ra) * u;
      store(image.tangentSuffix + j, Rafter + Re);
    }
  }
}

inline void derivativeBlock(const distill_nade &plan, Block &block) {
  const std::size_t pixels = plan.paddedInputs, stride = block.stride;
  std::memset(block.suffix.get(), 0, plan.images * stride * sizeof(float));
  for (std::int64_t n = 0; n < plan.images; ++n)
    withUnits(plan.rectified, block.product[n], [&](auto kind) {
      derivativeImage<decltype(kind)>(
          plan, block, plan.x.get() + n * pixels, plan.delta.get() + n * pixels,
          block.units.get() + n * 2 * stride, block.suffix.get() + n * stride,
          block.share.get() + n * pixels);
    });
}

// z + Σ_blocks share for image n, into `row`: ∂log q/∂x in the plan's order.
inline void derivativeRow(const distill_nade &plan, std::int64_t n, float *row) {
  const std::size_t pixels = plan.paddedInputs;
  for (int i = 0; i < plan.paddedInputs; i += lanes) {
    vfloat total = load(plan.z.get() + n * pixels + i);
    for (const Block &block : plan.blocks) total += load(block.share.get() + n * pixels + i);
    store(row + i, total);
  }
}

inline void inputDerivative(distill_nade &plan, const distill_nade_images &images, float *out) {
  forward(plan, images, nullptr, nullptr);
  plan.v.reserve(images.count * plan.paddedInputs);
  const int blocks = int(plan.blocks.size());
  parallel(plan.threads, [&](int thread, int threads) {
    for (int k = thread; k < blocks; k += threads) derivativeBlock(plan, plan.blocks[k]);
    plan.barrier.wait(threads);
    const Share mine(images.count, thread, threads);
    for (std::int64_t n = mine.begin; n < mine.end; ++n) {
      float *row = plan.v.get() + n * plan.paddedInputs;
      derivativeRow(plan, n, row);
      giveRow(plan, row, out + n * plan.inputs);
    }
  });
}

inline void tangentForwardBlock(const distill_nade &plan, Block &block) {
  const std::size_t pixels = plan.paddedInputs, stride = block.stride;
  float *tangent = block.tangent.reserve(plan.images * stride);
  std::memset(tangent, 0, plan.images * stride * sizeof(float));
  for (std::int64_t n = 0; n < plan.images; ++n)
    withUnits(plan.rectified, block.product[n], [&](auto kind) {
      float *units = block.units.get() + n * 2 * stride;
      startUnits<decltype(kind)>(block, units);
      tangentForwardImage<decltype(kind)>(plan, block, plan.x.get() + n * pixels,
                                          plan.v.get() + n * pixels, units, tangent + n * stride,
                                          block.share.get() + n * pixels);
    });
}

inline void tangentBackwardBlock(const distill_nade &plan, Block &block, const float *weights,
                                 const Destination &to) {
  const std::size_t pixels = plan.paddedInputs, stride = block.stride;
  const std::size_t states = plan.images * stride;
  float *dW = block.rowGradient.reserve(2 * backwardRows * stride);
  float *dU = dW + backwardRows * stride, *tangentSuffix = block.tangentSuffix.reserve(states);
  std::memset(block.suffix.get(), 0, states * sizeof(float));
  std::memset(tangentSuffix, 0, states * sizeof(float));
  const int pieces = (plan.inputs + backwardRows - 1) / backwardRows;
  for (int piece = pieces - 1; piece >= 0; --piece) {
    const int from = piece * backwardRows;
    const int end = from + backwardRows < plan.inputs ? from + backwardRows : plan.inputs;
    for (std::int64_t n = 0; n < plan.images; ++n)
      withUnits(plan.rectified, block.product[n], [&](auto kind) {
        const TangentImage image{plan.x.get() + n * pixels,
                                 plan.delta.get() + n * pixels,
                                 plan.v.get() + n * pixels,
                                 plan.tangentDelta.get() + n * pixels,
                                 weights[n],
                                 block.units.get() + n * 2 * stride,
                                 block.tangent.get() + n * stride,
                                 block.suffix.get() + n * stride,
                                 tangentSuffix + n * stride};
        tangentBackwardPiece<decltype(kind)>(plan, block, image, from, end, dW, dU);
      });
    to.rows(block, from, end - from, dW, dU);
  }
  addImages(tangentSuffix, weights, plan.images, stride, 0, block.width, dW);
  to.hiddenBias(block, dW);
  std::memset(dW, 0, stride * sizeof(float));
}

// The losses ½‖v‖² with v = ∇_x log q − s, and their gradient to `arrays` or a step.
inline void score(distill_nade &plan, const distill_nade_images &images, const float *scores,
                  const float *weights, float *losses, const distill_nade_arrays *arrays) {
  forward(plan, images, nullptr, nullptr);
  const Destination to{plan, arrays, Rule(plan.optimizer)};
  const std::size_t pixels = plan.paddedInputs;
  float *v = plan.v.reserve(images.count * pixels);
  float *Rdelta = plan.tangentDelta.reserve(images.count * pixels);
  const int blocks = int(plan.blocks.size());
  parallel(plan.threads, [&](int thread, int threads) {
    const Share mine(images.count, thread, threads);
    for (int k = thread; k < blocks; k += threads) derivativeBlock(plan, plan.blocks[k]);
    plan.barrier.wait(threads);
    for (std::int64_t n = mine.begin; n < mine.end; ++n) {
      float *row = v + n * pixels;
      derivativeRow(plan, n, row);
      for (int i = 0; i < plan.inputs; ++i) row[i] -= scores[n * plan.inputs + plan.order[i]];
      for (int i = plan.inputs; i < plan.paddedInputs; ++i) row[i] = 0;
      vfloat square = {};
      for (int i = 0; i < plan.paddedInputs; i += lanes)
        square = fma(load(row + i), load(row + i), square);
      if (losses) losses[n] = 0.5f * sum(square);
    }
    plan.barrier.wait(threads);
    for (int k = thread; k < blocks; k += threads) tangentForwardBlock(plan, plan.blocks[k]);
    plan.barrier.wait(threads);
    for (std::int64_t n = mine.begin; n < mine.end; ++n)
      for (std::size_t i = n * pixels; i < (n + 1) * pixels; i += lanes) {
        vfloat Rz = {};
        for (const Block &block : plan.blocks) Rz += load(block.share.get() + i);
        const vfloat y = Logistic(load(plan.z.get() + i)).probability;
        store(Rdelta + i, load(v + i) - y * (1 - y) * Rz);
      }
    plan.barrier.wait(threads);
    for (int k = thread; k < blocks; k += threads)
      tangentBackwardBlock(plan, plan.blocks[k], weights, to);
    visibleBias(plan, weights, Rdelta, to, thread, threads);
  });
}
