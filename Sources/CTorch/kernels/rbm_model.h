// The weights of a binary restricted Boltzmann machine as the kernels read them.
#pragma once
#include "distill_rbm.h"
#include "fixed_point.h"

// E(v, h) = −a·v − b·h − vᵀWh. The weights stand twice, since both products walk along their output.
struct DistillRBM {
  distill::FixedPointMatrix up;    // W [visible, hidden]: visible states to hidden sums
  distill::FixedPointMatrix down;  // Wᵀ [hidden, visible]
  distill::AlignedArray<float> visibleBias, hiddenBias;  // zeros behind the last, whole panels

  DistillRBM(long visible, long hidden)
      : up(visible, hidden), down(hidden, visible),
        visibleBias(down.panels * distill::panelColumns),
        hiddenBias(up.panels * distill::panelColumns) {}

  long visible() const { return up.rows; }
  long hidden() const { return up.columns; }
};

namespace distill {

// Rows of units, binary or real: exactly one pointer is set.
struct Rows {
  const uint8_t *binary;
  const float *real;
  long stride;

  Rows from(long row) const {
    return {binary ? binary + row * stride : nullptr, real ? real + row * stride : nullptr, stride};
  }
};

// Where the update goes. `velocity` null: `weights` receives the gradient itself.
struct WeightUpdate {
  float *weights, *velocity;  // [visible, hidden]
  float learningRate, momentum, weightDecay;
};

}  // namespace distill
