// Block Gibbs sampling: h ~ σ(β(b + Wᵀv)), v ~ σ((1 − β)a₀ + β(a + Wh)).
#include "random_philox.h"
#include "binary_product.h"
#include "rbm_units.h"

constexpr uint32_t hiddenLayer = 0, visibleLayer = 1;

// states[row] ~ σ(β[row]·(bias + sums of `from`) + (1 − β[row])·base): one layer given the other.
// `betas` null: 1. `base` null: 0; else padded as `bias` is.
inline void drawLayer(const FixedPointMatrix &matrix, const float *bias, const float *base,
               const float *betas, const uint8_t *from, long fromStride, uint8_t *states,
               long stride, long rows, RandomKey key, uint32_t firstChain) {
  binaryProduct(matrix, from, fromStride, rows, Workspace::ofThisThread(),
                [=, &matrix](long row, long panel, vfloat *z) {
    const float beta = betas ? betas[row] : 1;
    for (int v = 0; v < panelVectors; ++v) {
      const long unit = panel * panelColumns + v * lanes;
      z[v] = beta * (z[v] + load(bias + unit));
      if (base) z[v] += (1 - beta) * load(base + unit);
    }
    drawPanel(z, key, firstChain + static_cast<uint32_t>(row), panel, matrix.columns,
              states + row * stride);
  });
}

// `steps` steps of some chains. `hidden` [chains, hidden units] keeps the last hidden states.
inline void gibbs(const DistillRBM &rbm, uint8_t *visible, uint8_t *hidden, const float *base,
           const float *betas, long chains, uint64_t seed, uint64_t firstStep,
           uint32_t firstChain, long steps) {
  for (uint64_t step = firstStep; step < firstStep + static_cast<uint64_t>(steps); ++step) {
    drawLayer(rbm.up, rbm.hiddenBias.data(), nullptr, betas, visible, rbm.visible(), hidden,
              rbm.hidden(), chains, {seed, step, hiddenLayer}, firstChain);
    drawLayer(rbm.down, rbm.visibleBias.data(), base, betas, hidden, rbm.hidden(), visible,
              rbm.visible(), chains, {seed, step, visibleLayer}, firstChain);
  }
}
