#include "architecture.h"

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

// What this thread asked for, or -1.
thread_local int forced = -1;

}  // namespace

Architecture architecture() {
  static const int standard = [] {
    const int wished = supported(std::getenv("DISTILL_ARCHITECTURE"));
    return wished >= 0 ? wished : static_cast<int>(best());
  }();
  return static_cast<Architecture>(forced >= 0 ? forced : standard);
}

}  // namespace distill

const char *distill_architecture_name(void) {
  return distill::names[static_cast<int>(distill::architecture())];
}

bool distill_architecture_select(const char *name) {
  const int number = name ? distill::supported(name) : -1;
  if (name && number < 0) return false;
  distill::forced = number;
  return true;
}
