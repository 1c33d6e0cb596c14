// Whole passes over a batch, divided between threads. Included by `nade_body.h`.

// Evaluation divides the images, in groups that share the rows in the cache: calls
// each(n, log q, z) for every image. Few images are divided by blocks of hidden units instead.
constexpr int groupImages = 32;

template <class Each>
void evaluate(distill_nade &plan, const distill_nade_images &images, Each each) {
  const std::int64_t most = (images.count + plan.threads - 1) / plan.threads;
  const std::int64_t group = most < groupImages ? most : groupImages;
  const std::int64_t groups = (images.count + group - 1) / group;
  const std::size_t pixels = plan.paddedInputs, blocks = plan.blocks.size();
  std::atomic<std::int64_t> next{0};
  parallel(plan.threads < groups ? plan.threads : int(groups), [&](int thread, int) {
    Workspace &own = plan.workspaces[thread];
    float *x = own.x.reserve(group * pixels), *z = own.z.reserve(pixels);
    float *units = own.units.reserve(group * 2 * plan.widestStride);
    float *share = own.share.reserve(blocks * group * pixels);
    std::uint8_t binary[groupImages], product[groupImages];
    const float *shares[maximumBlocks];
    for (std::int64_t g; (g = next.fetch_add(1)) < groups;) {
      const std::int64_t first = g * group;
      const std::int64_t count = images.count - first < group ? images.count - first : group;
      for (std::int64_t n = 0; n < count; ++n)
        binary[n] = takeImage(plan, images, first + n, x + n * pixels);
      for (std::size_t k = 0; k < blocks; ++k)
        forwardBlock(plan, plan.blocks[k], {x, binary, count}, units, share + k * group * pixels,
                     product);
      for (std::int64_t n = 0; n < count; ++n) {
        for (std::size_t k = 0; k < blocks; ++k) shares[k] = share + (k * group + n) * pixels;
        const float result = outputs(plan, shares, x + n * pixels, z, nullptr);
        each(first + n, result, z);
      }
    }
  });
}

inline void conditionals(distill_nade &plan, const distill_nade_images &images, float *out) {
  evaluate(plan, images, [&](std::int64_t n, float, float *z) {
    for (int i = 0; i < plan.paddedInputs; i += lanes)
      store(z + i, Logistic(load(z + i)).probability);
    giveRow(plan, z, out + n * plan.inputs);
  });
}

// The forward half of training: keeps x, z, δ and the blocks' units after the last input. Outputs
// are compared with `targets`, or (null) with the images themselves.
inline void forward(distill_nade &plan, const distill_nade_images &images, const float *targets,
                    float *logProbability) {
  plan.reserve(images.count);
  const std::size_t pixels = plan.paddedInputs;
  const float *wanted = targets ? plan.targets.reserve(images.count * pixels) : plan.x.get();
  const distill_nade_images soft{targets, DISTILL_NADE_FLOAT, images.count};
  const int blocks = int(plan.blocks.size());
  parallel(plan.threads, [&](int thread, int threads) {
    const Share mine(images.count, thread, threads);
    for (std::int64_t n = mine.begin; n < mine.end; ++n)
      plan.binary[n] = takeImage(plan, images, n, plan.x.get() + n * pixels);
    if (targets)
      for (std::int64_t n = mine.begin; n < mine.end; ++n)
        takeImage(plan, soft, n, plan.targets.get() + n * pixels);
    plan.barrier.wait(threads);
    for (int k = thread; k < blocks; k += threads) {
      Block &block = plan.blocks[k];
      forwardBlock(plan, block, {plan.x.get(), plan.binary.data(), images.count},
                   block.units.get(), block.share.get(), block.product.data());
    }
    plan.barrier.wait(threads);
    const float *shares[maximumBlocks];
    for (std::int64_t n = mine.begin; n < mine.end; ++n) {
      for (int k = 0; k < blocks; ++k) shares[k] = plan.blocks[k].share.get() + n * pixels;
      const float result = outputs(plan, shares, wanted + n * pixels, plan.z.get() + n * pixels,
                                   plan.delta.get() + n * pixels);
      if (logProbability) logProbability[n] = result;
    }
  });
}

inline void logProbability(distill_nade &plan, const distill_nade_images &images, float *out) {
  if (images.count < plan.threads) return forward(plan, images, nullptr, out);
  evaluate(plan, images, [&](std::int64_t n, float result, float *) { out[n] = result; });
}

// db for this thread's share of the inputs: Σ_n w_n δ_n of `delta` [images][padded inputs].
inline void visibleBias(const distill_nade &plan, const float *weights, const float *delta,
                        const Destination &to, int thread, int threads) {
  const Share mine(plan.paddedInputs, thread, threads, laneUnit);
  for (long from = mine.begin; from < mine.end; from += laneUnit) {
    float db[laneUnit];
    addImages(delta, weights, plan.images, plan.paddedInputs, from, laneUnit, db);
    for (long i = from; i < from + laneUnit; ++i)
      if (i >= plan.inputs) db[i - from] = 0;
    to.visibleBias(int(from), int(from) + laneUnit, db);
  }
}

// The backward half: the gradient of Σ_n w_n log q(x_n), to `arrays` or (null) down which to step.
inline void backward(distill_nade &plan, const float *weights, const distill_nade_arrays *arrays) {
  const Destination to{plan, arrays, Rule(plan.optimizer)};
  const int blocks = int(plan.blocks.size());
  parallel(plan.threads, [&](int thread, int threads) {
    for (int k = thread; k < blocks; k += threads)
      backwardBlock(plan, plan.blocks[k], weights, to);
    visibleBias(plan, weights, plan.delta.get(), to, thread, threads);
  });
}

// One step of the optimiser with a gradient in the caller's arrays.
inline void apply(distill_nade &plan, const distill_nade_arrays &gradient) {
  const Destination to{plan, nullptr, Rule(plan.optimizer)};
  const int blocks = int(plan.blocks.size());
  parallel(plan.threads, [&](int thread, int threads) {
    for (int k = thread; k < blocks; k += threads) {
      Block &block = plan.blocks[k];
      const std::size_t bytes = block.count * sizeof(float);
      float *dW = block.rowGradient.reserve(2 * backwardRows * block.stride);
      float *dU = dW + backwardRows * block.stride;
      for (int i = 0; i < plan.inputs; ++i) {
        const std::size_t at = std::size_t(plan.order[i]) * plan.hidden + block.first;
        std::memcpy(dW, gradient.W + at, bytes);
        std::memcpy(dU, gradient.U + at, bytes);
        to.rows(block, i, 1, dW, dU);
      }
      std::memcpy(dW, gradient.c + block.first, bytes);
      to.hiddenBias(block, dW);
    }
    const Share mine(plan.paddedInputs, thread, threads, laneUnit);
    for (long from = mine.begin; from < mine.end; from += laneUnit) {
      float db[laneUnit] = {};
      for (long i = from; i < from + laneUnit && i < plan.inputs; ++i)
        db[i - from] = gradient.b[plan.order[i]];
      to.visibleBias(int(from), int(from) + laneUnit, db);
    }
  });
}

// e^(−W) from W, after W was written.
inline void prepare(distill_nade &plan) {
  for (Block &block : plan.blocks)
    for (std::size_t j = 0; j < std::size_t(plan.inputs) * block.stride; j += lanes)
      store(block.decay.get() + j, decayOf(load(block.W.value() + j)));
}
