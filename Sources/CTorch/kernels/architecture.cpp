#include "architecture.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

#include "distill_architecture.h"

namespace distill {
namespace {

const char *const names[] = {"baseline", "avx2", "avx512"};

Architecture best() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return Architecture::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Architecture::avx2;
#endif
  return Architecture::baseline;
}

// The number of a name the processor can run, or -1.
int supported(const char *name) {
  for (int number = 0; number <= static_cast<int>(best()); ++number)
    if (name && !std::strcmp(name, names[number])) return number;
  return -1;
}

std::atomic<int> &chosen() {
  static std::atomic<int> value{[] {
    const int wished = supported(std::getenv("DISTILL_ARCHITECTURE"));
    return wished >= 0 ? wished : static_cast<int>(best());
  }()};
  return value;
}

}  // namespace

Architecture architecture() {
  return static_cast<Architecture>(chosen().load(std::memory_order_relaxed));
}

}  // namespace distill

const char *distill_architecture_name(void) {
  return distill::names[static_cast<int>(distill::architecture())];
}

bool distill_architecture_select(const char *name) {
  const int number = name ? distill::supported(name) : static_cast<int>(distill::best());
  if (number < 0) return false;
  distill::chosen().store(number, std::memory_order_relaxed);
  return true;
}
