// The NADE kernels for one instruction set; see `every_architecture.h`.
namespace nade_kernels {
using namespace ::distill::nade;

// e^(−w); NaN beyond |w| = 60, so that the product form notices that it does not apply.
DISTILL_INLINE vfloat decayOf(vfloat w) {
  return absolute(w) <= 60 ? exp(-w) : broadcast(__builtin_nanf(""));
}

// out[j] = Σ_n w_n source[n·stride + column + j] for j < width, in the order of the images.
inline void addImages(const float *source, const float *weights, std::int64_t images,
                      std::size_t stride, std::size_t column, int width, float *out) {
  for (int j = 0; j < width; j += lanes) {
    vfloat total = {};
    for (std::int64_t n = 0; n < images; ++n) {
      const vfloat row = load(source + n * stride + column + j);
      total = weights ? fma(broadcast(weights[n]), row, total) : total + row;
    }
    store(out + j, total);
  }
}

#include "nade_units.h"
#include "nade_forward.h"
#include "nade_output.h"
#include "nade_optimizer.h"
#include "nade_backward.h"
#include "nade_sweeps.h"
#include "nade_score.h"
#include "nade_sample.h"
}  // namespace nade_kernels
