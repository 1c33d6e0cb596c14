#include "nade_plan.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace distill::nade {

void Memory::Free::operator()(void *p) const { std::free(p); }

Memory::Memory(std::size_t floats) : count_(floats) {
  constexpr std::size_t page = 4096, huge = std::size_t(2) << 20, staggers = 48, line = 64;
  static std::atomic<unsigned> allocations{0};
  const std::size_t stagger = (allocations.fetch_add(5) % staggers) * line;
  std::size_t bytes = floats * sizeof(float) + stagger + 2 * line;
  const std::size_t alignment = bytes >= huge / 2 ? huge : page;
  bytes = (bytes + alignment - 1) / alignment * alignment;
  void *memory = std::aligned_alloc(alignment, bytes);
  if (!memory) throw std::bad_alloc();
  owner_.reset(memory);
#if defined(__linux__)
  if (alignment == huge) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  std::memset(memory, 0, bytes);
  base_ = reinterpret_cast<float *>(static_cast<char *>(memory) + stagger);
}

float *Memory::reserve(std::size_t floats) {
  if (floats > count_) *this = Memory(floats);
  return base_;
}

Block::Block(int first, int count, int inputs)
    : first(first),
      count(count),
      width(padded(count)),
      stride(width + laneUnit),
      W(std::size_t(inputs) * stride),
      U(std::size_t(inputs) * stride),
      c(stride),
      decay(std::size_t(inputs) * stride),
      mask(stride) {
  std::fill(mask.get(), mask.get() + count, 1.0f);
  std::fill(decay.get(), decay.get() + std::size_t(inputs) * stride, 1.0f);
}

}  // namespace distill::nade

using distill::nade::Block;
using distill::nade::Parameter;

distill_nade::distill_nade(int inputs, int hidden, bool rectified, const std::int32_t *given)
    : inputs(inputs),
      hidden(hidden),
      paddedInputs(distill::nade::padded(inputs)),
      rectified(rectified),
      order(inputs),
      natural(true),
      b(paddedInputs),
      workspaces(1) {
  std::fill(b.value() + inputs, b.value() + paddedInputs, -80.0f);
  for (int i = 0; i < inputs; ++i) {
    order[i] = given ? given[i] : i;
    natural = natural && order[i] == i;
  }
  // An even number of blocks where there is work for two, so that two threads share it evenly.
  int count = (hidden + distill::nade::widestBlock - 1) / distill::nade::widestBlock;
  if (hidden >= 64) count = (count + 1) / 2 * 2;
  for (int k = 0; k < count; ++k) {
    const int first = int(long(hidden) * k / count), end = int(long(hidden) * (k + 1) / count);
    blocks.emplace_back(first, end - first, inputs);
    widestStride = std::max(widestStride, std::size_t(blocks.back().stride));
  }
}

void distill_nade::reserve(std::int64_t count) {
  images = count;
  const std::size_t pixels = std::size_t(count) * paddedInputs;
  for (distill::nade::Memory *memory : {&x, &z, &delta}) memory->reserve(pixels);
  weights.reserve(count);
  if (binary.size() < std::size_t(count)) binary.resize(count);
  for (Block &block : blocks) {
    block.units.reserve(std::size_t(count) * 2 * block.stride);
    block.suffix.reserve(std::size_t(count) * block.stride);
    block.share.reserve(pixels);
    if (block.product.size() < std::size_t(count)) block.product.resize(count);
  }
}
