/* Students of distill, for programs in C and in everything that calls C.

   Numbers are float32: inputs as the training data had them, [channels, height, width] or features;
   answers are probabilities of the classes, or values. */
#ifndef DISTILL_STUDENT_H
#define DISTILL_STUDENT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A student, with memory to compute in: for one thread at a time. */
typedef struct distill_student distill_student;

/* Opens a file that `distill export --format runtime` wrote. On failure NULL is returned and, unless
   `error` is NULL, *error is one sentence that stays valid. */
distill_student *distill_student_open(const char *path, const char **error);

/* The same student for another thread: it shares the numbers, not the memory to compute in. */
distill_student *distill_student_copy(const distill_student *student);

/* Ends the use of one student; NULL is allowed. */
void distill_student_close(distill_student *student);

/* How many numbers an input and an answer have. */
int64_t distill_student_input_count(const distill_student *student);
int64_t distill_student_output_count(const distill_student *student);

/* Channels, height and width of an input; features have height and width 1. */
void distill_student_input_shape(const distill_student *student, int64_t shape[3]);

/* The name of a class in UTF-8, valid until the student is closed; NULL when there is none. */
const char *distill_student_class(const distill_student *student, int64_t index);

/* Where the student comes from, as JSON in UTF-8: hashes of data and teacher, loss, recipe, verdict; valid
   until the student is closed. */
const char *distill_student_provenance(const distill_student *student);

/* Answers `count` inputs, one after another. Allocates nothing. */
void distill_student_predict(distill_student *student, const float *inputs, int64_t count,
                             float *outputs);

#ifdef __cplusplus
}
#endif

#endif
