// The training steps of a plan: batch after batch without leaving the team of threads.
// Part of mlp_body.h.

// One call's work, shared by the team.
struct Training {
  distill_mlp &net;
  const distill_mlp_optimizer &optimizer;
  const distill_mlp_loss *loss;   // null: `given` holds ∂loss/∂logits
  const float *inputs;
  const int64_t *indices;
  long batch;
  const float *given = nullptr;
  bool goesForward = true, goesBack = true;

  long each = 0;       // derivative rows of an example: K, 1 (a projection) or 0
  long examples = 0;   // whose derivatives a thread makes together, so that they stay in the cache
  bool byRows = true;  // threads own rows of the batch in forward and backward, else panels
  std::vector<const float *> left[maximumLayers], right[maximumLayers];
  Barrier barrier;

  Training(distill_mlp &net, const distill_mlp_optimizer &optimizer, const distill_mlp_loss *loss,
           const float *inputs, const int64_t *indices, long batch)
      : net(net), optimizer(optimizer), loss(loss), inputs(inputs), indices(indices), batch(batch) {
    if (loss && loss->derivative_weight != 0) each = loss->projections ? 1 : net.outputs();
    // A wide network's parameters do not fit a core's cache: let each core read half of them.
    byRows = each > 0 || net.parameters() < 200000 || batch >= 512;
    const long rows = batch * each;
    examples = each > 0 ? std::max(1L, 84 / each) : 0;
    net.rowLosses.resize(batch);
    for (int level = 0; level <= net.depth(); ++level) {
      const long width = net.width(level);
      if (level > 0)
        net.seen.reserve(level, batch, width, level < net.depth() && keepsSlope(net.activation),
                         each > 0);
      if (level > 0) net.gradients.reserve(level, batch, width);
      if (level > 0) net.tangents.reserve(level, rows, width);
      if (level > 0 && level < net.depth()) net.cotangents.reserve(level, rows, width);
      if (level < net.depth()) net.packed[level].reserve((batch + rows) * packedWidth(width));
      if (level > 0) net.curvatures.reserve(level, each ? batch : 0, width);
    }
    for (int level = 0; level < net.depth(); ++level) {
      left[level].resize(batch);
      right[level].resize(batch);
      const long l = rowStride(net.width(level)), r = rowStride(net.width(level + 1));
      for (long n = 0; n < batch; ++n) {
        left[level][n] = level ? net.seen.values.at[level] + n * l : nullptr;
        right[level][n] = net.gradients.at[level + 1] + n * r;
      }
    }
  }

  GradientFactors factors(int level) const {
    return {isPacked(batch) ? nullptr : left[level].data(),
            net.packed[level],
            batch * (1 + each),
            rowStride(net.width(level + 1)),
            {GradientFactors::Part(net.gradients.at[level + 1], batch),
             GradientFactors::Part(net.tangents.at[level + 1], batch * each)}};
  }

  bool updates() const { return goesBack && optimizer.rule != DISTILL_MLP_NO_UPDATE; }
  bool clips() const { return updates() && optimizer.longest_gradient > 0; }
  // Whether an update of the layer is followed by its transposed copy.
  bool refreshes(int level) const { return updates() && (level > 0 || each > 0); }

  int64_t index(long step, long n) const {
    const long i = step * batch + n;
    return indices ? indices[i] : i;
  }

  // What the tangents of example n start from; null for all outputs.
  const float *seeds(long step, long n) const {
    if (!loss->projections) return nullptr;
    const int64_t row = loss->projects_derivatives ? step * batch + n : index(step, n);
    return loss->projections + row * net.outputs();
  }
};

// This thread's part of a product with `panels`.
DISTILL_INLINE Work workFor(const Training &t, const Panels &panels, int thread, int threads) {
  if (!t.byRows && panels.count() >= threads) return {0, t.batch, thread, threads};
  const Share rows(t.batch, thread, threads);
  return {rows.begin, rows.end, 0, 1};
}

