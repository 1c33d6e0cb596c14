// Fused kernels for binary restricted Boltzmann machines
//
//   p̃(v) = Σ_h exp(a·v + b·h + vᵀWh),   log p̃(v) = a·v + Σ_j softplus(b_j + W_jᵀv),
//
// W [visible, hidden], a [visible], b [hidden]; all arrays are dense and row-major.
// Binary states are bytes 0 or 1 (of other values the lowest bit counts).
//
// Products of binary states with the weights are exact sums of weights rounded to 32-bit fixed
// point, at most 2⁻³⁰ of the larger of a unit's sum of positive and of negative weights away from
// the given ones: as fine as Float32 sums. Therefore results are the same, to the last bit, for any
// number of threads and any split of the chains; and random numbers depend only on the seed, the
// step, the chain's number and the unit.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Random numbers

// One block of Philox4x32-10 (Salmon et al. 2011): four 32-bit numbers from a counter and a key.
void distill_random_philox(const uint32_t *_Nonnull counter, const uint32_t *_Nonnull key,
                           uint32_t *_Nonnull numbers);

// out [count]: the uniform numbers in (0, 1) of units 0 ..< count of a chain at a step, as the
// kernels draw them. `layer` (0 ... 255): 0 hidden and 1 visible units; others are free.
void distill_random_uniform(uint64_t seed, uint64_t step, uint32_t layer, uint32_t chain,
                            int64_t count, float *_Nonnull out);

// MARK: The model

// The weights as the kernels read them, rounded and laid out for both directions.
typedef struct DistillRBM DistillRBM;

// A machine with weights, biases zero. NULL when there is no memory. Free it with
// `distill_rbm_free`. Several threads may use one machine at once, but not while it is changed.
DistillRBM *_Nullable distill_rbm_create(int64_t visible, int64_t hidden);
void distill_rbm_free(DistillRBM *_Nullable rbm);

// Takes over weights [visible, hidden], visible biases [visible] and hidden biases [hidden]. A unit
// with a weight that is not finite has NaN for its sums.
void distill_rbm_set(DistillRBM *_Nonnull rbm, const float *_Nonnull weights,
                     const float *_Nonnull visibleBias, const float *_Nonnull hiddenBias,
                     int32_t threads);

// MARK: Sampling

// Which conditional to draw from: h ~ σ(β(b + Wᵀv)), v ~ σ((1 − β)a₀ + β(a + Wh)).
typedef struct {
  uint64_t seed;
  uint64_t firstStep;   // the steps' numbers; below 2⁵⁶
  uint32_t firstChain;  // the number of the first chain
  int32_t threads;
  const float *_Nullable inverseTemperatures;  // β of each chain; NULL: 1
  const float *_Nullable baseBias;             // a₀ [visible]; NULL: zeros
} DistillGibbs;

// `steps` block Gibbs steps, each hidden then visible. Reads and writes visible [chains, visible];
// `hidden` [chains, hidden], when given, receives the hidden states of the last step.
void distill_rbm_gibbs(const DistillRBM *_Nonnull rbm, uint8_t *_Nonnull visible,
                       uint8_t *_Nullable hidden, int64_t chains, int64_t steps,
                       DistillGibbs how);

// out [count, visible]: the probabilities σ(a + Wh) of visible units for hidden [count, hidden].
void distill_rbm_visible_probabilities(const DistillRBM *_Nonnull rbm,
                                       const uint8_t *_Nonnull hidden, int64_t count,
                                       float *_Nonnull out, int32_t threads);

// MARK: Energy. `visible` [count, visible] is binary, or real in the functions named so.

// out [count, hidden] = σ(b + Wᵀv).
void distill_rbm_hidden_probabilities(const DistillRBM *_Nonnull rbm,
                                      const uint8_t *_Nonnull visible, int64_t count,
                                      float *_Nonnull out, int32_t threads);
void distill_rbm_hidden_probabilities_real(const DistillRBM *_Nonnull rbm,
                                           const float *_Nonnull visible, int64_t count,
                                           float *_Nonnull out, int32_t threads);

// out [count] = log p̃(v) = a·v + Σ_j softplus(b_j + W_jᵀv): minus the free energy.
void distill_rbm_log_unnormalized(const DistillRBM *_Nonnull rbm,
                                  const uint8_t *_Nonnull visible, int64_t count,
                                  float *_Nonnull out, int32_t threads);
void distill_rbm_log_unnormalized_real(const DistillRBM *_Nonnull rbm,
                                       const float *_Nonnull visible, int64_t count,
                                       float *_Nonnull out, int32_t threads);

