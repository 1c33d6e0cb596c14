// Annealed importance sampling of binary restricted Boltzmann machines.
#include <algorithm>
#include <cmath>

#include "architecture.h"
#include "chunks.h"
#include "rbm_model.h"
#include "workspace.h"
#define DISTILL_BODY "ais_body.h"
#include "every_architecture.h"

using namespace distill;

// The start's random numbers have a layer of their own, so that they are never drawn twice.
constexpr uint32_t startLayer = 2;

void distill_ais_start(int64_t visible, const float *baseBias, uint8_t *states, int64_t runs,
                       uint64_t seed, uint32_t firstRun) {
  AlignedArray<float> uniforms(visible);
  for (int64_t run = 0; run < runs; ++run) {
    distill_random_uniform(seed, 0, startLayer, firstRun + static_cast<uint32_t>(run), visible,
                           uniforms.data());
    for (int64_t i = 0; i < visible; ++i) {
      const double odds = baseBias ? std::exp(-static_cast<double>(baseBias[i])) : 1;
      states[run * visible + i] = uniforms[i] * (1 + odds) < 1;
    }
  }
}

void distill_ais(const DistillRBM *rbm, const float *baseBias, const double *inverseTemperatures,
                 int64_t first, int64_t end, uint8_t *visible, double *logWeights, int64_t runs,
                 uint64_t seed, uint32_t firstRun, int32_t threads) {
  const AlignedArray<float> base = padded(baseBias, rbm->visible());
  AlignedArray<float> difference = padded(rbm->visibleBias.data(), rbm->visible());
  if (baseBias)
    for (long i = 0; i < rbm->visible(); ++i) difference[i] -= base[i];
  inChunks(runs, threads, [&](long begin, long count) {
    DISTILL_DISPATCH(anneal)(*rbm, baseBias ? base.data() : nullptr, difference.data(),
                             inverseTemperatures, first, end, visible + begin * rbm->visible(),
                             logWeights + begin, count, seed,
                             firstRun + static_cast<uint32_t>(begin));
  });
}
