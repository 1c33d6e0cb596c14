// What lies on either side of the hidden units: images in, probabilities out.
// Included by `nade_body.h`.

// Copies image n as floats in the plan's order; true when all its pixels are 0 or 1.
inline bool takeImage(const distill_nade &plan, const distill_nade_images &images, std::int64_t n,
                      float *x) {
  const int inputs = plan.inputs;
  const std::int32_t *order = plan.order.data();
  for (int i = inputs; i < plan.paddedInputs; ++i) x[i] = 0;
  if (images.format == DISTILL_NADE_UINT8) {
    const std::uint8_t *pixels = static_cast<const std::uint8_t *>(images.pixels) + n * inputs;
    if (plan.natural)
      for (int i = 0; i < inputs; ++i) x[i] = pixels[i];
    else
      for (int i = 0; i < inputs; ++i) x[i] = pixels[order[i]];
  } else {
    const float *pixels = static_cast<const float *>(images.pixels) + n * inputs;
    if (plan.natural)
      std::memcpy(x, pixels, inputs * sizeof(float));
    else
      for (int i = 0; i < inputs; ++i) x[i] = pixels[order[i]];
  }
  vint other = {};
  for (int i = 0; i < plan.paddedInputs; i += lanes) {
    const vfloat pixel = load(x + i);
    other |= (pixel != 0) & (pixel != 1);
  }
  return !__builtin_reduce_or(other);
}

// One vector of outputs: σ(z) and log(1 + e^z) = max(z, 0) + log(1 + e^(−|z|)).
struct Logistic {
  vfloat probability, factor;  // factor = 1 + e^(−|z|)
  explicit Logistic(vfloat z) {
    const vfloat e = exp(-absolute(z));
    factor = 1 + e;
    const vfloat large = approximateReciprocal(factor);
    probability = z < 0 ? e * large : large;
  }
};

// Adds up x z − log(1 + e^z), with one logarithm for the product of 64 factors in [1, 2].
struct LogProbability {
  vfloat linear, logarithms, product;
  int factors = 0;
  LogProbability() {
    linear = logarithms = broadcast(0);
    product = broadcast(1);
  }
  void add(vfloat x, vfloat z, vfloat factor) {
    linear += x * z - maximum(z, broadcast(0));
    product *= factor;
    if (++factors == 64) settle();
  }
  void settle() {
    logarithms += log(product);
    product = broadcast(1);
    factors = 0;
  }
  vfloat totals() {
    settle();
    return linear - logarithms;
  }
};

// z = b + Σ_blocks share for one image, in the order of the blocks; δ = t − σ(z) and z are stored
// where wanted. Returns Σ t log y + (1 − t) log(1 − y) with targets t: log q when these are the
// pixels. (The padding's b is −80: it adds exactly nothing.)
inline float outputs(const distill_nade &plan, const float *const *shares, const float *targets,
                     float *zOut, float *deltaOut) {
  LogProbability result;
  const float *b = plan.b.value();
  const std::size_t blocks = plan.blocks.size();
  for (int i = 0; i < plan.paddedInputs; i += lanes) {
    vfloat z = load(b + i);
    for (std::size_t k = 0; k < blocks; ++k) z += load(shares[k] + i);
    const vfloat target = load(targets + i);
    const Logistic output(z);
    result.add(target, z, output.factor);
    if (zOut) store(zOut + i, z);
    if (deltaOut) store(deltaOut + i, target - output.probability);
  }
  return sum(result.totals());
}

// Writes one row in the caller's order.
inline void giveRow(const distill_nade &plan, const float *row, float *out) {
  for (int i = 0; i < plan.inputs; ++i) out[plan.order[i]] = row[i];
}