// out [count, visible] = d log p̃(v) / dv = a + W σ(b + Wᵀv).
void distill_rbm_gradient(const DistillRBM *_Nonnull rbm, const uint8_t *_Nonnull visible,
                          int64_t count, float *_Nonnull out, int32_t threads);
void distill_rbm_gradient_real(const DistillRBM *_Nonnull rbm, const float *_Nonnull visible,
                               int64_t count, float *_Nonnull out, int32_t threads);

// Mode search: flips the visible units of each state in turn while log p̃ grows by more than
// `tolerance` (1e−4 is above the rounding), at most `sweeps` times through all units. Ends where no
// single flip gains more. Reads and writes visible [count, visible]; `flips` [count], when given,
// receives how many were made.
void distill_rbm_climb(const DistillRBM *_Nonnull rbm, uint8_t *_Nonnull visible, int64_t count,
                       int64_t sweeps, float tolerance, int64_t *_Nullable flips,
                       int32_t threads);

// MARK: Training

// The gradient of the mean log-likelihood with ⟨·⟩ over data [count, visible] and over samples
// [sampleCount, visible] of the model, p = σ(b + Wᵀv):
//   weights [visible, hidden]: ⟨v pᵀ⟩_data − ⟨v pᵀ⟩_samples,
//   visibleBias [visible]: ⟨v⟩_data − ⟨v⟩_samples, hiddenBias [hidden]: ⟨p⟩_data − ⟨p⟩_samples.
void distill_rbm_likelihood_gradient(const DistillRBM *_Nonnull rbm,
                                     const uint8_t *_Nonnull data, int64_t count,
                                     const uint8_t *_Nonnull samples, int64_t sampleCount,
                                     float *_Nonnull weights, float *_Nonnull visibleBias,
                                     float *_Nonnull hiddenBias, int32_t threads);

// The parameters of a machine in training and their velocities, of the shapes of W, a and b.
typedef struct {
  float *_Nonnull weights, *_Nonnull visibleBias, *_Nonnull hiddenBias;
  float *_Nonnull weightVelocity, *_Nonnull visibleVelocity, *_Nonnull hiddenVelocity;
  float learningRate, momentum;
  float weightDecay;  // of the weights, not of the biases
} DistillRBMTraining;

// One step of contrastive divergence (Hinton 2002), or of its persistent form (Tieleman 2008) when
// `chains` [chainCount, visible] are kept from call to call (else copy the data there before):
// `steps` Gibbs steps of the chains, the gradient above with the chains as samples, and
//   velocity ← momentum·velocity + learningRate·(gradient − weightDecay·W),  W ← W + velocity.
// `meanField`: the last visible states enter the gradient as their probabilities σ(a + Wh).
// `rbm` must hold the parameters given, and holds the new ones afterwards. `how.baseBias` is ignored.
void distill_rbm_train(DistillRBM *_Nonnull rbm, DistillRBMTraining training,
                       const uint8_t *_Nonnull data, int64_t count, uint8_t *_Nonnull chains,
                       int64_t chainCount, int64_t steps, bool meanField, DistillGibbs how);

// MARK: Annealed importance sampling (Neal 2001; Salakhutdinov & Murray 2008)

// The path p̃(v; β) = exp(((1 − β)a₀ + βa)·v) Π_j (1 + exp(β(b_j + W_jᵀv))), from the base-rate model
// with log Z₀ = Σ_i softplus(a₀ᵢ) + hidden·log 2 at β = 0 to the machine itself at β = 1.

// visible [runs, visible]: independent draws v ~ σ(a₀) of the base-rate model (NULL: a₀ = 0).
// `seed` and `firstRun` as below.
void distill_ais_start(int64_t visible, const float *_Nullable baseBias, uint8_t *_Nonnull states,
                       int64_t runs, uint64_t seed, uint32_t firstRun);

// Steps k = first ..< end along inverseTemperatures β [at least end + 1]: adds
// log p̃(v; β[k+1]) − log p̃(v; β[k]) to logWeights [runs], then moves every state of
// visible [runs, visible] by one Gibbs step at β[k+1]. Calls with adjoining ranges are the same as
// one call. From 0 to 1 with states of `distill_ais_start`, the mean of exp(logWeights) estimates
// Z/Z₀; from 1 to 0, with states drawn from the machine, Z₀/Z.
void distill_ais(const DistillRBM *_Nonnull rbm, const float *_Nullable baseBias,
                 const double *_Nonnull inverseTemperatures, int64_t first, int64_t end,
                 uint8_t *_Nonnull visible, double *_Nonnull logWeights, int64_t runs,
                 uint64_t seed, uint32_t firstRun, int32_t threads);

#ifdef __cplusplus
}
#endif
