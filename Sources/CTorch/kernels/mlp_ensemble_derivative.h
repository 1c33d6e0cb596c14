// The input derivatives of an ensemble's log-probabilities. Part of mlp_evaluate_body.h.

template <class Stored>
static void addRow(Stored *out, const float *row, long D, bool first) {
  for (long d = 0; d < D; d += lanes) {
    const int count = static_cast<int>(std::min<long>(lanes, D - d));
    alignas(64) Stored kept[DISTILL_LANES] = {};
    if (!first) std::memcpy(kept, out + d, count * sizeof(Stored));
    store(kept, load(row + d, count) + load(kept));
    std::memcpy(out + d, kept, count * sizeof(Stored));
  }
}

// ∇log t̄_k = Σ_m w_mk ∇log t_mk with w_mk = t_mk / Σ_m t_mk: each member goes back from the seeds
// w_mk e_k, or from v ⊙ w_m for a projection, and the members' rows add up.
void ensembleDerivatives(const distill_mlp *const *members, int memberCount, const float *inputs,
                         const int64_t *indices, long count, const float *projections,
                         void *derivatives, distill_mlp_storage storage, float *logProbabilities,
                         int threads) {
  const long D = members[0]->inputs(), K = members[0]->outputs(), each = projections ? 1 : K;
  const long together = std::max(1L, 84 / each), stride = rowStride(K);
  long widest = 0;
  bool keepsSlopes = false;
  std::vector<Buffer> backs;
  for (int m = 0; m < memberCount; ++m) {
    keepsSlopes = keepsSlopes || keepsSlope(members[m]->activation);
    widest = std::max(widest, members[m]->widestOutput());
    const Layer &layer = members[m]->layers[0];
    backs.emplace_back(layer.transposed.size());
    transposeInto(backs.back(), layer, Block::all(layer));
  }
  parallel(threads, [&](int thread, int team) {
    Levels seen;
    Activations tangents, cotangents;
    for (int level = 0; level <= maximumLayers; ++level) {
      seen.reserve(level, together, widest, keepsSlopes, false);
      tangents.reserve(level, together * each, widest);
      cotangents.reserve(level, together * each, level ? widest : D);
    }
    std::vector<float> logs(memberCount * together * K), seeds(each * K), sums(together * each * D);
    std::vector<const float *> rows(together * each), inputRows(together);
    Buffer p(padded(K));
    const Share share(count, thread, team, together);
    for (long begin = share.begin; begin < share.end; begin += together) {
      const long size = std::min(together, share.end - begin);
      auto index = [&](long n) { return indices ? indices[begin + n] : begin + n; };
      for (long n = 0; n < size; ++n) inputRows[n] = inputs + index(n) * D;
      auto forward = [&](const distill_mlp &net) {
        const float *const *from = inputRows.data();
        for (int level = 0; level < net.depth(); ++level) {
          forwardLayer(net, level, from, seen.at(level + 1), {0, size, 0, 1});
          pointAt(seen.values.at[level + 1], net.width(level + 1), size, rows.data());
          from = rows.data();
        }
      };
      for (int m = 0; m < memberCount; ++m) {
        forward(*members[m]);
        for (long n = 0; n < size; ++n)
          logSoftmax(seen.values.at[members[m]->depth()] + n * stride, K, 1,
                     logs.data() + (m * together + n) * K);
      }
      for (int m = 0; m < memberCount; ++m) {
        const distill_mlp &net = *members[m];
        if (memberCount > 1) forward(net);
        for (long n = 0; n < size; ++n) {
          std::fill(seeds.begin(), seeds.end(), 0.0f);
          for (long k = 0; k < K; ++k) {
            float mean = logs[n * K + k];
            for (int q = 1; q < memberCount; ++q)
              mean = logAddExp(broadcast(mean), broadcast(logs[(q * together + n) * K + k]))[0];
            const float weight = exp(broadcast(logs[(m * together + n) * K + k] - mean))[0];
            seeds[projections ? k : k * K + k] =
                weight * (projections ? projections[index(n) * K + k] : 1);
            if (logProbabilities && m == 0)
              logProbabilities[(begin + n) * K + k] =
                  mean - log(broadcast(static_cast<float>(memberCount)))[0];
          }
          seedTangents(seen.values.at[net.depth()] + n * stride, seeds.data(), each, K,
                       tangents.at[net.depth()] + n * each * stride, stride, p);
        }
        tangentsToInputs(net, backs[m], each, seen, tangents.at, cotangents.at, cotangents.at[0],
                         rows.data(), 0, size * each);
        for (long row = 0; row < size * each; ++row)
          addRow(sums.data() + row * D, cotangents.at[0] + row * rowStride(D), D, m == 0);
      }
      for (long row = 0; row < size * each; ++row) {
        const long to = (begin * each + row) * D;
        if (storage == DISTILL_MLP_BFLOAT16)
          addRow(static_cast<uint16_t *>(derivatives) + to, sums.data() + row * D, D, true);
        else
          addRow(static_cast<float *>(derivatives) + to, sums.data() + row * D, D, true);
      }
    }
  });
}
