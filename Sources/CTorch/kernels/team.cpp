// Chooses between one thread and a team by the time that calls took.
#include "distill_team.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace {

constexpr int trials = 4;               // calls of each kind of team before the first choice
constexpr int burst = 2;                // calls of the other one when it is tried again
constexpr double patience = 50;         // times its cost that pass before it is: a team ...
constexpr double teamPatience = 25;     // ... and one thread, which never takes many times as long
constexpr double isLong = 1e7;          // ns: stalls are short beside such calls, and trials dear
constexpr double worthMeasuring = 1e8;  // ns: a fork costs nothing beside longer calls
constexpr double margin = 0.95;         // how much cheaper the other one must be

// Nanoseconds a unit of work by one kind of team.
struct Cost {
  double each = 0;
  int calls = 0;

  // The first call pays for memory and threads that later ones find ready. A call may be stalled by
  // other programs for longer than it lasts: it counts, but not without bound.
  void add(double sample, double weight) {
    if (calls++ == 0) return;
    if (calls == 2)
      each = sample;
    else
      each += std::max(weight, 1.0 / (calls - 1)) * (std::min(sample, 4 * each) - each);
  }
  bool isTried(double work) const { return calls > (each * work > isLong ? 1 : trials); }
};

struct Choice {
  int most = 0;
  Cost one, team;
  bool usesOne = false;
  double sinceTrial = 0;  // ns spent with the kept one
  int left = 0;           // calls of the other one still to make
  double trial = 0;       // ns that the last ones took, stalls and all

  int next(double work) {
    if (team.calls > 1 && team.each * work > worthMeasuring) return most;
    if (!team.isTried(work) || !one.isTried(work)) return one.calls < team.calls ? 1 : most;
    const Cost &kept = usesOne ? one : team, &other = usesOne ? team : one;
    if (left == 0 && other.each < margin * kept.each) {
      usesOne = !usesOne;
      sinceTrial = trial = 0;
    } else if (left == 0 && sinceTrial > (usesOne ? patience : teamPatience) *
                                             std::max(trial, burst * other.each * work)) {
      left = burst;
      trial = 0;
    }
    return usesOne == (left == 0) ? 1 : most;
  }

  void add(int threads, double elapsed, double work) {
    const bool byTeam = threads > 1;
    const bool isTrial = left > 0 && byTeam == usesOne;
    (byTeam ? team : one).add(elapsed / work, isTrial ? 0.4 : 0.1);
    if (isTrial) trial += elapsed;
    if (!isTrial) {
      sinceTrial += elapsed;
    } else if (--left == 0) {
      sinceTrial = 0;
    }
  }
};

// All zeros at the start, so that a thread that begins has nothing to copy.
struct Memory {
  Choice choices[DISTILL_TEAM_KINDS][64];
  Choice *pending = nullptr;
  int threads = 0;
  double work = 0, began = 0;
};
thread_local Memory memory;

double now() {
  return std::chrono::duration<double, std::nano>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

int32_t distill_team_choose_at(distill_team_kind kind, int64_t work, int32_t most, double now) {
  memory.pending = nullptr;
  if (most <= 1) return 1;
  memory.work = static_cast<double>(std::max<int64_t>(work, 1));
  Choice &choice = memory.choices[kind][std::ilogb(memory.work)];
  if (choice.most != most) {
    choice = Choice();
    choice.most = most;
  }
  memory.pending = &choice;
  memory.threads = choice.next(memory.work);
  memory.began = now;
  return memory.threads;
}

void distill_team_done_at(double now) {
  if (!memory.pending) return;
  memory.pending->add(memory.threads, std::max(now - memory.began, 0.0), memory.work);
  memory.pending = nullptr;
}

int32_t distill_team_choose(distill_team_kind kind, int64_t work, int32_t most) {
  return most <= 1 ? 1 : distill_team_choose_at(kind, work, most, now());
}

void distill_team_done(void) {
  if (memory.pending) distill_team_done_at(now());
}

void distill_team_forget(void) { memory = Memory(); }
