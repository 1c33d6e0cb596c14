// Greedy ascent of log p̃(v) over single flips, with exact incremental sums.
#include "random_philox.h"
#include "binary_product.h"
#include "rbm_units.h"

// log p̃ after adding sign·(row of W) to the hidden sums, minus log p̃ before, without the visible
// bias. `kept` are the present softplus(x).
DISTILL_INLINE float flipGain(const DistillRBM &rbm, long unit, int sign, const uint32_t *sums,
                              const float *kept) {
  vfloat gain = {};
  for (long panel = 0; panel < rbm.up.panels; ++panel) {
    const int32_t *weights = rbm.up.panel(panel) + unit * panelColumns;
    for (int v = 0; v < panelVectors; ++v) {
      const long column = panel * panelColumns + v * lanes;
      const vuint step = loadWhole(weights + v * lanes);
      const vuint moved = loadWhole(sums + column) + (sign > 0 ? step : -step);
      const vfloat x = convert((vint)moved) * load(rbm.up.scales.data() + column) +
                       load(rbm.hiddenBias.data() + column);
      gain += softplus(x) - load(kept + column);  // padding: log 2 − log 2
    }
  }
  return sum(gain);
}

// Moves the hidden sums and what is kept of them (sign 0: only the latter).
DISTILL_INLINE void moveSums(const DistillRBM &rbm, long unit, int sign, uint32_t *sums,
                             float *kept) {
  for (long panel = 0; panel < rbm.up.panels; ++panel)
    for (int v = 0; v < panelVectors; ++v) {
      const long column = panel * panelColumns + v * lanes;
      vuint moved = loadWhole(sums + column);
      if (sign != 0) {
        const vuint step =
            loadWhole(rbm.up.panel(panel) + unit * panelColumns + v * lanes);
        moved += sign > 0 ? step : -step;
        storeWhole(sums + column, moved);
      }
      store(kept + column, softplus(convert((vint)moved) * load(rbm.up.scales.data() + column) +
                                    load(rbm.hiddenBias.data() + column)));
    }
}

// Flips units of one state in turn while that gains more than `tolerance`, at most `sweeps` times
// through all of them. Returns the number of flips.
long climb(const DistillRBM &rbm, uint8_t *state, long sweeps, float tolerance) {
  Workspace &workspace = Workspace::ofThisThread();
  const long columns = rbm.up.panels * panelColumns;
  uint32_t *sums = workspace.sums.grown(columns);
  float *kept = workspace.reals.grown(columns);
  int32_t *on = workspace.lists.grown(rbm.visible());
  const int32_t count = listOn(state, rbm.visible(), on);
  for (long panel = 0; panel < rbm.up.panels; ++panel) {
    vuint total[panelVectors] = {};
    for (int32_t i = 0; i < count; ++i)
      for (int v = 0; v < panelVectors; ++v)
        total[v] += loadWhole(rbm.up.panel(panel) + on[i] * panelColumns + v * lanes);
    for (int v = 0; v < panelVectors; ++v)
      storeWhole(sums + panel * panelColumns + v * lanes, total[v]);
  }
  moveSums(rbm, 0, 0, sums, kept);
  long flips = 0, sinceFlip = 0;
  for (long step = 0; step < sweeps * rbm.visible() && sinceFlip < rbm.visible(); ++step) {
    const long unit = step % rbm.visible();
    const int sign = state[unit] & 1 ? -1 : 1;
    const float gain = sign * rbm.visibleBias[unit] + flipGain(rbm, unit, sign, sums, kept);
    ++sinceFlip;
    if (!(gain > tolerance)) continue;
    moveSums(rbm, unit, sign, sums, kept);
    state[unit] = sign > 0;
    ++flips;
    sinceFlip = 0;
  }
  return flips;
}
