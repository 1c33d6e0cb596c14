// Memory that was freed stays with the process for the next step.
#include "CTorch.h"

#ifdef __GLIBC__
#include <malloc.h>

#include <cstdlib>
#include <initializer_list>

// Glibc hands large blocks back to the system as soon as they are freed, and a step of training frees
// and asks for the same tens of megabytes again and again: clearing fresh pages then takes longer
// than working on them. Whoever has set the limits for the whole program is obeyed. The main thread
// gains most: what others free goes back by whole heaps of 64 MB.
__attribute__((constructor)) static void keep_freed_memory() {
  for (auto name : {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"})
    if (std::getenv(name)) return;
  // The largest that glibc takes; larger blocks are always mapped by themselves.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
}

extern "C" void dt_return_freed_memory(void) { malloc_trim(0); }
#else
extern "C" void dt_return_freed_memory(void) {}
#endif
