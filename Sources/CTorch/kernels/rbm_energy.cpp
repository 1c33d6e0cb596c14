// Probabilities, log p̃ and its gradient.
#include <algorithm>

#include "architecture.h"
#include "chunks.h"
#include "rbm_model.h"
#include "workspace.h"
#define DISTILL_BODY "rbm_energy_body.h"
#include "every_architecture.h"

using namespace distill;

static void hiddenProbabilities(const DistillRBM *rbm, Rows rows, int64_t count, float *out,
                                int threads) {
  inChunks(count, threads, [&](long begin, long size) {
    DISTILL_DISPATCH(probabilities)(rbm->up, rbm->hiddenBias.data(), rows.from(begin), size,
                                    out + begin * rbm->hidden());
  });
}

static void logUnnormalized(const DistillRBM *rbm, Rows rows, int64_t count, float *out,
                            int threads) {
  inChunks(count, threads, [&](long begin, long size) {
    DISTILL_DISPATCH(logUnnormalized)(*rbm, rows.from(begin), size, out + begin);
  });
}

static void gradient(const DistillRBM *rbm, Rows rows, int64_t count, float *out, int threads) {
  inChunks(count, threads, [&](long begin, long size) {
    DISTILL_DISPATCH(logUnnormalizedGradient)(*rbm, rows.from(begin), size,
                                              out + begin * rbm->visible());
  });
}

void distill_rbm_hidden_probabilities(const DistillRBM *rbm, const uint8_t *visible, int64_t count,
                                      float *out, int32_t threads) {
  hiddenProbabilities(rbm, {visible, nullptr, rbm->visible()}, count, out, threads);
}

void distill_rbm_hidden_probabilities_real(const DistillRBM *rbm, const float *visible,
                                           int64_t count, float *out, int32_t threads) {
  hiddenProbabilities(rbm, {nullptr, visible, rbm->visible()}, count, out, threads);
}

void distill_rbm_visible_probabilities(const DistillRBM *rbm, const uint8_t *hidden, int64_t count,
                                       float *out, int32_t threads) {
  const Rows rows{hidden, nullptr, rbm->hidden()};
  inChunks(count, threads, [&](long begin, long size) {
    DISTILL_DISPATCH(probabilities)(rbm->down, rbm->visibleBias.data(), rows.from(begin), size,
                                    out + begin * rbm->visible());
  });
}

void distill_rbm_log_unnormalized(const DistillRBM *rbm, const uint8_t *visible, int64_t count,
                                  float *out, int32_t threads) {
  logUnnormalized(rbm, {visible, nullptr, rbm->visible()}, count, out, threads);
}

void distill_rbm_log_unnormalized_real(const DistillRBM *rbm, const float *visible, int64_t count,
                                       float *out, int32_t threads) {
  logUnnormalized(rbm, {nullptr, visible, rbm->visible()}, count, out, threads);
}

void distill_rbm_gradient(const DistillRBM *rbm, const uint8_t *visible, int64_t count, float *out,
                          int32_t threads) {
  gradient(rbm, {visible, nullptr, rbm->visible()}, count, out, threads);
}

void distill_rbm_gradient_real(const DistillRBM *rbm, const float *visible, int64_t count,
                               float *out, int32_t threads) {
  gradient(rbm, {nullptr, visible, rbm->visible()}, count, out, threads);
}
