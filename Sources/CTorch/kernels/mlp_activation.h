// Activations a = s(z) of the hidden layers with s′ and s″. Part of mlp_body.h.

struct Curve {
  vfloat value, slope, curvature;
};

// z·Φ(z). The normal tail is Q(x) = e^(−x²/2)·R(x) with R a polynomial of degree 9 in
// u = 1/(1 + 0.3 x), fitted by least squares on [0, 14.5]; s and s′ are right to 3e−7 absolutely.
DISTILL_INLINE Curve gelu(vfloat z) {
  const vfloat size = absolute(z);
  const vfloat u = approximateReciprocal(fma(broadcast(0.3f), minimum(size, broadcast(14.5f)),
                                             broadcast(1)));
  vfloat r = broadcast(-0.0208613686f);
  r = fma(r, u, broadcast(0.113714799f));
  r = fma(r, u, broadcast(-0.231184855f));
  r = fma(r, u, broadcast(0.195687473f));
  r = fma(r, u, broadcast(-0.0826098844f));
  r = fma(r, u, broadcast(0.0978287533f));
  r = fma(r, u, broadcast(0.0778274462f));
  r = fma(r, u, broadcast(0.110351935f));
  r = fma(r, u, broadcast(0.119558342f));
  r = fma(r, u, broadcast(0.119687349f));
  const vfloat e = exp(z * z * -0.5f), tail = e * (r * u);
  const vfloat below = select(z < 0, tail, 1 - tail), density = e * 0.398942280f;
  // −∞·0 and ∞·0 are the limits 0.
  const vfloat finite = minimum(maximum(z, broadcast(-1e18f)), broadcast(1e18f));
  const vfloat limit = select(z == z, finite, z);
  return {select(z > 14.5f, z, limit * below), fma(limit, density, below),
          density * (2 - limit * limit)};
}
DISTILL_INLINE Curve silu(vfloat z) {
  const vfloat p = sigmoid(z), q = sigmoid(-z);
  const vfloat limit = maximum(broadcast(-1e18f), z);
  return {limit * p, fma(limit * p, q, p), p * q * fma(limit, q - p, broadcast(2))};
}
DISTILL_INLINE Curve softplusCurve(vfloat z) {
  const vfloat p = sigmoid(z);
  return {softplus(z), p, p * sigmoid(-z)};
}
// z·min(max(z + 3, 0), 6)/6.
DISTILL_INLINE Curve hardSwish(vfloat z) {
  const vfloat zero = vfloat{}, one = broadcast(1);
  const vfloat inner = z * (z + 3) * (1.0f / 6);
  const vfloat slope = fma(z, broadcast(1.0f / 3), broadcast(0.5f));
  return {select(z < -3, zero, select(z > 3, z, inner)),
          select(z < -3, zero, select(z > 3, one, slope)),
          select((z < -3) | (z > 3), zero, broadcast(1.0f / 3))};
}
// eᶻ − 1 for z ≤ 0, 4 ulp: 2t/(1 − t) with t = tanh(z/2).
DISTILL_INLINE vfloat exponentialLess1(vfloat z) {
  const vfloat t = tanh(z * 0.5f);
  return 2 * t / (1 - t);
}

constexpr float leak = 0.01f;

// Whether s′ and s″ do not follow from a, so that they are kept when going forward.
DISTILL_INLINE bool keepsSlope(distill_mlp_activation kind) { return kind >= DISTILL_MLP_GELU; }

// a, s′ and s″ from z, of the activations that keep their slope.
DISTILL_INLINE Curve curve(distill_mlp_activation kind, vfloat z) {
  switch (kind) {
    case DISTILL_MLP_GELU: return gelu(z);
    case DISTILL_MLP_SILU: return silu(z);
    case DISTILL_MLP_SOFTPLUS: return softplusCurve(z);
    default: return hardSwish(z);
  }
}

DISTILL_INLINE vfloat activate(distill_mlp_activation kind, vfloat z) {
  switch (kind) {
    case DISTILL_MLP_IDENTITY: return z;
    case DISTILL_MLP_RELU: return maximum(broadcast(0), z);
    case DISTILL_MLP_TANH: return tanh(z);
    case DISTILL_MLP_LOGISTIC: return sigmoid(z);
    case DISTILL_MLP_ELU: return select(z > 0, z, exponentialLess1(minimum(z, vfloat{})));
    case DISTILL_MLP_LEAKY_RELU: return select(z > 0, z, z * leak);
    default: return curve(kind, z).value;
  }
}
// s′ and s″ at the activation a = s(z), of the others.
DISTILL_INLINE vfloat slope(distill_mlp_activation kind, vfloat a) {
  switch (kind) {
    case DISTILL_MLP_RELU: return select(a > 0, broadcast(1), broadcast(0));
    case DISTILL_MLP_TANH: return 1 - a * a;
    case DISTILL_MLP_LOGISTIC: return a * (1 - a);
    case DISTILL_MLP_ELU: return select(a > 0, broadcast(1), a + 1);
    case DISTILL_MLP_LEAKY_RELU: return select(a > 0, broadcast(1), broadcast(leak));
    default: return broadcast(1);
  }
}
DISTILL_INLINE vfloat curvature(distill_mlp_activation kind, vfloat a) {
  switch (kind) {
    case DISTILL_MLP_TANH: return -2 * a * (1 - a * a);
    case DISTILL_MLP_LOGISTIC: return a * (1 - a) * (1 - 2 * a);
    case DISTILL_MLP_ELU: return select(a > 0, vfloat{}, a + 1);
    default: return vfloat{};
  }
}

// s′ and s″ at place i of a level.
DISTILL_INLINE vfloat slopeAt(distill_mlp_activation kind, const Level &level, long i) {
  return keepsSlope(kind) ? load(level.slopes + i) : slope(kind, load(level.values + i));
}
DISTILL_INLINE vfloat curvatureAt(distill_mlp_activation kind, const Level &level, long i) {
  return keepsSlope(kind) ? load(level.bends + i) : curvature(kind, load(level.values + i));
}
// Replaces z by a at place i, and keeps s′ and s″ there where they are wanted.
DISTILL_INLINE void activateAt(distill_mlp_activation kind, const Level &level, long i) {
  const vfloat z = load(level.values + i);
  if (!level.slopes || !keepsSlope(kind)) return store(level.values + i, activate(kind, z));
  const Curve c = curve(kind, z);
  store(level.values + i, c.value);
  store(level.slopes + i, c.slope);
  if (level.bends) store(level.bends + i, c.curvature);
}
