// Forward and backward through the layers for some rows of a batch, and the update of some rows of
// the parameters. Part of mlp_body.h.

// A product runs over the rows given, or, for few rows and wide layers, over a share of panels.
struct Work {
  long begin, end;      // rows of the batch
  int thread, threads;  // panels: 0 of 1 for all
};

// Runs body(panel) for this thread's share of a matrix's panels, or of columns too few to share.
template <class Body>
DISTILL_INLINE void forPanels(const Panels &panels, const Work &work, Body &&body) {
  const Share share(panels.count(), work.thread, work.threads);
  for (long panel = share.begin; panel < share.end; ++panel) body(panel);
}

// level + 1 from level: a = activation(W·a + b); the last level has no activation.
static void forwardLayer(const distill_mlp &net, int level, const float *const *rows,
                         const Level &out, const Work &work) {
  const Layer &layer = net.layers[level];
  const long stride = rowStride(layer.outputs);
  const bool last = level + 1 == net.depth();
  forPanels(layer.panels, work, [&](long panel) {
    productPanel(rows, work.begin, work.end, layer.panels, layer.weight[0], panel, layer.bias[0],
                 out.values, stride);
    if (last || net.activation == DISTILL_MLP_IDENTITY) return;
    const long first = panel * layer.panels.width;
    const long end = std::min(first + layer.panels.width, whole(layer.outputs));
    for (long n = work.begin; n < work.end; ++n)
      for (long c = first; c < end; c += lanes)
        activateAt(net.activation, out, n * stride + c);
  });
}

// ∂loss/∂z of `level` from that of level + 1: (d · W) ⊙ s′(a), added to what `into` holds if asked.
static void backwardLayer(const distill_mlp &net, int level, const float *const *rows,
                          const Level &seen, const float *extra, float *into, const Work &work) {
  const Layer &layer = net.layers[level];
  const long stride = rowStride(layer.inputs);
  forPanels(layer.transposed, work, [&](long panel) {
    productPanel(rows, work.begin, work.end, layer.transposed, layer.back, panel, nullptr, into,
                 stride);
    const long first = panel * layer.transposed.width;
    const long end = std::min(first + layer.transposed.width, whole(layer.inputs));
    for (long n = work.begin; n < work.end; ++n)
      for (long c = first; c < end; c += lanes) {
        const long i = n * stride + c;
        vfloat d = load(into + i) * slopeAt(net.activation, seen, i);
        if (extra) d += load(extra + i);
        store(into + i, d);
      }
  });
}
