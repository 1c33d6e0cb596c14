// NADE, the neural autoregressive distribution estimator (Larochelle & Murray, 2011), for binary
// or grey images, in Float32:
//
//   a_1 = c;  h_i = s(a_i);  z_i = b_i + U_i·h_i;  y_i = σ(z_i);  a_{i+1} = a_i + W_i x_i
//   log q(x) = Σ_i x_i log y_i + (1 − x_i) log(1 − y_i)
//
// with s the logistic function or ReLU. A plan owns the parameters W [inputs, hidden],
// U [inputs, hidden], c [hidden] and b [inputs], the optimiser's state and the working memory.
//
// Arrays are dense and row-major. Images, derivatives and parameters are always in the caller's
// order of inputs; the plan permutes where its order differs. A plan serves one call at a time.
// Results do not depend on the number of threads, nor on how images are divided into calls, except
// that sums over images are rounded in the order in which the images are given.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct distill_nade distill_nade;

enum { DISTILL_NADE_LOGISTIC = 0, DISTILL_NADE_RELU = 1 };  // hidden units

// How logistic units are computed for binary images. `automatic` keeps e^(−a) and multiplies it by
// e^(−W_i) where a pixel is on, which needs no exponential; an image for which |a| leaves
// [−69, 69] is done over with a polynomial exponential. `polynomial` always uses the latter.
enum { DISTILL_NADE_AUTOMATIC = 0, DISTILL_NADE_POLYNOMIAL = 1 };

// A batch of images [count, inputs]: bytes 0 and 1, or floats in [0, 1].
enum { DISTILL_NADE_UINT8 = 0, DISTILL_NADE_FLOAT = 1 };
typedef struct {
  const void *_Nonnull pixels;
  int32_t format;
  int64_t count;
} distill_nade_images;

// Arrays shaped as the parameters: W [inputs, hidden], U [inputs, hidden], c [hidden], b [inputs].
typedef struct {
  float *_Nonnull W;
  float *_Nonnull U;
  float *_Nonnull c;
  float *_Nonnull b;
} distill_nade_arrays;

// MARK: Plans

// A plan with all parameters zero. `order` [inputs] is a permutation: the recursion's i-th input is
// input order[i] of the images; NULL means 0, 1, 2, …. NULL is returned when a size is not positive,
// `order` is not a permutation, or memory is short.
distill_nade *_Nullable distill_nade_create(int32_t inputs, int32_t hidden, int32_t units,
                                            const int32_t *_Nullable order);
void distill_nade_destroy(distill_nade *_Nullable plan);

// The number of threads to use (1 at creation), and one of the arithmetics above.
void distill_nade_set_threads(distill_nade *_Nonnull plan, int32_t threads);
void distill_nade_set_arithmetic(distill_nade *_Nonnull plan, int32_t arithmetic);

// What of a plan can be read and written; the slots are the optimiser's state (zero at creation):
// momentum; or Adam's first and second moments; or AdaDelta's mean squares of gradient and step.
enum {
  DISTILL_NADE_PARAMETERS = 0,
  DISTILL_NADE_FIRST_SLOT = 1,
  DISTILL_NADE_SECOND_SLOT = 2,
  DISTILL_NADE_AVERAGE = 3
};
void distill_nade_read(const distill_nade *_Nonnull plan, int32_t what, distill_nade_arrays into);
void distill_nade_write(distill_nade *_Nonnull plan, int32_t what, distill_nade_arrays from);

// MARK: Optimisers

// One step with gradient g moves every parameter p, with r the learning rate, by
//   SGD:      m ← β₁ m + g;                                        p ← p − r m
//   Adam:     m ← β₁ m + (1−β₁) g; v ← β₂ v + (1−β₂) g²;           (Kingma & Ba, 2015)
//             p ← p − r (m / (1−β₁ᵗ)) / (√(v / (1−β₂ᵗ)) + ε)
//   AdaDelta: A ← ρ A + (1−ρ) g²; d = g √((D+ε)/(A+ε));            (Zeiler, 2012)
//             D ← ρ D + (1−ρ) d²; p ← p − r d                       with ρ = β₁
// and then, when `averaging` > 0, the average P ← P + averaging·(p − P): a constant for exponential
// averaging, 1/t for the mean of Polyak and Ruppert. `steps` counts the steps made (t − 1).
enum { DISTILL_NADE_SGD = 0, DISTILL_NADE_ADAM = 1, DISTILL_NADE_ADADELTA = 2 };
typedef struct {
  int32_t kind;
  float learning_rate;
  float beta1;
  float beta2;
  float epsilon;
  float averaging;
  int64_t steps;
} distill_nade_optimizer;
void distill_nade_set_optimizer(distill_nade *_Nonnull plan, distill_nade_optimizer optimizer);
distill_nade_optimizer distill_nade_get_optimizer(const distill_nade *_Nonnull plan);

