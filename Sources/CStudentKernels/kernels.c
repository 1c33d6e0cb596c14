#include "student_kernels.h"

#include "products.h"

void student_multiply(const void *operation, const float *numbers, float *workspace) {
  multiply((const struct operation *)operation, numbers, workspace);
}
