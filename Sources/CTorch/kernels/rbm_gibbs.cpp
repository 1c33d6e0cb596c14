// Block Gibbs sampling of binary restricted Boltzmann machines.
#include <algorithm>

#include "architecture.h"
#include "chunks.h"
#include "rbm_model.h"
#include "workspace.h"
#define DISTILL_BODY "rbm_gibbs_body.h"
#include "every_architecture.h"

using namespace distill;

void distill_rbm_gibbs(const DistillRBM *rbm, uint8_t *visible, uint8_t *hidden, int64_t chains,
                       int64_t steps, DistillGibbs how) {
  const AlignedArray<float> base = padded(how.baseBias, rbm->visible());
  inChunks(chains, how.threads, [&](long begin, long count) {
    uint8_t *states = hidden ? hidden + begin * rbm->hidden()
                             : Workspace::ofThisThread().states.grown(count * rbm->hidden());
    DISTILL_DISPATCH(gibbs)(
        *rbm, visible + begin * rbm->visible(), states, how.baseBias ? base.data() : nullptr,
        how.inverseTemperatures ? how.inverseTemperatures + begin : nullptr, count, how.seed,
        how.firstStep, how.firstChain + static_cast<uint32_t>(begin), steps);
  });
}
