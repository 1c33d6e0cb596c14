// The kernels' elementary functions over an array, so that their accuracy can be checked.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
  DISTILL_EXP = 0,
  DISTILL_LOG = 1,
  DISTILL_LOG1P = 2,
  DISTILL_SIGMOID = 3,
  DISTILL_SOFTPLUS = 4,
  DISTILL_TANH = 5,
  DISTILL_RECIPROCAL = 6,              // approximate
  DISTILL_RECIPROCAL_SQUARE_ROOT = 7,  // approximate
} distill_elementary_function;

// out[i] = f(x[i]) for i in 0 ... count − 1, with the instruction set in use.
void distill_elementary(
    distill_elementary_function function, const float *_Nonnull x, float *_Nonnull out,
    int64_t count);

#ifdef __cplusplus
}
#endif
