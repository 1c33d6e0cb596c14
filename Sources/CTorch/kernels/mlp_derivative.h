// Derivatives of the log-probabilities with respect to the inputs, and their way back to the
// parameters (Pearlmutter's R-operator, written as products over all outputs at once).
// Part of mlp_body.h.
//
// Every example has `each` rows: one for each output k, or one for its projection. A row v starts
// as δ_L = v − (Σ_k v_k) p with p = softmax(logits), and goes to the inputs as a gradient does:
//   U_l = δ_{l+1} W_{l+1},  δ_l = s′(z_l) ⊙ U_l,  J = δ_1 W_1.
// Back from G = ∂loss/∂J:
//   ∂/∂W_l += δ_lᵀ G_{l−1},  ∂/∂δ_l = G_{l−1} W_lᵀ,  G_l = s′ ⊙ ∂/∂δ_l,  ∂/∂z_l += s″ U_l ∂/∂δ_l,
//   ∂/∂p = −Σ_rows (Σ_k v_k) ∂/∂δ_L.

// δ_L for the rows of example n, from its logits; seeds [each, K], or null for the identity.
static void seedTangents(const float *logits, const float *seeds, long each, long K, float *out,
                         long stride, float *probabilities) {
  logSoftmax(logits, K, 1, probabilities);
  for (long k = 0; k < padded(K); k += lanes) {
    const int count = static_cast<int>(K - k < lanes ? K - k : lanes);
    const vfloat p = exp(load(probabilities + k, count));
    store(probabilities + k, vfloat{});
    store(probabilities + k, p, count);
  }
  for (long row = 0; row < each; ++row) {
    float total = seeds ? 0 : 1;
    for (long k = 0; seeds && k < K; ++k) total += seeds[row * K + k];
    for (long k = 0; k < padded(K); k += lanes)
      store(out + row * stride + k, load(probabilities + k) * -total);
    if (!seeds) out[row * stride + row] += 1;
    for (long k = 0; seeds && k < K; ++k) out[row * stride + k] += seeds[row * K + k];
  }
}

// Adds to `into` what the rows' ∂/∂δ_L mean for the example's logits, through p.
static void seedsBack(const float *logits, const float *seeds, long each, long K,
                      const float *tangentGradients, long stride, float *p, float *byP,
                      float *into) {
  logSoftmax(logits, K, 1, p);
  for (long k = 0; k < whole(K); k += lanes) store(byP + k, vfloat{});
  for (long row = 0; row < each; ++row) {
    float total = seeds ? 0 : 1;
    for (long k = 0; seeds && k < K; ++k) total += seeds[row * K + k];
    for (long k = 0; k < whole(K); k += lanes)
      store(byP + k, fma(broadcast(-total), load(tangentGradients + row * stride + k),
                         load(byP + k)));
  }
  vfloat products = vfloat{};
  for (long k = 0; k < K; k += lanes) {
    const int count = static_cast<int>(K - k < lanes ? K - k : lanes);
    store(p + k, exp(load(p + k, count)), count);
    products = fma(load(p + k, count), load(byP + k, count), products);
  }
  const float mean = sum(products);
  for (long k = 0; k < K; k += lanes) {
    const int count = static_cast<int>(K - k < lanes ? K - k : lanes);
    const vfloat change = load(p + k, count) * (load(byP + k, count) - mean);
    store(into + k, load(into + k, count) + change, count);
  }
}

// Pointers to the rows of a matrix of rowStride(width).
static void pointAt(float *base, long width, long count, const float **rows) {
  for (long row = 0; row < count; ++row) rows[row] = base + row * rowStride(width);
}

