// Compiles one kernel file for every instruction set: define DISTILL_BODY as its name and include
// this. The body is then compiled in namespaces distill::avx512, distill::avx2 (x86-64 only) and
// distill::baseline, each after `vector.h`, and DISTILL_DISPATCH(name) picks one at run time.
//
//   #include <vector>               // every system header BEFORE: a header's inline functions must
//   #include "architecture.h"       // not be compiled for a processor that may not be there
//   #define DISTILL_BODY "mlp_body.h"
//   #include "every_architecture.h"
//
// A body holds no includes of system headers and no `#pragma once`.
#include <cstdint>
#include <cstring>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__clang__)
#define DISTILL_PRAGMA(text) _Pragma(#text)
#define DISTILL_TARGET(features) \
  DISTILL_PRAGMA(clang attribute push(__attribute__((target(features))), apply_to = function))
#define DISTILL_END_TARGET _Pragma("clang attribute pop")
#else
#define DISTILL_PRAGMA(text) _Pragma(#text)
#define DISTILL_TARGET(features) _Pragma("GCC push_options") DISTILL_PRAGMA(GCC target(features))
#define DISTILL_END_TARGET _Pragma("GCC pop_options")
#endif

#if defined(__x86_64__)

#define DISTILL_AVX512 1
#define DISTILL_AVX2 1
#define DISTILL_LANES 16
DISTILL_TARGET("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma")
namespace distill::avx512 {
#include "vector.h"
#include DISTILL_BODY
}
DISTILL_END_TARGET
#undef DISTILL_LANES
#undef DISTILL_AVX512

#define DISTILL_LANES 8
DISTILL_TARGET("avx2,fma")
namespace distill::avx2 {
#include "vector.h"
#include DISTILL_BODY
}
DISTILL_END_TARGET
#undef DISTILL_LANES
#undef DISTILL_AVX2

#endif

#define DISTILL_LANES 4
namespace distill::baseline {
#include "vector.h"
#include DISTILL_BODY
}
#undef DISTILL_LANES
