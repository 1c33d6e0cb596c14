// How many threads pay: decided for each kind and size of work by what it has cost so far.
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Kinds of work that are timed together.
typedef enum {
  DISTILL_TEAM_STEP = 0,
  DISTILL_TEAM_DERIVATIVE_STEP,
  DISTILL_TEAM_EVALUATION,
  DISTILL_TEAM_DERIVATIVES,
  DISTILL_TEAM_NADE,
  DISTILL_TEAM_NADE_SAMPLES,
  DISTILL_TEAM_ENERGY,
  DISTILL_TEAM_GIBBS,
  DISTILL_TEAM_CLIMB,
  DISTILL_TEAM_ANNEALING,
  DISTILL_TEAM_KINDS,
} distill_team_kind;

// One thread or `most`, for work whose cost grows with `work` (any unit, the same for a kind). Both
// are tried at the first calls of a kind and size (within a factor of two), the cheaper one is
// kept, and the other is tried again now and then, for a fiftieth to a twenty-fifth of the time,
// since other programs come and go. Only for work whose results are the same for any number of threads.
// Each calling thread has its own memory of costs. The work follows at once, then `_done`.
int32_t distill_team_choose(distill_team_kind kind, int64_t work, int32_t most);

// The work of the last choice is done.
void distill_team_done(void);

// For tests: the same with a clock of their own (nanoseconds).
int32_t distill_team_choose_at(distill_team_kind kind, int64_t work, int32_t most, double now);
void distill_team_done_at(double now);
// Forgets all costs of the calling thread.
void distill_team_forget(void);

#ifdef __cplusplus
}
#endif
