// Programs of TorchScript, read by libtorch's own JIT.
#include "libtorch/script_choices_body.h"
#include "libtorch/script_graph_body.h"
#include "libtorch/scripts_body.h"
