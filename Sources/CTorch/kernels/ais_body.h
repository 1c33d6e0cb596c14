// Annealed importance sampling: moves of weighted runs along a path of inverse temperatures.
#include "rbm_gibbs_body.h"

// softplus(to·x) − softplus(from·x) without cancelling: with A = e^(−to|x|) and B = e^(−from|x|),
// (to − from)·max(x, 0) + log (1 + A)/(1 + B), and the logarithm is 2·artanh (A − B)/(2 + A + B).
// The argument lies in [−1/3, 1/3], where eight terms of the series are exact to Float32.
DISTILL_INLINE vfloat softplusDifference(vfloat x, float from, float to) {
  const vfloat size = absolute(x);
  const vfloat a = exp(-to * size), b = exp(-from * size);
  const vfloat t = (a - b) / (2 + a + b), square = t * t;
  vfloat series = broadcast(2.0f / 15);
  series = fma(series, square, broadcast(2.0f / 13));
  series = fma(series, square, broadcast(2.0f / 11));
  series = fma(series, square, broadcast(2.0f / 9));
  series = fma(series, square, broadcast(2.0f / 7));
  series = fma(series, square, broadcast(2.0f / 5));
  series = fma(series, square, broadcast(2.0f / 3));
  series = fma(series, square, broadcast(2.0f));
  return fma(t, series, (to - from) * (x < 0 ? vfloat{} : x));
}

// For every step k in [first, end): adds log p̃(v; β[k+1]) − log p̃(v; β[k]) to the runs' weights,
// then one Gibbs sweep at β[k+1]. `difference` is a − a₀, padded as the biases are.
void anneal(const DistillRBM &rbm, const float *base, const float *difference, const double *betas,
            long first, long end, uint8_t *visible, double *logWeights, long runs, uint64_t seed,
            uint32_t firstRun) {
  Workspace &workspace = Workspace::ofThisThread();
  uint8_t *hidden = workspace.states.grown(runs * rbm.hidden());
  float *sweep = workspace.reals.grown(runs);
  for (long k = first; k < end; ++k) {
    const float from = static_cast<float>(betas[k]), to = static_cast<float>(betas[k + 1]);
    const RandomKey key{seed, static_cast<uint64_t>(k), hiddenLayer};
    for (long run = 0; run < runs; ++run) {
      logWeights[run] += (betas[k + 1] - betas[k]) *
                         sumWhereOn(visible + run * rbm.visible(), difference, rbm.visible());
      sweep[run] = to;
    }
    binaryProduct(rbm.up, visible, rbm.visible(), runs, workspace,
                  [=, &rbm](long run, long panel, vfloat *z) {
      vfloat total = {};
      for (int v = 0; v < panelVectors; ++v) {
        const vfloat x = z[v] + load(rbm.hiddenBias.data() + panel * panelColumns + v * lanes);
        const vint there = firstLanes(unitsIn(panel, v, rbm.hidden()));
        total += select(there, softplusDifference(x, from, to), vfloat{});
        z[v] = to * x;
      }
      logWeights[run] += sum(total);
      drawPanel(z, key, firstRun + static_cast<uint32_t>(run), panel, rbm.hidden(),
                hidden + run * rbm.hidden());
    });
    drawLayer(rbm.down, rbm.visibleBias.data(), base, sweep, hidden, rbm.hidden(), visible,
              rbm.visible(), runs, {seed, static_cast<uint64_t>(k), visibleLayer}, firstRun);
  }
}