// From δ_L down to J for the rows [begin, end), which belong to the examples begin/each ...
// `out[level]` (tangent) and `up[level]` (before s′) are the matrices of a level; J has the rows
// [0, end − begin). `inputBack` is the first layer's transposed copy.
static void tangentsToInputs(const distill_mlp &net, const float *inputBack, long each,
                             const Levels &seen, float *const *out, float *const *up, float *J,
                             const float **rows, long begin, long end) {
  for (int level = net.depth() - 1; level >= 0; --level) {
    const Layer &layer = net.layers[level];
    const long stride = rowStride(layer.inputs);
    pointAt(out[level + 1] + begin * rowStride(layer.outputs), layer.outputs, end - begin, rows);
    const float *back = level == 0 ? inputBack : layer.back;
    float *to = level == 0 ? J : up[level] + begin * stride;
    for (long panel = 0; panel < layer.transposed.count(); ++panel)
      productPanel(rows, 0, end - begin, layer.transposed, back, panel, nullptr, to, stride);
    if (level == 0) return;
    const Level here = seen.at(level);
    for (long row = begin; row < end; ++row)
      for (long c = 0; c < whole(layer.inputs); c += lanes)
        store(out[level] + row * stride + c,
              load(up[level] + row * stride + c) *
                  slopeAt(net.activation, here, row / each * stride + c));
  }
}

// From G, in the place of J, back to δ_L: replaces up[level] by G_level
// and sets extra[level] to s″ U ∂/∂δ. `scratch` [end − begin, widest] receives ∂/∂δ; that of δ_L
// is left in it.
static void tangentsBack(const distill_mlp &net, long each, const Levels &seen, float *const *up,
                         float *G, float *const *extra, float *scratch, const float **rows,
                         long begin, long end) {
  for (int level = 0; level < net.depth(); ++level) {
    const Layer &layer = net.layers[level];
    const long stride = rowStride(layer.outputs);
    float *from = level == 0 ? G : up[level] + begin * rowStride(layer.inputs);
    pointAt(from, layer.inputs, end - begin, rows);
    for (long panel = 0; panel < layer.panels.count(); ++panel)
      productPanel(rows, 0, end - begin, layer.panels, layer.weight[0], panel, nullptr,
                   scratch, stride);
    if (level + 1 == net.depth()) return;
    const Level here = seen.at(level + 1);
    for (long n = begin / each; n < end / each; ++n)
      for (long c = 0; c < whole(layer.outputs); c += lanes) {
        const vfloat first = slopeAt(net.activation, here, n * stride + c);
        vfloat product = vfloat{};
        for (long row = n * each; row < (n + 1) * each; ++row) {
          const vfloat d = load(scratch + (row - begin) * stride + c);
          float *u = up[level + 1] + row * stride + c;
          product = fma(d, load(u), product);
          store(u, d * first);
        }
        store(extra[level + 1] + n * stride + c,
              product * curvatureAt(net.activation, here, n * stride + c));
      }
  }
}

// g = Σ_k v_k J_k of one example's derivatives J [K, D]; `g` has room for padded(D).
template <class Stored>
static void projectDerivatives(const Stored *J, const float *v, long K, long D, float *g) {
  for (long d = 0; d < D; d += lanes) store(g + d, vfloat{});
  for (long k = 0; k < K; ++k, J += D) {
    const vfloat weight = broadcast(v[k]);
    long d = 0;
    for (; d + lanes <= D; d += lanes) store(g + d, fma(weight, load(J + d), load(g + d)));
    if (d == D) continue;
    Stored rest[DISTILL_LANES] = {};
    for (long i = d; i < D; ++i) rest[i - d] = J[i];
    store(g + d, fma(weight, load(rest), load(g + d)));
  }
}

// J − J_t for one row of D inputs, scaled: returns Σ (J − J_t)² and leaves scale·(J − J_t) in j.
template <class Stored>
static float derivativeResidual(float *j, const Stored *target, long D, float scale) {
  vfloat squares = vfloat{};
  long d = 0;
  for (; d + lanes <= D; d += lanes) {
    const vfloat r = load(j + d) - load(target + d);
    squares = fma(r, r, squares);
    store(j + d, r * scale);
  }
  if (d < D) {
    Stored rest[DISTILL_LANES] = {};
    for (long i = d; i < D; ++i) rest[i - d] = target[i];
    const vfloat r = load(j + d) - load(rest);
    squares = fma(r, r, squares);
    store(j + d, r * scale);
  }
  return sum(squares);
}
