// The training of multilayer perceptrons, for one instruction set. See every_architecture.h.
using namespace ::distill::mlp;

#include "mlp_product.h"
#include "mlp_optimizer.h"
#include "mlp_clip.h"
#include "mlp_activation.h"
#include "mlp_layers.h"
#include "mlp_loss.h"
#include "mlp_derivative.h"
#include "mlp_train.h"

long panelWidth() { return tileVectors == 4 ? 64 : 16; }

double trainSteps(distill_mlp &net, const distill_mlp_optimizer &optimizer,
                  const distill_mlp_loss &loss, const float *inputs, const int64_t *indices,
                  long batch, long steps, double *losses, int threads) {
  Training training(net, optimizer, &loss, inputs, indices, batch);
  return train(training, steps, losses, threads);
}

void forwardOnly(distill_mlp &net, const float *inputs, const int64_t *indices, long batch,
                 float *logits, int threads) {
  const distill_mlp_optimizer none{};
  Training training(net, none, nullptr, inputs, indices, batch);
  training.goesBack = false;
  train(training, 1, nullptr, threads);
  const long K = net.outputs();
  for (long n = 0; n < batch; ++n)
    for (long k = 0; k < K; ++k)
      logits[n * K + k] = net.seen.values.at[net.depth()][n * rowStride(K) + k];
}

void backwardOnly(distill_mlp &net, const distill_mlp_optimizer &optimizer, const float *inputs,
                  const int64_t *indices, long batch, const float *gradient, int threads) {
  Training training(net, optimizer, nullptr, inputs, indices, batch);
  training.goesForward = false;
  training.given = gradient;
  train(training, 1, nullptr, threads);
}

void refreshTransposed(distill_mlp &net) {
  for (Layer &layer : net.layers) transposeInto(layer.back, layer, Block::all(layer));
  net.inputBackFresh = true;
}
