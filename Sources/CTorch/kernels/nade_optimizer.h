// Where the gradient of some parameters goes once it is complete: into the caller's arrays, or
// straight into a step of the optimiser while it is still in the cache. Included by `nade_body.h`.

struct Rule {
  distill_nade_optimizer with;
  float correction1 = 1, correction2 = 1;  // 1/(1 − βᵗ)
  explicit Rule(const distill_nade_optimizer &optimizer) : with(optimizer) {
    const double step = double(optimizer.steps) + 1;
    if (optimizer.kind == DISTILL_NADE_ADAM) {
      correction1 = float(1 / (1 - std::pow(double(optimizer.beta1), step)));
      correction2 = float(1 / (1 - std::pow(double(optimizer.beta2), step)));
    }
  }
};

// One step of `count` (padded) parameters from `at` on. `mask` (or null) is zero at the padding.
// The gradient is cleared. `decay` (or null) is kept at e^(−parameter).
template <int kind>
void stepSome(const Rule &rule, const Parameter &parameter, std::size_t at, int count,
              float *gradient, const float *mask, float *decay) {
  const distill_nade_optimizer &o = rule.with;
  float *value = parameter.slots[0].get() + at, *first = parameter.slots[1].get() + at,
        *second = parameter.slots[2].get() + at, *average = parameter.slots[3].get() + at;
  for (int j = 0; j < count; j += lanes) {
    vfloat g = load(gradient + j);
    store(gradient + j, broadcast(0));
    if (mask) g = load(mask + j) != 0 ? g : broadcast(0);  // also when g is NaN
    vfloat p = load(value + j);
    if constexpr (kind == DISTILL_NADE_SGD) {
      const vfloat m = fma(broadcast(o.beta1), load(first + j), g);
      store(first + j, m);
      p -= o.learning_rate * m;
    } else if constexpr (kind == DISTILL_NADE_ADAM) {
      const vfloat m = o.beta1 * load(first + j) + (1 - o.beta1) * g;
      const vfloat v = o.beta2 * load(second + j) + (1 - o.beta2) * (g * g);
      store(first + j, m);
      store(second + j, v);
      p -= (o.learning_rate * rule.correction1) * m /
           (squareRoot(v * rule.correction2) + o.epsilon);
    } else {
      const vfloat a = o.beta1 * load(first + j) + (1 - o.beta1) * (g * g);
      const vfloat d = load(second + j);
      const vfloat change = squareRoot((d + o.epsilon) / (a + o.epsilon)) * g;
      store(first + j, a);
      store(second + j, o.beta1 * d + (1 - o.beta1) * (change * change));
      p -= o.learning_rate * change;
    }
    store(value + j, p);
    if (o.averaging > 0)
      store(average + j, fma(broadcast(o.averaging), p - load(average + j), load(average + j)));
    if (decay) store(decay + j, decayOf(p));
  }
}

inline void step(const Rule &rule, const Parameter &parameter, std::size_t at, int count,
                 float *gradient, const float *mask, float *decay) {
  switch (rule.with.kind) {
    case DISTILL_NADE_SGD:
      return stepSome<DISTILL_NADE_SGD>(rule, parameter, at, count, gradient, mask, decay);
    case DISTILL_NADE_ADAM:
      return stepSome<DISTILL_NADE_ADAM>(rule, parameter, at, count, gradient, mask, decay);
    default:
      return stepSome<DISTILL_NADE_ADADELTA>(rule, parameter, at, count, gradient, mask, decay);
  }
}

// Takes complete gradients, and clears them for the next rows.
struct Destination {
  const distill_nade &plan;
  const distill_nade_arrays *arrays;  // null: a step by `rule`
  Rule rule;

  // `rows` rows of dW and dU from row `from` on, [rows][stride].
  void rows(Block &block, int from, int rows, float *dW, float *dU) const {
    const std::size_t stride = block.stride;
    for (int r = 0; r < rows; ++r, dW += stride, dU += stride) {
      const std::size_t at = (from + r) * stride;
      if (!arrays) {
        float *decay = plan.rectified ? nullptr : block.decay.get() + at;
        step(rule, block.U, at, block.width, dU, block.mask.get(), nullptr);
        step(rule, block.W, at, block.width, dW, block.mask.get(), decay);
        continue;
      }
      const std::size_t to = std::size_t(plan.order[from + r]) * plan.hidden + block.first;
      std::memcpy(arrays->W + to, dW, block.count * sizeof(float));
      std::memcpy(arrays->U + to, dU, block.count * sizeof(float));
      std::memset(dW, 0, block.width * sizeof(float));
      std::memset(dU, 0, block.width * sizeof(float));
    }
  }
  void hiddenBias(Block &block, float *dc) const {
    if (arrays)
      std::memcpy(arrays->c + block.first, dc, block.count * sizeof(float));
    else
      step(rule, block.c, 0, block.width, dc, block.mask.get(), nullptr);
  }
  // The inputs [from, to), multiples of `lanes`; zero at the padding.
  void visibleBias(int from, int to, float *db) const {
    if (!arrays) return step(rule, plan.b, from, to - from, db, nullptr, nullptr);
    for (int i = from; i < to && i < plan.inputs; ++i) arrays->b[plan.order[i]] = db[i - from];
  }
};
