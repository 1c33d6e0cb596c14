// Statistics of the likelihood gradient and the momentum update, in one pass over the weights.
//
// dL/dW = ⟨v pᵀ⟩ over data − ⟨v pᵀ⟩ over samples, p = σ(b + Wᵀv), is itself a product of binary rows
// (one for each visible unit, over data and samples) with a matrix, that of the probabilities, the
// samples' negated. So it is a `binaryProduct`, and as exact.
#include "rbm_energy_body.h"

// Rounds probabilities of some rows, multiplied by `factor`, into rows `first...` of `statistics`.
void roundProbabilities(const DistillRBM &rbm, Rows rows, long count, float factor,
                        FixedPointMatrix &statistics, long first) {
  productOf(rbm.up, rows, count, [=, &rbm, &statistics](long row, long panel, const vfloat *z) {
    int32_t *place = statistics.panel(panel) + (first + row) * panelColumns;
    for (int v = 0; v < panelVectors; ++v) {
      const vfloat bias = load(rbm.hiddenBias.data() + panel * panelColumns + v * lanes);
      // Whole from 2²³ on; the half that makes smaller ones nearest is below their last place.
      const vfloat scaled = sigmoid(z[v] + bias) * factor;
      *reinterpret_cast<vint *>(place + v * lanes) =
          truncate(scaled + (factor > 0 ? 0.5f : -0.5f));
    }
  });
}

// Updates the weights of the visible units `begin ..< begin + count`, given as rows over samples.
void updateWeights(const FixedPointMatrix &statistics, Rows units, long begin, long count,
                   WeightUpdate update) {
  const long hidden = statistics.columns;
  productOf(statistics, units, count, [=](long row, long panel, const vfloat *gradient) {
    for (int v = 0; v < panelVectors; ++v) {
      const int width = unitsIn(panel, v, hidden);
      if (width == 0) continue;
      const long at = (begin + row) * hidden + panel * panelColumns + v * lanes;
      if (!update.velocity) {
        store(update.weights + at, gradient[v], width);
        continue;
      }
      const vfloat weights = load(update.weights + at, width);
      const vfloat step = gradient[v] - update.weightDecay * weights;
      const vfloat velocity =
          update.momentum * load(update.velocity + at, width) + update.learningRate * step;
      store(update.velocity + at, velocity, width);
      store(update.weights + at, weights + velocity, width);
    }
  });
}
