// The value losses of distill_mlp_loss for one row of logits. Part of mlp_body.h.

// log Σ_k exp(z_k / T) of K logits.
static float logSumExp(const float *z, long K, float inverse) {
  float top = z[0];
  for (long k = 0; k < K; ++k) top = z[k] > top ? z[k] : top;
  vfloat sums = vfloat{};
  for (long k = 0; k < K; k += lanes) {
    const int count = static_cast<int>(K - k < lanes ? K - k : lanes);
    alignas(64) float e[DISTILL_LANES];
    store(e, exp((load(z + k, count) - top) * inverse));
    sums += load(e, count);
  }
  return top * inverse + log(broadcast(sum(sums)))[0];
}

// out_k = log softmax(z / T)_k.
static void logSoftmax(const float *z, long K, float inverse, float *out) {
  const float total = logSumExp(z, K, inverse);
  for (long k = 0; k < K; k += lanes) {
    const int count = static_cast<int>(K - k < lanes ? K - k : lanes);
    store(out + k, load(z + k, count) * inverse - total, count);
  }
}

// The loss of one row without the batch's 1/N, and gradient[0 ... padded(K)) = scale · ∂loss/∂z.
static double valueLoss(const distill_mlp_loss &loss, const float *z, long K, int64_t index,
                        float scale, float *gradient) {
  double total = 0;
  for (long k = 0; k < padded(K); k += lanes) store(gradient + k, vfloat{});
  if (loss.soft_weight != 0) {
    const float T = loss.temperature, inverse = 1 / T;
    const float *targets = loss.soft_targets + index * K;
    const float normalizer = logSumExp(z, K, inverse);
    const float theirs = loss.soft_targets_are_logits ? logSumExp(targets, K, inverse) : 0;
    vfloat masses = vfloat{}, values = vfloat{};
    for (int pass = 0; pass < 2; ++pass) {
      const float mass = pass ? sum(masses) : 0, weight = loss.soft_weight * T * scale;
      for (long k = 0; k < K; k += lanes) {
        const int count = static_cast<int>(K - k < lanes ? K - k : lanes);
        const vfloat f = load(z + k, count) * inverse - normalizer;
        vfloat t = load(targets + k, count), logT = vfloat{};
        if (loss.soft_targets_are_logits) {
          logT = t * inverse - theirs;
          t = exp(logT);
        } else if (!loss.cross_entropy) {
          logT = select(t > 0, log(t), vfloat{});
        }
        if (pass) {
          store(gradient + k, (exp(f) * mass - t) * weight, count);
          continue;
        }
        const vfloat term = t * (loss.cross_entropy ? -f : logT - f);
        alignas(64) float kept[2 * DISTILL_LANES];
        store(kept, t);
        store(kept + lanes, term);
        masses += load(kept, count);
        values += load(kept + lanes, count);
      }
    }
    total += static_cast<double>(loss.soft_weight) * T * T * sum(values);
  }
  if (loss.hard_weight != 0) {
    const int64_t label = loss.labels[index];
    const float normalizer = logSumExp(z, K, 1), weight = loss.hard_weight * scale;
    for (long k = 0; k < K; k += lanes) {
      const int count = static_cast<int>(K - k < lanes ? K - k : lanes);
      const vfloat f = exp(load(z + k, count) - normalizer);
      store(gradient + k, fma(f, broadcast(weight), load(gradient + k, count)), count);
    }
    gradient[label] -= weight;
    total += static_cast<double>(loss.hard_weight) * (normalizer - z[label]);
  }
  if (loss.square_weight != 0) {
    const float *targets = loss.square_targets + index * K;
    vfloat squares = vfloat{};
    for (long k = 0; k < K; k += lanes) {
      const int count = static_cast<int>(K - k < lanes ? K - k : lanes);
      const vfloat r = load(z + k, count) - load(targets + k, count);
      squares = fma(r, r, squares);
      const vfloat weight = broadcast(loss.square_weight * scale);
      store(gradient + k, fma(r, weight, load(gradient + k, count)), count);
    }
    total += static_cast<double>(loss.square_weight) * 0.5 * sum(squares);
  }
  return total;
}