// The parameters this thread updates: where it also goes forward by panels the same ones, so that
// they stay in its cache.
static Block blockFor(const Training &t, const Layer &layer, int thread, int threads) {
  Block block = Block::all(layer);
  if (!t.byRows && layer.panels.count() >= threads) {
    const Share panels(layer.panels.count(), thread, threads);
    block.firstPanel = panels.begin;
    block.endPanel = panels.end;
  } else {
    const Share inputs(layer.inputs, thread, threads, 16);
    block.firstInput = inputs.begin;
    block.endInput = inputs.end;
  }
  return block;
}

// The residual of row k of example n, which leaves scale · (J − J_t) in `j`; `g` is work space.
template <class Stored>
static float residualOf(const Training &t, const Stored *derivatives, long step, long n, long k,
                        float *j, float *g, float scale) {
  const long K = t.net.outputs(), D = t.net.inputs(), row = t.index(step, n);
  if (!t.loss->projects_derivatives)
    return derivativeResidual(j, derivatives + (row * t.each + k) * D, D, scale);
  projectDerivatives(derivatives + row * K * D, t.seeds(step, n), K, D, g);
  return derivativeResidual(j, g, D, scale);
}

// The derivative term of the examples [begin, end): its loss, G and δ for the update, and what it
// adds to ∂loss/∂z.
static void matchDerivatives(Training &t, long step, long begin, long end, int thread) {
  distill_mlp &net = t.net;
  const distill_mlp_loss &loss = *t.loss;
  const long K = net.outputs(), D = net.inputs(), each = t.each;
  const int L = net.depth();
  const long stride = rowStride(K), inputStride = rowStride(D);
  const long together = t.examples, total = t.batch * (1 + each);
  float *const J = net.cotangents.at[0] + thread * together * each * inputStride;
  const float half = loss.derivative_weight / static_cast<float>(2 * K);
  const float scale = loss.derivative_weight / static_cast<float>(K * t.batch);
  Buffer scratch(together * each * rowStride(net.widestOutput()));
  Buffer p(padded(K)), gradient(padded(K));
  Buffer projected(loss.projects_derivatives ? padded(D) : 0);
  std::vector<const float *> rows(together * each);
  for (long first = begin; first < end; first += together) {
    const long last = std::min(end, first + together);
    for (long n = first; n < last; ++n)
      seedTangents(net.seen.values.at[L] + n * stride, t.seeds(step, n), each, K,
                   net.tangents.at[L] + n * each * stride, stride, p);
    tangentsToInputs(net, net.layers[0].back, each, net.seen, net.tangents.at,
                     net.cotangents.at, J, rows.data(), first * each, last * each);
    for (long n = first; n < last; ++n)
      for (long k = 0; k < each; ++k) {
        float *j = J + ((n - first) * each + k) * inputStride;
        const float squares =
            loss.derivative_storage == DISTILL_MLP_BFLOAT16
                ? residualOf(t, static_cast<const uint16_t *>(loss.derivatives), step, n, k, j,
                             projected, scale)
                : residualOf(t, static_cast<const float *>(loss.derivatives), step, n, k, j,
                             projected, scale);
        net.rowLosses[n] += static_cast<double>(half) * squares;
      }
    tangentsBack(net, each, net.seen, net.cotangents.at, J, net.curvatures.at, scratch,
                 rows.data(), first * each, last * each);
    for (int level = 0; level < L; ++level) {
      const long width = net.width(level), rowsApart = rowStride(width);
      const float *from = level == 0 ? J : net.cotangents.at[level] + first * each * rowsApart;
      for (long row = first * each; row < last * each; ++row, from += rowsApart)
        packRow(from, width, net.packed[level], total, t.batch + row);
    }
    for (long n = first; n < last; ++n)
      seedsBack(net.seen.values.at[L] + n * stride, t.seeds(step, n), each, K,
                scratch + (n - first) * each * stride, stride, p, gradient,
                net.gradients.at[L] + n * stride);
  }
}

