// Ensembles of multilayer perceptrons: their mean prediction and its derivatives.
// Part of mlp_evaluate_body.h.

// Rows that go through all layers together: the more, the less often a member's parameters are
// read, while the rows' activations still fit the second-level cache.
constexpr long chunkRows = 384;
constexpr long rowsTogether = tileRows(tileVectors);  // of one thread at least

// The parameters of a member as the products read them.
struct Factors {
  const float *weight[maximumLayers];
  std::vector<Buffer> rounded;            // bfloat16-valued floats, where asked for
  std::vector<std::vector<uint16_t>> pairs;  // bfloat16 pairs, where the processor multiplies them
};

DISTILL_INLINE vfloat roundedToBFloat16(vfloat x) {
  const vuint u = (vuint)x;
  return (vfloat)((u + 0x7fff + ((u >> 16) & 1)) & 0xffff0000u);
}

static Factors factors(const distill_mlp &net, bool rounds) {
  Factors result;
  for (int l = 0; l < net.depth(); ++l) {
    const Layer &layer = net.layers[l];
    result.weight[l] = layer.weight[0];
    if (!rounds) continue;
#ifdef DISTILL_BF16
    result.pairs.push_back(bfloat16Pairs(layer));
#else
    result.rounded.emplace_back(layer.panels.size());
    for (long i = 0; i < layer.panels.size(); i += lanes)
      store(result.rounded[l] + i, roundedToBFloat16(load(layer.weight[0] + i)));
    result.weight[l] = result.rounded[l];
#endif
  }
  return result;
}

// Room for one thread's chunk of at most `most` rows.
struct Chunk {
  Activations values;
  std::vector<const float *> rows;
  Buffer inputs;             // rounded inputs
  std::vector<uint16_t> halves;

  Chunk(long most, long widest, long widestInput, bool rounds) : rows(most) {
    for (int side = 0; side < 2; ++side) values.reserve(side, most, widest);
    if (!rounds) return;
    inputs.reserve(most * rowStride(widestInput));
    halves.resize(most * (rowStride(std::max(widest, widestInput)) + 32));
  }
};

// Logits of `count` rows by one member; returns where they are, rowStride(K) apart.
static float *memberLogits(const distill_mlp &net, const Factors &factors, bool rounds,
                           const std::vector<const float *> &inputs, long count, Chunk &chunk) {
  const float *const *rows = inputs.data();
  float *out = nullptr;
  for (int level = 0; level < net.depth(); ++level) {
    const Layer &layer = net.layers[level];
    const bool last = level + 1 == net.depth();
    const long stride = rowStride(layer.outputs);
    out = chunk.values.at[level % 2];
#ifdef DISTILL_BF16
    const long halfStride = rowStride(layer.inputs);
    if (rounds) roundRows(rows, count, layer.inputs, chunk.halves.data(), halfStride);
#endif
    for (long panel = 0; panel < layer.panels.count(); ++panel) {
#ifdef DISTILL_BF16
      if (rounds)
        pairProductPanel(chunk.halves.data(), halfStride, count, layer.panels,
                         factors.pairs[level].data(), panel, layer.bias[0], out, stride);
      else
#endif
        productPanel(rows, 0, count, layer.panels, factors.weight[level], panel, layer.bias[0],
                     out, stride);
      if (last) continue;
      const long first = panel * layer.panels.width;
      const long end = std::min(first + layer.panels.width, whole(layer.outputs));
      for (long n = 0; n < count; ++n)
        for (long c = first; c < end; c += lanes) {
          vfloat a = activate(net.activation, load(out + n * stride + c));
#ifndef DISTILL_BF16
          if (rounds) a = roundedToBFloat16(a);
#endif
          store(out + n * stride + c, a);
        }
    }
    for (long n = 0; n < count; ++n) chunk.rows[n] = out + n * stride;
    rows = chunk.rows.data();
  }
  return out;
}

// ln(eᵃ + eᵇ).
DISTILL_INLINE vfloat logAddExp(vfloat a, vfloat b) {
  const vfloat top = a > b ? a : b, low = a > b ? b : a;
  return top + log1p(exp(low - top));
}

// Adds one member's logits to a row of `out`, and after the last member finishes the row.
static void blend(distill_mlp_output output, const float *logits, long K, int member, int members,
                  float *own, float *out) {
  if (output == DISTILL_MLP_LOGITS) {
    std::memcpy(out, logits, K * sizeof(float));
    return;
  }
  logSoftmax(logits, K, 1, own);
  const bool last = member + 1 == members;
  const float share = 1 / static_cast<float>(members);
  const float logMembers = log(broadcast(static_cast<float>(members)))[0];
  for (long k = 0; k < K; k += lanes) {
    const int count = static_cast<int>(K - k < lanes ? K - k : lanes);
    vfloat mine = load(own + k, count);
    const vfloat before = load(out + k, count);
    if (output == DISTILL_MLP_PROBABILITIES) mine = exp(mine);
    if (member > 0)
      mine = output == DISTILL_MLP_LOG_PROBABILITIES ? logAddExp(before, mine) : before + mine;
    if (last) mine = output == DISTILL_MLP_LOG_PROBABILITIES ? mine - logMembers : mine * share;
    store(out + k, mine, count);
  }
  if (last && output == DISTILL_MLP_GEOMETRIC_LOG_PROBABILITIES) {
    std::memcpy(own, out, K * sizeof(float));
    logSoftmax(own, K, 1, out);
  }
}

void evaluate(const distill_mlp *const *members, int memberCount, const float *inputs,
              const int64_t *indices, long count, distill_mlp_output output, bool rounds,
              float *out, int threads) {
  const long D = members[0]->inputs(), K = members[0]->outputs();
  long widest = 0;
  std::vector<Factors> parameters;
  for (int m = 0; m < memberCount; ++m) {
    parameters.push_back(factors(*members[m], rounds));
    widest = std::max(widest, members[m]->widestOutput());
  }
  const long tiles = (count + rowsTogether - 1) / rowsTogether;
  const long most = std::min(chunkRows, tiles * rowsTogether);
  parallel(static_cast<int>(std::min<long>(threads, tiles)), [&](int thread, int team) {
    Chunk chunk(most, widest, D, rounds);
    Buffer own(padded(K));
    std::vector<const float *> rows(most);
    const Share share(count, thread, team, rowsTogether);
    for (long begin = share.begin; begin < share.end; begin += most) {
      const long size = std::min(most, share.end - begin);
      for (long n = 0; n < size; ++n) {
        rows[n] = inputs + (indices ? indices[begin + n] : begin + n) * D;
#ifndef DISTILL_BF16
        if (!rounds) continue;
        float *row = chunk.inputs + n * rowStride(D);
        for (long d = 0; d < D; d += lanes) {
          const int left = static_cast<int>(std::min<long>(lanes, D - d));
          store(row + d, roundedToBFloat16(load(rows[n] + d, left)));
        }
        rows[n] = row;
#endif
      }
      for (int m = 0; m < memberCount; ++m) {
        const float *logits = memberLogits(*members[m], parameters[m], rounds, rows, size, chunk);
        for (long n = 0; n < size; ++n)
          blend(output, logits + n * rowStride(K), K, m, memberCount, own, out + (begin + n) * K);
      }
    }
  });
}
