// The hot loops of Bayesian logistic regression, fused: sums of log σ(z) over signed logits
// z_n = ± x_n · w, along a coordinate line or with the gradient.
//
// Arrays are Float32; `count` is a multiple of 16 and every column is padded to it. Observations that
// fill up the padding have a logit of 80, which adds e⁻⁸⁰, and zeros in the columns. Results are exact
// to about 10⁻⁶ of their size.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Σ_n log σ(z_n + shift · column_n); nothing is stored.
double distill_logistic_sum(
    const float *_Nonnull z, const float *_Nonnull column, float shift, int64_t count);

// Σ_n log σ(z_n) with z = offsets + Σ_j point_j · column_j, and its gradient Σ_n (1 − σ(z_n)) column_jn.
// Column j begins at columns + j · count.
double distill_logistic_gradient(
    const float *_Nonnull offsets, const float *_Nonnull columns, const double *_Nonnull point,
    int64_t dimension, int64_t count, double *_Nonnull gradient);

// z += shift · column.
void distill_logistic_move(
    float *_Nonnull z, const float *_Nonnull column, float shift, int64_t count);

#ifdef __cplusplus
}
#endif
