#include "distill_elementary.h"

#include "architecture.h"

#define DISTILL_BODY "elementary_body.h"
#include "every_architecture.h"

void distill_elementary(distill_elementary_function function, const float *x, float *out,
                        int64_t count) {
  DISTILL_DISPATCH(elementary)(function, x, out, count);
}
