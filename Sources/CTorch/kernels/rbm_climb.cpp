// Local maxima of log p̃.
#include <algorithm>

#include "architecture.h"
#include "chunks.h"
#include "rbm_model.h"
#include "workspace.h"
#define DISTILL_BODY "rbm_climb_body.h"
#include "every_architecture.h"

using namespace distill;

void distill_rbm_climb(const DistillRBM *rbm, uint8_t *visible, int64_t count, int64_t sweeps,
                       float tolerance, int64_t *flips, int32_t threads) {
  inChunks(count, threads, [&](long begin, long size) {
    for (long row = begin; row < begin + size; ++row) {
      const long made = DISTILL_DISPATCH(climb)(*rbm, visible + row * rbm->visible(), sweeps,
                                                tolerance);
      if (flips) flips[row] = made;
    }
  });
}