// One step by one thread of the team; returns the loss. With a loss that is not finite, nothing is
// updated: every thread sees the same sum.
static double trainStep(Training &t, long step, const Update &update, int thread, int threads) {
  distill_mlp &net = t.net;
  const int L = net.depth();
  const long K = net.outputs(), stride = rowStride(K);
  const Share mine(t.batch, thread, threads);
  auto passed = [&] {
    if (!t.byRows) t.barrier.wait(threads);
  };
  for (long n = mine.begin; n < mine.end; ++n)
    t.left[0][n] = t.inputs + t.index(step, n) * net.inputs();
  passed();
  for (int level = 0; level < L && t.goesForward; ++level) {
    forwardLayer(net, level, t.left[level].data(), net.seen.at(level + 1),
                 workFor(t, net.layers[level].panels, thread, threads));
    passed();
  }
  if (!t.goesBack) return 0;
  for (long n = mine.begin; n < mine.end; ++n) {
    float *gradient = net.gradients.at[L] + n * stride;
    if (t.loss)
      net.rowLosses[n] = valueLoss(*t.loss, net.seen.values.at[L] + n * stride, K, t.index(step, n),
                                   1.0f / static_cast<float>(t.batch), gradient);
    else
      for (long k = 0; k < padded(K); ++k) gradient[k] = k < K ? t.given[n * K + k] : 0;
    for (int level = 0; level < L && isPacked(t.batch); ++level)
      packRow(t.left[level][n], net.width(level), net.packed[level], t.batch * (1 + t.each), n);
  }
  if (t.each) matchDerivatives(t, step, mine.begin, mine.end, thread);
  passed();
  for (int level = L - 1; level > 0; --level) {
    backwardLayer(net, level, t.right[level].data(), net.seen.at(level),
                  t.each ? net.curvatures.at[level] : nullptr, net.gradients.at[level],
                  workFor(t, net.layers[level].transposed, thread, threads));
    passed();
  }
  if (t.byRows) t.barrier.wait(threads);
  double total = 0;
  for (long n = 0; t.loss && n < t.batch; ++n) total += net.rowLosses[n];
  if (!__builtin_isfinite(total)) return total;
  const bool clips = t.clips();
  const Update kept{distill_mlp_optimizer{}, 1};
  double *squares = net.squares.data();
  for (int level = 0; level < L; ++level) {
    Layer &layer = net.layers[level];
    const Block block = blockFor(t, layer, thread, threads);
    const bool refresh = t.refreshes(level) && !clips;
    updateLayer(layer, t.factors(level), clips ? kept : update, refresh, block);
    if (clips) measureGradient(layer, block, squares);
    squares += squaresOf(layer);
  }
  if (clips) {
    t.barrier.wait(threads);
    const double square = std::accumulate(net.squares.begin(), net.squares.end(), 0.0);
    const double length = __builtin_sqrt(square), longest = t.optimizer.longest_gradient;
    const float scale = length > longest ? static_cast<float>(longest / length) : 1.0f;
    for (int level = 0; level < L; ++level)
      applyGradient(net.layers[level], scale, update, t.refreshes(level),
                    blockFor(t, net.layers[level], thread, threads));
  }
  t.barrier.wait(threads);
  return total / static_cast<double>(t.batch);
}

static double train(Training &t, long steps, double *losses, int threads) {
  distill_mlp &net = t.net;
  const bool updates = t.updates();
  if (t.clips()) {
    long parts = 0;
    for (const Layer &layer : net.layers) parts += squaresOf(layer);
    net.squares.assign(parts, 0);
  }
  if (t.each && !net.inputBackFresh)
    transposeInto(net.layers[0].back, net.layers[0], Block::all(net.layers[0]));
  if (updates || t.each) net.inputBackFresh = t.each > 0;
  if (t.each) net.cotangents.reserve(0, threads * t.examples * t.each, net.inputs());
  double total = 0;
  const int64_t before = net.updates;
  parallel(threads, [&](int thread, int team) {
    for (long step = 0; step < steps; ++step) {
      const double loss =
          trainStep(t, step, Update(t.optimizer, before + step + 1), thread, team);
      if (thread == 0) {
        total += loss;
        if (losses) losses[step] = loss;
      }
      if (!__builtin_isfinite(loss)) break;
      if (thread == 0 && updates) ++net.updates;
    }
  });
  return total;
}
