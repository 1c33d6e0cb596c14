// What calls libtorch but TorchScript. Its headers take the compiler many times longer than our lines:
// they are read in two files only.
#include "libtorch/machine_body.h"
#include "libtorch/operators_body.h"
#include "libtorch/process_groups_body.h"
#include "libtorch/tensor_handles_body.h"
