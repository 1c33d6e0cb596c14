// Sums of log σ over signed logits, with derivatives.
#include "distill_logistic.h"

#include <vector>

#include "architecture.h"

#define DISTILL_INLINE_MEMBER inline __attribute__((always_inline))
#define DISTILL_BODY "logistic_body.h"
#include "every_architecture.h"

double distill_logistic_sum(const float *z, const float *column, float shift, int64_t count) {
  return DISTILL_DISPATCH(logisticSum)(z, column, shift, count);
}

void distill_logistic_move(float *z, const float *column, float shift, int64_t count) {
  DISTILL_DISPATCH(logisticMove)(z, column, shift, count);
}

double distill_logistic_gradient(const float *offsets, const float *columns, const double *point,
                                 int64_t dimension, int64_t count, double *gradient) {
  // A group of lane sums for each column: on the stack as long as they are few.
  constexpr int64_t few = 64, lanes = 16;
  alignas(64) float stack[few * lanes];
  std::vector<float> heap(dimension > few ? dimension * lanes : 0);
  return DISTILL_DISPATCH(logisticGradient)(offsets, columns, point, dimension, count, gradient,
                                            dimension > few ? heap.data() : stack);
}
