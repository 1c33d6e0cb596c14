// Making a machine and giving it weights.
#include "rbm_model.h"

#include <algorithm>
#include <new>

#include "architecture.h"
#include "parallel.h"
#define DISTILL_BODY "rbm_weights_body.h"
#include "every_architecture.h"

using namespace distill;

DistillRBM *distill_rbm_create(int64_t visible, int64_t hidden) {
  try {
    return new DistillRBM(visible, hidden);
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

void distill_rbm_free(DistillRBM *rbm) { delete rbm; }

void distill_rbm_set(DistillRBM *rbm, const float *weights, const float *visibleBias,
                     const float *hiddenBias, int32_t threads) {
  std::copy_n(visibleBias, rbm->visible(), rbm->visibleBias.data());
  std::copy_n(hiddenBias, rbm->hidden(), rbm->hiddenBias.data());
  parallel(threads, [=](int thread, int team) {
    const Share up(rbm->up.panels, thread, team), down(rbm->down.panels, thread, team);
    for (long panel = up.begin; panel < up.end; ++panel)
      DISTILL_DISPATCH(roundColumns)(weights, rbm->up, panel);
    for (long panel = down.begin; panel < down.end; ++panel)
      DISTILL_DISPATCH(roundRows)(weights, rbm->down, panel);
  });
}
