#ifndef STUDENT_TEXT_H
#define STUDENT_TEXT_H

/// The products of CStudentKernels in C99, which exported programs begin with.
const char *student_kernels_text(void);

/// All of StudentRuntime, to be compiled as one file.
const char *student_runtime_text(void);

#endif
