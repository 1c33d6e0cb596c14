// The likelihood gradient and contrastive divergence steps.
#include <algorithm>
#include <vector>

#include "architecture.h"
#include "chunks.h"
#include "rbm_model.h"
#include "workspace.h"
#define DISTILL_BODY "rbm_train_body.h"
#include "every_architecture.h"

namespace distill {
namespace {

// Data and samples of the model; the samples' rows may be probabilities.
struct Phases {
  const uint8_t *data;
  long count;
  Rows samples;
  long sampleCount;

  long rows() const { return count + sampleCount; }
};

// The probabilities of the hidden units over both phases, divided by the phases' sizes and the
// samples' negated: [data and samples, hidden], in units of 2⁻³⁰, so that sums fit 32 bits.
FixedPointMatrix hiddenStatistics(const DistillRBM &rbm, const Phases &phases, int threads) {
  FixedPointMatrix statistics(phases.rows(), rbm.hidden());
  for (long i = 0; i < statistics.scales.count; ++i) statistics.scales[i] = 0x1p-30f;
  const Rows data{phases.data, nullptr, rbm.visible()};
  const float each = 0x1p30f / static_cast<float>(phases.count);
  const float eachSample = -0x1p30f / static_cast<float>(phases.sampleCount);
  inChunks(phases.count, threads, [&](long begin, long size) {
    DISTILL_DISPATCH(roundProbabilities)(rbm, data.from(begin), size, each, statistics, begin);
  });
  inChunks(phases.sampleCount, threads, [&](long begin, long size) {
    DISTILL_DISPATCH(roundProbabilities)(rbm, phases.samples.from(begin), size, eachSample,
                                         statistics, phases.count + begin);
  });
  return statistics;
}

// out[unit, sample] for units begin ..< begin + units, sample after sample of both phases.
template <class Value>
void transpose(const Phases &phases, long visible, long begin, long units, Value *out) {
  const long stride = phases.rows();
  for (long row = 0; row < phases.count; ++row)
    for (long unit = 0; unit < units; ++unit)
      out[unit * stride + row] = phases.data[row * visible + begin + unit] & 1;
  for (long row = 0; row < phases.sampleCount; ++row)
    for (long unit = 0; unit < units; ++unit) {
      const long at = row * visible + begin + unit;
      out[unit * stride + phases.count + row] =
          phases.samples.binary ? static_cast<Value>(phases.samples.binary[at] & 1)
                                : static_cast<Value>(phases.samples.real[at]);
    }
}

// Mean over the data minus mean over the samples of a unit's states, as `transpose` left them.
template <class Value>
float visibleGradient(const Phases &phases, const Value *states) {
  double data = 0, samples = 0;
  for (long row = 0; row < phases.count; ++row) data += states[row];
  for (long row = phases.count; row < phases.rows(); ++row) samples += states[row];
  return static_cast<float>(data / static_cast<double>(phases.count) -
                            samples / static_cast<double>(phases.sampleCount));
}

// Gives the weights' gradient to `update`, and returns those of the biases.
void likelihoodGradient(const DistillRBM &rbm, const Phases &phases, WeightUpdate update,
                        float *visible, float *hidden, int threads) {
  const FixedPointMatrix statistics = hiddenStatistics(rbm, phases, threads);
  const long stride = phases.rows();
  inChunks(rbm.visible(), threads, [&](long begin, long size) {
    Workspace &workspace = Workspace::ofThisThread();
    Rows units{nullptr, nullptr, stride};
    if (phases.samples.binary) {
      uint8_t *states = workspace.states.grown(size * stride);
      transpose(phases, rbm.visible(), begin, size, states);
      for (long i = 0; i < size; ++i)
        visible[begin + i] = visibleGradient(phases, states + i * stride);
      units.binary = states;
    } else {
      float *means = workspace.reals.grown(size * stride);
      transpose(phases, rbm.visible(), begin, size, means);
      for (long i = 0; i < size; ++i)
        visible[begin + i] = visibleGradient(phases, means + i * stride);
      units.real = means;
    }
    DISTILL_DISPATCH(updateWeights)(statistics, units, begin, size, update);
  });
  std::vector<int64_t> sums(static_cast<std::size_t>(statistics.panels * panelColumns));
  for (long panel = 0; panel < statistics.panels; ++panel)
    for (long row = 0; row < stride; ++row)
      for (long i = 0; i < panelColumns; ++i)
        sums[static_cast<std::size_t>(panel * panelColumns + i)] +=
            statistics.panel(panel)[row * panelColumns + i];
  for (long i = 0; i < rbm.hidden(); ++i)
    hidden[i] = static_cast<float>(sums[static_cast<std::size_t>(i)]) * 0x1p-30f;
}

void updateBiases(const float *gradient, long count, float learningRate, float momentum,
                  float *velocity, float *bias) {
  for (long i = 0; i < count; ++i) {
    velocity[i] = momentum * velocity[i] + learningRate * gradient[i];
    bias[i] += velocity[i];
  }
}

}  // namespace
}  // namespace distill

using namespace distill;

void distill_rbm_likelihood_gradient(const DistillRBM *rbm, const uint8_t *data, int64_t count,
                                     const uint8_t *samples, int64_t sampleCount, float *weights,
                                     float *visibleBias, float *hiddenBias, int32_t threads) {
  const Phases phases{data, count, {samples, nullptr, rbm->visible()}, sampleCount};
  likelihoodGradient(*rbm, phases, {weights, nullptr, 0, 0, 0}, visibleBias, hiddenBias, threads);
}

void distill_rbm_train(DistillRBM *rbm, DistillRBMTraining training, const uint8_t *data,
                       int64_t count, uint8_t *chains, int64_t chainCount, int64_t steps,
                       bool meanField, DistillGibbs how) {
  how.baseBias = nullptr;
  std::vector<float> means;
  if (meanField) {
    std::vector<uint8_t> hidden(static_cast<std::size_t>(chainCount * rbm->hidden()));
    distill_rbm_gibbs(rbm, chains, hidden.data(), chainCount, steps, how);
    means.resize(static_cast<std::size_t>(chainCount * rbm->visible()));
    distill_rbm_visible_probabilities(rbm, hidden.data(), chainCount, means.data(), how.threads);
  } else {
    distill_rbm_gibbs(rbm, chains, nullptr, chainCount, steps, how);
  }
  const Rows samples{meanField ? nullptr : chains, meanField ? means.data() : nullptr,
                     rbm->visible()};
  std::vector<float> visible(static_cast<std::size_t>(rbm->visible()));
  std::vector<float> hidden(static_cast<std::size_t>(rbm->hidden()));
  likelihoodGradient(*rbm, {data, count, samples, chainCount},
                     {training.weights, training.weightVelocity, training.learningRate,
                      training.momentum, training.weightDecay},
                     visible.data(), hidden.data(), how.threads);
  updateBiases(visible.data(), rbm->visible(), training.learningRate, training.momentum,
               training.visibleVelocity, training.visibleBias);
  updateBiases(hidden.data(), rbm->hidden(), training.learningRate, training.momentum,
               training.hiddenVelocity, training.hiddenBias);
  distill_rbm_set(rbm, training.weights, training.visibleBias, training.hiddenBias, how.threads);
}
