// Which instruction set the kernels run with, chosen once when the process starts; a thread can ask
// for another one for the calls it makes.
#pragma once

namespace distill {

// In order of preference, the last the processor has is taken. `baseline` is SSE2 on x86-64 and
// NEON on arm64, and always exists.
enum class Architecture : int { baseline = 0, avx2 = 1, avx512 = 2 };

// The one in use: the best the processor has, unless the environment variable
// DISTILL_ARCHITECTURE (baseline, avx2, avx512) or `distill_architecture_select` says otherwise.
Architecture architecture();

}  // namespace distill

// The function `name` of the namespace of the architecture in use:
//   DISTILL_DISPATCH(forward)(arguments);
#if defined(__x86_64__)
#define DISTILL_DISPATCH(name)                                                        \
  (::distill::architecture() == ::distill::Architecture::avx512 ? ::distill::avx512::name \
   : ::distill::architecture() == ::distill::Architecture::avx2 ? ::distill::avx2::name   \
                                                                : ::distill::baseline::name)
#else
#define DISTILL_DISPATCH(name) (::distill::baseline::name)
#endif
