// A NADE's parameters and working memory as the kernels want them. No vector code here.
//
// The hidden units are cut into blocks of at most 256. A block's rows lie together, so one thread
// owns all it needs of W and U and their gradients: nothing is summed over threads except the
// blocks' shares of U·h, and those in the order of the blocks. The cut depends on the number of
// hidden units only, so results do not depend on the number of threads.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "distill_nade.h"
#include "parallel.h"

namespace distill::nade {

constexpr int laneUnit = 16;  // rows are padded to this many floats on every architecture

constexpr int widestBlock = 256;
constexpr int maximumBlocks = 256;  // so at most 65,536 hidden units

constexpr int padded(int count) { return (count + laneUnit - 1) / laneUnit * laneUnit; }

// Zeroed memory that is given back with its owner. Bases are staggered, since arrays a multiple of
// 4 KB apart compete for the same cache lines, and large ones ask for huge pages.
class Memory {
 public:
  Memory() = default;
  explicit Memory(std::size_t floats);
  float *get() const { return base_; }
  std::size_t count() const { return count_; }
  // Makes room for `floats`; the contents are lost when it grows.
  float *reserve(std::size_t floats);

 private:
  struct Free {
    void operator()(void *p) const;
  };
  std::unique_ptr<void, Free> owner_;
  float *base_ = nullptr;
  std::size_t count_ = 0;
};

// One array of parameters with its optimiser's state, indexed as DISTILL_NADE_PARAMETERS … AVERAGE.
struct Parameter {
  Memory slots[4];
  explicit Parameter(std::size_t count) {
    for (Memory &slot : slots) slot = Memory(count);
  }
  float *value() const { return slots[0].get(); }
};

// The hidden units [first, first + count) and everything that belongs to them.
struct Block {
  int first, count;
  int width;   // count padded; the padding units have U = 0, and their gradient is masked away
  int stride;  // floats from row to row: not a power of two, again because of the cache
  Parameter W, U, c;
  Memory decay;  // e^(−W), NaN where |W| is too large for the product form
  Memory mask;   // [width]: 1 for a unit, 0 for padding
  Memory units;  // [images][2·stride]: a or e^(−a), then h
  Memory suffix;  // [images][stride]: Σ_{j>i} e_j
  Memory tangent, tangentSuffix;        // R-operator: [images][stride]: Ra, Σ_{j>i} Re_j
  Memory share;                         // [images][padded inputs]: this block's part of U·h
  Memory rowGradient;                   // a few rows each of dW and dU while they are made
  std::vector<std::uint8_t> product;    // [images]: 1 where `units` holds e^(−a)
  Block(int first, int count, int inputs);
};

// One thread's own memory for evaluation and sampling.
struct Workspace {
  Memory x, z, units, share;
};

}  // namespace distill::nade

// The opaque plan of the C interface.
struct distill_nade {
  int inputs, hidden, paddedInputs;
  bool rectified;
  bool polynomial = false;
  int threads = 1;
  std::vector<std::int32_t> order;
  bool natural;  // order is 0, 1, 2, …
  std::vector<distill::nade::Block> blocks;
  std::size_t widestStride = 0;
  distill::nade::Parameter b;
  distill_nade_optimizer optimizer{DISTILL_NADE_SGD, 0.01f, 0, 0, 1e-8f, 0, 0};
  distill::Barrier barrier;
  std::vector<distill::nade::Workspace> workspaces;  // one for each thread

  // The batch in hand, in the plan's order: pixels, z and δ = x − y, [images][padded inputs].
  std::int64_t images = 0;
  std::vector<std::uint8_t> binary;
  distill::nade::Memory x, z, delta, weights;
  distill::nade::Memory targets;          // where they are not the pixels themselves
  distill::nade::Memory v, tangentDelta;  // ∇_x log q − s and Rδ

  distill_nade(int inputs, int hidden, bool rectified, const std::int32_t *order);
  void reserve(std::int64_t count);
};
