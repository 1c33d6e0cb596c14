// The evaluation of ensembles, for one instruction set. See every_architecture.h.
using namespace ::distill::mlp;

#include "mlp_product.h"
#include "mlp_activation.h"
#include "mlp_layers.h"
#include "mlp_loss.h"
#include "mlp_derivative.h"
#ifdef DISTILL_BF16
#include "mlp_bfloat16.h"
#endif
#include "mlp_evaluate.h"
#include "mlp_ensemble_derivative.h"
