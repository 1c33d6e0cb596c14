// Shares rows between threads in pieces of a size that suits the kernels' tables.
#pragma once
#include <algorithm>

#include "parallel.h"

namespace distill {

// Calls body(begin, count) for pieces of at most 1,024 rows that cover 0 ..< rows.
template <class Body>
void inChunks(long rows, int threads, Body body) {
  if (rows <= 0) return;
  // One row alone is not worth a thread.
  parallel(static_cast<int>(std::min<long>(threads, rows)), [&](int thread, int team) {
    const Share mine(rows, thread, team);
    const long chunks = (mine.end - mine.begin + 1023) / 1024;
    for (long i = 0; i < chunks; ++i) {
      const Share chunk(mine.end - mine.begin, static_cast<int>(i), static_cast<int>(chunks));
      body(mine.begin + chunk.begin, chunk.end - chunk.begin);
    }
  });
}

}  // namespace distill
