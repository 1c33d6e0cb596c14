// Probabilities, log p̃ and its gradient for binary and for real visible rows.
#include "random_philox.h"
#include "binary_product.h"
#include "real_product.h"
#include "rbm_units.h"

template <class Epilogue>
DISTILL_INLINE void productOf(const FixedPointMatrix &matrix, Rows rows, long count,
                              Epilogue epilogue) {
  if (rows.binary)
    binaryProduct(matrix, rows.binary, rows.stride, count, Workspace::ofThisThread(), epilogue);
  else
    realProduct(matrix, rows.real, rows.stride, count, epilogue);
}

// out [rows, units] = σ(bias + rows · matrix).
inline void probabilities(const FixedPointMatrix &matrix, const float *bias, Rows rows,
                   long count, float *out) {
  productOf(matrix, rows, count, [=, &matrix](long row, long panel, const vfloat *z) {
    for (int v = 0; v < panelVectors; ++v) {
      const long unit = panel * panelColumns + v * lanes;
      const int units = unitsIn(panel, v, matrix.columns);
      if (units > 0)
        store(out + row * matrix.columns + unit, sigmoid(z[v] + load(bias + unit)), units);
    }
  });
}

// out [rows] = a·v + Σ softplus(b + Wᵀv).
inline void logUnnormalized(const DistillRBM &rbm, Rows rows, long count, float *out) {
  double *totals = Workspace::ofThisThread().totals.grown(count);
  for (long row = 0; row < count; ++row)
    if (rows.binary) {
      totals[row] = sumWhereOn(rows.binary + row * rows.stride, rbm.visibleBias.data(),
                               rbm.visible());
    } else {
      totals[row] = 0;
      for (long i = 0; i < rbm.visible(); ++i)
        totals[row] += static_cast<double>(rbm.visibleBias[i]) * rows.real[row * rows.stride + i];
    }
  productOf(rbm.up, rows, count, [=, &rbm](long row, long panel, const vfloat *z) {
    vfloat total = {};
    for (int v = 0; v < panelVectors; ++v) {
      const vfloat x = z[v] + load(rbm.hiddenBias.data() + panel * panelColumns + v * lanes);
      const vint there = firstLanes(unitsIn(panel, v, rbm.hidden()));
      total += select(there, softplus(x), vfloat{});
    }
    totals[row] += sum(total);
  });
  for (long row = 0; row < count; ++row) out[row] = static_cast<float>(totals[row]);
}

// out [rows, visible] = a + W σ(b + Wᵀv).
inline void logUnnormalizedGradient(const DistillRBM &rbm, Rows rows, long count, float *out) {
  float *hidden = Workspace::ofThisThread().reals.grown(count * rbm.hidden());
  probabilities(rbm.up, rbm.hiddenBias.data(), rows, count, hidden);
  realProduct(rbm.down, hidden, rbm.hidden(), count,
              [=, &rbm](long row, long panel, const vfloat *z) {
    for (int v = 0; v < panelVectors; ++v) {
      const long unit = panel * panelColumns + v * lanes;
      const int units = unitsIn(panel, v, rbm.visible());
      if (units > 0)
        store(out + row * rbm.visible() + unit, z[v] + load(rbm.visibleBias.data() + unit), units);
    }
  });
}
