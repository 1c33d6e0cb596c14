// Runs a function on a team of threads: libtorch's own OpenMP team where there is one, so that the
// fused kernels and libtorch's operators never compete for the cores.
#pragma once
#include <algorithm>
#include <atomic>
#include <thread>
#include <type_traits>
#include <vector>

#if defined(__linux__)
#include <dlfcn.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace distill {

// The three entry points of GNU OpenMP, found in the process by name: libtorch brings the library,
// and nothing needs to be linked. All null when there is none (then threads are started afresh).
struct OpenMP {
  void (*run)(void (*)(void *), void *, unsigned, unsigned) = nullptr;
  int (*thread)() = nullptr;
  int (*threads)() = nullptr;

  static const OpenMP &shared() {
    static const OpenMP found = [] {
      OpenMP library;
#if defined(__linux__)
      library.run = reinterpret_cast<decltype(library.run)>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
      library.thread =
          reinterpret_cast<decltype(library.thread)>(dlsym(RTLD_DEFAULT, "omp_get_thread_num"));
      library.threads =
          reinterpret_cast<decltype(library.threads)>(dlsym(RTLD_DEFAULT, "omp_get_num_threads"));
      if (!library.thread || !library.threads) library.run = nullptr;
#endif
      return library;
    }();
    return found;
  }
};

// Calls body(thread, threads) on every thread of a team and returns when all have finished.
// `threads` is the number wished for; the body is told the number it got (a nested call gets one).
// The body must not throw. A team of one runs in place and costs nothing; a fork and join of two
// costs about a microsecond with OpenMP, tens of microseconds without.
template <class Body>
inline void parallel(int threads, Body &&body) {
  if (threads <= 1) {
    body(0, 1);
    return;
  }
  const OpenMP &openMP = OpenMP::shared();
  if (openMP.run) {
    auto enter = [](void *context) {
      const OpenMP &library = OpenMP::shared();
      (*static_cast<std::remove_reference_t<Body> *>(context))(library.thread(), library.threads());
    };
    openMP.run(enter, const_cast<void *>(static_cast<const void *>(&body)),
               static_cast<unsigned>(threads), 0);
    return;
  }
  std::vector<std::thread> team;
  for (int thread = 1; thread < threads; ++thread)
    team.emplace_back([&body, thread, threads] { body(thread, threads); });
  body(0, threads);
  for (std::thread &member : team) member.join();
}

// A point inside a team's body that no thread passes before all have reached it. Spins, since the
// phases of a fused step last microseconds, and gives way to other processes when that takes long.
class Barrier {
 public:
  void wait(int threads) {
    if (threads <= 1) return;
    const unsigned generation = generation_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads) {
      arrived_.store(0, std::memory_order_relaxed);
      generation_.store(generation + 1, std::memory_order_release);
      return;
    }
    for (int spins = 0; generation_.load(std::memory_order_acquire) == generation; ++spins) {
#if defined(__x86_64__)
      _mm_pause();
#endif
      if (spins >= 2000) std::this_thread::yield();
    }
  }

 private:
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<unsigned> generation_{0};
};

// The part [begin, end) of `count` items that belongs to one thread, in multiples of `grain`.
struct Share {
  long begin, end;
  Share(long count, int thread, int threads, long grain = 1) {
    const long pieces = (count + grain - 1) / grain;
    begin = std::min(count, pieces * thread / threads * grain);
    end = std::min(count, pieces * (thread + 1) / threads * grain);
  }
};

}  // namespace distill
