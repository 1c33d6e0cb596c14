// The C interface of the NADE kernels: checks, copies in and out, and the choice of architecture.
#include "distill_nade.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

#include "architecture.h"
#include "nade_plan.h"

#define DISTILL_BODY "nade_body.h"
#include "every_architecture.h"

using distill::nade::Block;

#define NADE_DISPATCH(name) DISTILL_DISPATCH(nade_kernels::name)

// MARK: Plans

distill_nade *distill_nade_create(int32_t inputs, int32_t hidden, int32_t units,
                                  const int32_t *order) {
  const int most = distill::nade::widestBlock * (distill::nade::maximumBlocks - 1);
  if (inputs <= 0 || hidden <= 0 || hidden > most) return nullptr;
  try {
    std::vector<bool> seen(inputs);
    for (int32_t i = 0; order && i < inputs; ++i) {
      if (order[i] < 0 || order[i] >= inputs || seen[order[i]]) return nullptr;
      seen[order[i]] = true;
    }
    return new distill_nade(inputs, hidden, units == DISTILL_NADE_RELU, order);
  } catch (const std::bad_alloc &) {
    return nullptr;
  }
}

void distill_nade_destroy(distill_nade *plan) { delete plan; }

void distill_nade_set_threads(distill_nade *plan, int32_t threads) {
  plan->threads = std::max(threads, 1);
  plan->workspaces.resize(plan->threads);
}

void distill_nade_set_arithmetic(distill_nade *plan, int32_t arithmetic) {
  plan->polynomial = arithmetic == DISTILL_NADE_POLYNOMIAL;
}

namespace {

// Calls copy(plan's floats, caller's floats, count) for all pieces of the arrays. The caller's
// rows follow the images' order of inputs, the plan's its own.
template <class Copy>
void everyPiece(const distill_nade &plan, int32_t what, const distill_nade_arrays &arrays,
                Copy copy) {
  for (const Block &block : plan.blocks) {
    for (int i = 0; i < plan.inputs; ++i) {
      const std::size_t mine = std::size_t(i) * block.stride;
      const std::size_t theirs = std::size_t(plan.order[i]) * plan.hidden + block.first;
      copy(block.W.slots[what].get() + mine, arrays.W + theirs, block.count);
      copy(block.U.slots[what].get() + mine, arrays.U + theirs, block.count);
    }
    copy(block.c.slots[what].get(), arrays.c + block.first, block.count);
  }
  for (int i = 0; i < plan.inputs; ++i)
    copy(plan.b.slots[what].get() + i, arrays.b + plan.order[i], 1);
}

}  // namespace

void distill_nade_read(const distill_nade *plan, int32_t what, distill_nade_arrays into) {
  everyPiece(*plan, what, into, [](const float *mine, float *theirs, int count) {
    std::memcpy(theirs, mine, count * sizeof(float));
  });
}

void distill_nade_write(distill_nade *plan, int32_t what, distill_nade_arrays from) {
  everyPiece(*plan, what, from, [](float *mine, const float *theirs, int count) {
    std::memcpy(mine, theirs, count * sizeof(float));
  });
  if (what == DISTILL_NADE_PARAMETERS) NADE_DISPATCH(prepare)(*plan);
}

// MARK: Optimisers

void distill_nade_set_optimizer(distill_nade *plan, distill_nade_optimizer optimizer) {
  plan->optimizer = optimizer;
}

distill_nade_optimizer distill_nade_get_optimizer(const distill_nade *plan) {
  return plan->optimizer;
}

void distill_nade_apply(distill_nade *plan, distill_nade_arrays gradient) {
  NADE_DISPATCH(apply)(*plan, gradient);
  ++plan->optimizer.steps;
}

// MARK: Probabilities

void distill_nade_log_probability(distill_nade *plan, distill_nade_images images,
                                  float *log_probability) {
  if (images.count > 0) NADE_DISPATCH(logProbability)(*plan, images, log_probability);
}

void distill_nade_conditionals(distill_nade *plan, distill_nade_images images,
                               float *probabilities) {
  if (images.count > 0) NADE_DISPATCH(conditionals)(*plan, images, probabilities);
}

void distill_nade_input_derivative(distill_nade *plan, distill_nade_images images,
                                   float *derivative) {
  if (images.count > 0) NADE_DISPATCH(inputDerivative)(*plan, images, derivative);
}

// MARK: Gradients

namespace {

// The weights of the images, or the same one for all of them.
const float *weightsOf(distill_nade &plan, int64_t count, const float *weights, float same) {
  if (weights) return weights;
  std::fill_n(plan.weights.reserve(count), count, same / float(count));
  return plan.weights.get();
}

}  // namespace

void distill_nade_forward(distill_nade *plan, distill_nade_images images, float *log_probability) {
  NADE_DISPATCH(forward)(*plan, images, nullptr, log_probability);
}

void distill_nade_forward_toward(distill_nade *plan, distill_nade_images images,
                                 const float *targets, float *log_probability) {
  NADE_DISPATCH(forward)(*plan, images, targets, log_probability);
}

void distill_nade_gradient(distill_nade *plan, const float *weights,
                           distill_nade_arrays gradient) {
  NADE_DISPATCH(backward)(*plan, weightsOf(*plan, plan->images, weights, -1), &gradient);
}

void distill_nade_descend(distill_nade *plan, const float *weights) {
  NADE_DISPATCH(backward)(*plan, weightsOf(*plan, plan->images, weights, -1), nullptr);
  ++plan->optimizer.steps;
}

// MARK: Score matching

void distill_nade_score_gradient(distill_nade *plan, distill_nade_images images,
                                 const float *scores, const float *weights, float *losses,
                                 distill_nade_arrays gradient) {
  NADE_DISPATCH(score)(*plan, images, scores, weightsOf(*plan, images.count, weights, 1), losses,
                       &gradient);
}

void distill_nade_score_descend(distill_nade *plan, distill_nade_images images,
                                const float *scores, const float *weights, float *losses) {
  NADE_DISPATCH(score)(*plan, images, scores, weightsOf(*plan, images.count, weights, 1), losses,
                       nullptr);
  ++plan->optimizer.steps;
}

// MARK: Sampling

void distill_nade_sample(distill_nade *plan, int64_t count, int32_t given,
                         distill_nade_randomness randomness, uint8_t *samples,
                         float *log_probability) {
  if (count > 0)
    NADE_DISPATCH(sample)(*plan, count, given, randomness, samples, log_probability);
}
