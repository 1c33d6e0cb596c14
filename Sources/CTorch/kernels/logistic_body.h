// Sums of log σ for one instruction set. See every_architecture.h.
//
// log σ(z) = min(z, 0) − log(1 + e⁻|z|), and a sum of logarithms is the logarithm of a product: every
// factor is at most 2, so that 64 of them in a lane stay at 2⁶⁴ or below and one logarithm serves them
// all.

// e⁻ᵐ for m ≥ 0, 2 ulp; from 86 on it stays where it is instead of falling to zero.
DISTILL_INLINE vfloat decay(vfloat m) {
  m = m > 86.0f ? broadcast(86.0f) : m;
  const vfloat shifted = m * -1.44269504f + 12582912.0f;  // 1.5·2²³ rounds to an integer
  const vfloat n = shifted - 12582912.0f;
  vfloat r = fma(n, broadcast(-0.693359375f), -m);
  r = fma(n, broadcast(2.12194440e-4f), r);
  vfloat p = broadcast(1.9875691500e-4f);
  p = fma(p, r, broadcast(1.3981999507e-3f));
  p = fma(p, r, broadcast(8.3334519073e-3f));
  p = fma(p, r, broadcast(4.1665795894e-2f));
  p = fma(p, r, broadcast(1.6666665459e-1f));
  p = fma(p, r, broadcast(5.0000001201e-1f));
  p = fma(p, r * r, r) + 1;
  // The low bits of `shifted` hold n: added to the exponent field they multiply by 2ⁿ.
  return bits((vint)((vuint)bits(p) + ((vuint)bits(shifted) << 23)));
}

// ln x for x in [1, 2⁶⁴], 2 ulp of the largest intermediate: no special cases.
DISTILL_INLINE vfloat logProduct(vfloat x) {
  const vint u = bits(x);
  const vint exponent = (u - 0x3f3504f3) >> 23;  // 0x3f3504f3 is √½
  const vfloat f = bits(u - (exponent << 23)) - 1, square = f * f, n = convert(exponent);
  vfloat p = broadcast(7.0376836292e-2f);
  p = fma(p, f, broadcast(-1.1514610310e-1f));
  p = fma(p, f, broadcast(1.1676998740e-1f));
  p = fma(p, f, broadcast(-1.2420140846e-1f));
  p = fma(p, f, broadcast(1.4249322787e-1f));
  p = fma(p, f, broadcast(-1.6668057665e-1f));
  p = fma(p, f, broadcast(2.0000714765e-1f));
  p = fma(p, f, broadcast(-2.4999993993e-1f));
  p = fma(p, f, broadcast(3.3333331174e-1f));
  vfloat y = fma(f * square, p, n * -2.12194440e-4f);
  y = fma(square, broadcast(-0.5f), y) + f;
  return fma(n, broadcast(0.693359375f), y);
}

// The running parts of a sum of log σ.
struct LogSigmoids {
  vfloat twiceNegative, product, logarithms;

  // Adds log σ(z); returns e⁻|z| and, in `factor`, 1 + e⁻|z|.
  DISTILL_INLINE_MEMBER vfloat add(vfloat z, vfloat &factor) {
    const vfloat magnitude = absolute(z);
    const vfloat e = decay(magnitude);
    factor = e + 1;
    twiceNegative += z - magnitude;  // min(z, 0) is half of z − |z|
    product *= factor;
    return e;
  }
  DISTILL_INLINE_MEMBER void settle() {
    logarithms += logProduct(product);
    product = broadcast(1);
  }
  DISTILL_INLINE_MEMBER double total() {
    settle();
    return sum(twiceNegative * 0.5f - logarithms);
  }
};

DISTILL_INLINE LogSigmoids noLogSigmoids() {
  LogSigmoids sums;
  sums.twiceNegative = sums.logarithms = vfloat{};
  sums.product = broadcast(1);
  return sums;
}

double logisticSum(const float *z, const float *column, float shift, long count) {
  LogSigmoids sums = noLogSigmoids();
  const vfloat step = broadcast(shift);
  const long block = 64 * lanes;
  for (long start = 0; start < count; start += block) {
    if (start > 0) sums.settle();
    const long end = start + block < count ? start + block : count;
    for (long i = start; i < end; i += lanes) {
      vfloat factor;
      sums.add(fma(step, load(column + i), load(z + i)), factor);
    }
  }
  return sums.total();
}

void logisticMove(float *z, const float *column, float shift, long count) {
  const vfloat step = broadcast(shift);
  for (long i = 0; i < count; i += lanes) store(z + i, fma(step, load(column + i), load(z + i)));
}

// Four groups of observations at a time: their logits stay in registers from the first column to the
// last, and their slopes on the way back.
double logisticGradient(const float *offsets, const float *columns, const double *point,
                        long dimension, long count, double *gradient, float *part) {
  constexpr long groups = 4;
  LogSigmoids sums = noLogSigmoids();
  // Lane sums of the gradient are kept in `part`, in single precision over at most 64 groups, and then
  // added up in double.
  for (long j = 0; j < dimension; ++j) {
    store(part + j * lanes, vfloat{});
    gradient[j] = 0;
  }
  long sinceSettled = 0;
  for (long i = 0; i < count; i += groups * lanes) {
    const int here = static_cast<int>(count - i < groups * lanes ? (count - i) / lanes : groups);
    vfloat z[groups];
    for (int g = 0; g < groups; ++g) z[g] = g < here ? load(offsets + i + g * lanes) : broadcast(80);
    for (long j = 0; j < dimension; ++j) {
      const float *column = columns + j * count + i;
      const vfloat weight = broadcast(static_cast<float>(point[j]));
      for (int g = 0; g < here; ++g) z[g] = fma(weight, load(column + g * lanes), z[g]);
    }
    for (int g = 0; g < here; ++g) {
      vfloat factor;
      const vfloat e = sums.add(z[g], factor);
      z[g] = (z[g] < 0 ? broadcast(1) : e) * approximateReciprocal(factor);
    }
    for (long j = 0; j < dimension; ++j) {
      const float *column = columns + j * count + i;
      vfloat dot = load(part + j * lanes);
      for (int g = 0; g < here; ++g) dot = fma(z[g], load(column + g * lanes), dot);
      store(part + j * lanes, dot);
    }
    sinceSettled += groups;
    if (sinceSettled >= 60) {
      sums.settle();
      for (long j = 0; j < dimension; ++j) {
        gradient[j] += sum(load(part + j * lanes));
        store(part + j * lanes, vfloat{});
      }
      sinceSettled = 0;
    }
  }
  for (long j = 0; j < dimension; ++j) gradient[j] += sum(load(part + j * lanes));
  return sums.total();
}
