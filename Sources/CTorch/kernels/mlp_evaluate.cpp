// Evaluation of ensembles of multilayer perceptrons, and the derivatives of their predictions.
#include <algorithm>
#include <vector>

#include "architecture.h"
#include "distill_mlp.h"
#include "mlp_plan.h"
#include "parallel.h"

#define DISTILL_BODY "mlp_evaluate_body.h"
#include "every_architecture.h"

#if defined(__x86_64__)
// Once more for processors that multiply bfloat16 themselves.
#define DISTILL_AVX512 1
#define DISTILL_AVX2 1
#define DISTILL_BF16 1
#define DISTILL_LANES 16
DISTILL_TARGET("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma")
namespace distill::avx512bf16 {
#include "vector.h"
#include "mlp_evaluate_body.h"
}
DISTILL_END_TARGET
#endif

void distill_mlp_evaluate(const distill_mlp *const *members, int count_members,
                          const float *inputs, const int64_t *indices, int64_t count,
                          distill_mlp_output output, distill_mlp_storage products, float *out,
                          int threads) {
  const bool rounds = products == DISTILL_MLP_BFLOAT16;
#if defined(__x86_64__)
  if (rounds && distill::architecture() == distill::Architecture::avx512 &&
      __builtin_cpu_supports("avx512bf16"))
    return distill::avx512bf16::evaluate(members, count_members, inputs, indices, count, output,
                                         true, out, threads);
#endif
  DISTILL_DISPATCH(evaluate)(members, count_members, inputs, indices, count, output, rounds, out,
                             threads);
}

void distill_mlp_derivatives(const distill_mlp *const *members, int count_members,
                             const float *inputs, const int64_t *indices, int64_t count,
                             const float *projections, void *derivatives,
                             distill_mlp_storage storage, float *log_probabilities, int threads) {
  DISTILL_DISPATCH(ensembleDerivatives)(members, count_members, inputs, indices, count,
                                        projections, derivatives, storage, log_probabilities,
                                        threads);
}
