// The C interface of the multilayer perceptron kernels.
#include "distill_mlp.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "architecture.h"
#include "mlp_plan.h"
#include "parallel.h"

#define DISTILL_BODY "mlp_body.h"
#include "every_architecture.h"

using distill::mlp::Layer;

namespace {

// A team only for work that outlasts its fork and barriers: about 4 µs of arithmetic a step.
int team(const distill_mlp &net, int64_t batch, int64_t rowsEach, int threads) {
  return net.parameters() * batch * (1 + rowsEach) < 100000 ? 1 : threads;
}

}  // namespace

distill_mlp *distill_mlp_create(int layers, const int64_t *widths,
                                distill_mlp_activation activation) {
  if (layers < 1 || layers > distill::mlp::maximumLayers) return nullptr;
  for (int l = 0; l <= layers; ++l)
    if (widths[l] < 1) return nullptr;
  auto *plan = new distill_mlp;
  plan->activation = activation;
  plan->layers.reserve(layers);
  const long width = DISTILL_DISPATCH(panelWidth)();
  for (int l = 0; l < layers; ++l) plan->layers.emplace_back(widths[l], widths[l + 1], width);
  return plan;
}

void distill_mlp_destroy(distill_mlp *plan) { delete plan; }

void distill_mlp_import(distill_mlp *plan, distill_mlp_slot slot, const float *const *weights,
                        const float *const *biases) {
  for (int l = 0; l < plan->depth(); ++l) {
    Layer &layer = plan->layers[l];
    for (long k = 0; k < layer.inputs; ++k)
      for (long c = 0; c < layer.outputs; ++c)
        layer.weight[slot][layer.panels.offset(k, c)] = weights[l][c * layer.inputs + k];
    std::copy_n(biases[l], layer.outputs, static_cast<float *>(layer.bias[slot]));
  }
  if (slot == DISTILL_MLP_PARAMETERS) DISTILL_DISPATCH(refreshTransposed)(*plan);
}

void distill_mlp_export(const distill_mlp *plan, distill_mlp_slot slot, float *const *weights,
                        float *const *biases) {
  for (int l = 0; l < plan->depth(); ++l) {
    const Layer &layer = plan->layers[l];
    for (long c = 0; c < layer.outputs; ++c)
      for (long k = 0; k < layer.inputs; ++k)
        weights[l][c * layer.inputs + k] = layer.weight[slot][layer.panels.offset(k, c)];
    std::copy_n(static_cast<float *>(layer.bias[slot]), layer.outputs, biases[l]);
  }
}

int64_t distill_mlp_updates(const distill_mlp *plan) { return plan->updates; }
void distill_mlp_set_updates(distill_mlp *plan, int64_t updates) { plan->updates = updates; }

double distill_mlp_train(distill_mlp *plan, const distill_mlp_optimizer *optimizer,
                         const distill_mlp_loss *loss, const float *inputs,
                         const int64_t *indices, int64_t batch, int64_t steps, double *losses,
                         int threads) {
  const int64_t each = loss->derivative_weight == 0 ? 0 : loss->projections ? 1 : plan->outputs();
  return DISTILL_DISPATCH(trainSteps)(*plan, *optimizer, *loss, inputs, indices, batch, steps,
                                      losses, team(*plan, batch, each, threads));
}

void distill_mlp_forward(distill_mlp *plan, const float *inputs, const int64_t *indices,
                         int64_t batch, float *logits, int threads) {
  DISTILL_DISPATCH(forwardOnly)(*plan, inputs, indices, batch, logits,
                                team(*plan, batch, 0, threads));
}

void distill_mlp_backward(distill_mlp *plan, const distill_mlp_optimizer *optimizer,
                          const float *inputs, const int64_t *indices, int64_t batch,
                          const float *gradient, int threads) {
  DISTILL_DISPATCH(backwardOnly)(*plan, *optimizer, inputs, indices, batch, gradient,
                                 team(*plan, batch, 0, threads));
}
