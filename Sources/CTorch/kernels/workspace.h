// Memory the kernels reuse from call to call, one set for each thread.
#pragma once
#include "fixed_point.h"

namespace distill {

struct Workspace {
  AlignedArray<uint16_t> offsets;  // of binary rows into tables
  AlignedArray<int32_t> lists;     // of the units that are on
  AlignedArray<int32_t> counts;    // of the units that are on, one for each row
  AlignedArray<uint32_t> sums;     // [rows, 64]
  AlignedArray<uint8_t> states;    // of hidden units, or transposed visible ones
  AlignedArray<float> reals;       // probabilities
  AlignedArray<double> totals;     // one for each row

  static Workspace &ofThisThread() {
    thread_local Workspace workspace;
    return workspace;
  }
};

}  // namespace distill
