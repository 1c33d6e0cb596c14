// Which instruction set the fused kernels use.
#pragma once
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

// "avx512", "avx2" or "baseline" (SSE2 or NEON): the one in use.
const char *_Nonnull distill_architecture_name(void);

// Uses the named instruction set for the calls this thread makes from now on; NULL goes back to the
// process's own. False, and nothing changes, when the processor lacks it. For tests, which run
// every one of them, and for finding out what a fault depends on; create plans after it.
bool distill_architecture_select(const char *_Nullable name);

#ifdef __cplusplus
}
#endif
