// The three ways to keep a block's hidden units while walking over the inputs. Each has a state
// per unit, which an input that is on moves (advance) and which the way back restores (retreat),
// the activation h, and s′ and s″ in terms of h. Included by `nade_body.h`.

// e^(−a), moved by a multiplication with e^(−W): no exponential, for binary inputs only. Exact to
// rounding while it stays in [2⁻¹⁰⁰, 2¹⁰⁰], which every change is checked for.
struct ProductUnits {
  static constexpr bool bounded = true;
  static const float *rows(const Block &block) { return block.decay.get(); }
  DISTILL_INLINE vfloat start(vfloat c) { return exp(-c); }
  DISTILL_INLINE vfloat advance(vfloat state, vfloat row, vfloat) { return state * row; }
  DISTILL_INLINE vfloat retreat(vfloat state, vfloat row, vfloat) {
    return state * approximateReciprocal(row);
  }
  DISTILL_INLINE vfloat activation(vfloat state) { return approximateReciprocal(1 + state); }
  DISTILL_INLINE vfloat slope(vfloat h) { return h - h * h; }
  DISTILL_INLINE vfloat curvature(vfloat h) { return (h - h * h) * (1 - 2 * h); }
};

// a itself and a polynomial exponential: any inputs, any weights. (Beyond −80 the activation stays
// at σ(−80) = 2·10⁻³⁵, far below the rounding of what it is added to.)
struct LogisticUnits {
  static constexpr bool bounded = false;
  static const float *rows(const Block &block) { return block.W.value(); }
  DISTILL_INLINE vfloat start(vfloat c) { return c; }
  DISTILL_INLINE vfloat advance(vfloat state, vfloat row, vfloat x) { return fma(x, row, state); }
  DISTILL_INLINE vfloat retreat(vfloat state, vfloat row, vfloat x) { return fma(-x, row, state); }
  DISTILL_INLINE vfloat activation(vfloat state) {
    const vfloat least = broadcast(-80);
    return approximateReciprocal(1 + exp(-(state < least ? least : state)));
  }
  DISTILL_INLINE vfloat slope(vfloat h) { return h - h * h; }
  DISTILL_INLINE vfloat curvature(vfloat h) { return (h - h * h) * (1 - 2 * h); }
};

// a itself and h = max(a, 0).
struct RectifiedUnits : LogisticUnits {
  DISTILL_INLINE vfloat activation(vfloat state) { return maximum(state, broadcast(0)); }
  DISTILL_INLINE vfloat slope(vfloat h) { return h > 0 ? broadcast(1) : broadcast(0); }
  DISTILL_INLINE vfloat curvature(vfloat) { return broadcast(0); }
};

// Calls body(Units{}) with the way image n of this block is kept.
template <class Body>
DISTILL_INLINE void withUnits(bool rectified, bool product, Body body) {
  if (rectified)
    body(RectifiedUnits{});
  else if (product)
    body(ProductUnits{});
  else
    body(LogisticUnits{});
}

// The smallest and largest state seen, compared as integers: NaN, infinity and negative numbers
// fall outside as well.
struct Bounds {
  vint low, high;
  Bounds() { low = high = bits(broadcast(1)); }
  void include(vfloat state) {
    const vint s = bits(state);
    low = s < low ? s : low;
    high = s > high ? s : high;
  }
  bool kept() const {
    const vint least = bits(broadcast(0x1p-100f)), most = bits(broadcast(0x1p100f));
    return !__builtin_reduce_or((low < least) | (high > most));
  }
};

// MARK: Adding up lanes

template <int w, std::size_t... i>
DISTILL_INLINE vfloat fold(vfloat a, vfloat b, std::index_sequence<i...>) {
  return __builtin_shufflevector(a, b, (int(i) / w * 2 * w + int(i) % w)...) +
         __builtin_shufflevector(a, b, (int(i) / w * 2 * w + int(i) % w + w)...);
}
template <int w, int n>
DISTILL_INLINE void foldAll(vfloat *v) {
  constexpr auto all = std::make_index_sequence<lanes>();
  if constexpr (n > 1)
    for (int i = 0; i < n / 2; ++i) v[i] = fold<w>(v[2 * i], v[2 * i + 1], all);
  else
    v[0] = fold<w>(v[0], v[0], all);
  if constexpr (w > 1) foldAll<w / 2, (n > 1 ? n / 2 : 1)>(v);
}
// The sums of the lanes of v[0] … v[count − 1]; all added up together, in pairs.
template <int count>
DISTILL_INLINE void sums(const vfloat *v, float *out) {
  constexpr int n = count <= 1 ? 1 : count <= 2 ? 2 : count <= 4 ? 4 : 8;
  vfloat folded[n] = {};
  for (int i = 0; i < count; ++i) folded[i] = v[i];
  foldAll<lanes / 2, n>(folded);
  for (int i = 0; i < count; ++i) out[i] = folded[i / lanes][i % lanes];
}

// Calls body(integral_constant) with a number of rows from 1 to 8.
constexpr int longestRun = 8;
template <class Body>
DISTILL_INLINE void withRows(int rows, Body body) {
  switch (rows) {
    case 1: return body(std::integral_constant<int, 1>());
    case 2: return body(std::integral_constant<int, 2>());
    case 3: return body(std::integral_constant<int, 3>());
    case 4: return body(std::integral_constant<int, 4>());
    case 5: return body(std::integral_constant<int, 5>());
    case 6: return body(std::integral_constant<int, 6>());
    case 7: return body(std::integral_constant<int, 7>());
    default: return body(std::integral_constant<int, 8>());
  }
}
