// Counter-based random numbers.
#include <algorithm>

#include "architecture.h"
#include "distill_rbm.h"
#include "fixed_point.h"
#define DISTILL_BODY "random_body.h"
#include "every_architecture.h"

void distill_random_philox(const uint32_t *counter, const uint32_t *key, uint32_t *numbers) {
  DISTILL_DISPATCH(philoxBlock)(counter, key, numbers);
}

void distill_random_uniform(uint64_t seed, uint64_t step, uint32_t layer, uint32_t chain,
                            int64_t count, float *out) {
  DISTILL_DISPATCH(uniformNumbers)(seed, step, layer, chain, count, out);
}
