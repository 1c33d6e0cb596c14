// One elementary function over an array, for one instruction set. See every_architecture.h.
template <class Function>
DISTILL_INLINE void map(const float *x, float *out, long count, Function &&function) {
  for (long i = 0; i < count; i += lanes) {
    const int left = static_cast<int>(count - i < lanes ? count - i : lanes);
    store(out + i, function(load(x + i, left)), left);
  }
}

void elementary(distill_elementary_function function, const float *x, float *out, long count) {
  switch (function) {
    case DISTILL_EXP: return map(x, out, count, [](vfloat v) { return exp(v); });
    case DISTILL_LOG: return map(x, out, count, [](vfloat v) { return log(v); });
    case DISTILL_LOG1P: return map(x, out, count, [](vfloat v) { return log1p(v); });
    case DISTILL_SIGMOID: return map(x, out, count, [](vfloat v) { return sigmoid(v); });
    case DISTILL_SOFTPLUS: return map(x, out, count, [](vfloat v) { return softplus(v); });
    case DISTILL_TANH: return map(x, out, count, [](vfloat v) { return tanh(v); });
    case DISTILL_RECIPROCAL:
      return map(x, out, count, [](vfloat v) { return approximateReciprocal(v); });
    case DISTILL_RECIPROCAL_SQUARE_ROOT:
      return map(x, out, count, [](vfloat v) { return approximateReciprocalSquareRoot(v); });
  }
}