// One step with a gradient made elsewhere, such as a sum of several losses'.
void distill_nade_apply(distill_nade *_Nonnull plan, distill_nade_arrays gradient);

// MARK: Probabilities

// log q(x_n) into log_probability [count].
void distill_nade_log_probability(distill_nade *_Nonnull plan, distill_nade_images images,
                                  float *_Nonnull log_probability);
// y_i = q(x_i = 1 | x_1 … x_{i−1}) into probabilities [count, inputs].
void distill_nade_conditionals(distill_nade *_Nonnull plan, distill_nade_images images,
                               float *_Nonnull probabilities);
// ∂log q/∂x_i = z_i + W_i·Σ_{j>i} e_j, e_j = (x_j − y_j) U_j ∘ s′(a_j), into [count, inputs].
void distill_nade_input_derivative(distill_nade *_Nonnull plan, distill_nade_images images,
                                   float *_Nonnull derivative);

// MARK: Gradients

// First half: log q(x_n) into log_probability [count] (NULL: not wanted). The plan keeps what the
// second half needs, until the next call with images: about 4·count·(3·hidden + 4·inputs) bytes.
void distill_nade_forward(distill_nade *_Nonnull plan, distill_nade_images images,
                          float *_Nullable log_probability);
// The same toward soft targets t [count, inputs] in [0, 1] instead of the pixels themselves, which
// the recursion still takes: Σ_i t_i log y_i + (1 − t_i) log(1 − y_i) into log_probability, and
// δ_i = t_i − y_i in the second half.
void distill_nade_forward_toward(distill_nade *_Nonnull plan, distill_nade_images images,
                                 const float *_Nonnull targets,
                                 float *_Nullable log_probability);
// Second half: G = Σ_n w_n ∇log q(x_n), with δ_i = x_i − y_i:
//   db_i = δ_i; dU_i = δ_i h_i; e_i = δ_i U_i ∘ s′(a_i); dc = Σ e_i; dW_i = x_i Σ_{j>i} e_j
// overwrites `gradient`. weights [count]; NULL means w_n = −1/count, the gradient of the mean of
// −log q. For ½(log q − log p̃ + c)², w_n = (log q − log p̃ + c)/count.
void distill_nade_gradient(distill_nade *_Nonnull plan, const float *_Nullable weights,
                           distill_nade_arrays gradient);
// Second half, fused with one step of the optimiser down G.
void distill_nade_descend(distill_nade *_Nonnull plan, const float *_Nullable weights);

// MARK: Score matching

// The loss Σ_n w_n ½‖∇_x log q(x_n) − s_n‖² with scores s [count, inputs] and weights [count]
// (NULL: 1/count): the unweighted ½‖…‖² into losses [count] (NULL: not wanted), and the gradient
// by the R-operator (Pearlmutter, 1994), with v = ∇_x log q − s held constant:
//   Ra_i = Σ_{j<i} W_j v_j; Rh = s′ Ra; Rz = U·Rh; Rδ = v − y(1−y) Rz
//   RdU = Rδ h + δ Rh; Re = (Rδ s′ + δ s″ Ra) ∘ U; Rdc = Σ Re; RdW_i = x_i Σ_{j>i} Re_j + v_i Σ_{j>i} e_j
void distill_nade_score_gradient(distill_nade *_Nonnull plan, distill_nade_images images,
                                 const float *_Nonnull scores, const float *_Nullable weights,
                                 float *_Nullable losses, distill_nade_arrays gradient);
// The same, fused with one step of the optimiser.
void distill_nade_score_descend(distill_nade *_Nonnull plan, distill_nade_images images,
                                const float *_Nonnull scores, const float *_Nullable weights,
                                float *_Nullable losses);

// MARK: Sampling

// Exact ancestral samples into samples [count, inputs] (bytes 0 and 1), and their log q into
// log_probability [count] (NULL: not wanted). The first `given` inputs of the plan's order are
// taken from `samples` instead of drawn, so the rest is an exact conditional sample.
// Randomness: Philox 4x32-10 (Salmon et al., 2011) keyed by `seed`; sample n uses the numbers of
// index first + n of `stream`, so that samples do not depend on how they are divided into calls.
typedef struct {
  uint64_t seed;
  uint32_t stream;
  uint64_t first;
} distill_nade_randomness;
void distill_nade_sample(distill_nade *_Nonnull plan, int64_t count, int32_t given,
                         distill_nade_randomness randomness, uint8_t *_Nonnull samples,
                         float *_Nullable log_probability);

#ifdef __cplusplus
}
#endif
