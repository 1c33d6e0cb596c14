// Vectors of `lanes` floats (16 with AVX-512, 8 with AVX2, 4 otherwise) and elementary functions on
// them, in the compiler's vector language. Included by `every_architecture.h` only, once for every
// instruction set, inside that set's namespace; so it has no `#pragma once` and no includes.
//
// Errors below are the largest found over the whole Float32 range on all instruction sets, in units
// in the last place (ulp), checked by the tests. Infinities and NaN behave as in the C library.
// Subnormal results are exact to half their spacing plus those ulps.

#ifndef DISTILL_INLINE
#define DISTILL_INLINE static inline __attribute__((always_inline))
#endif

constexpr int lanes = DISTILL_LANES;
typedef float vfloat __attribute__((vector_size(4 * DISTILL_LANES)));
typedef int32_t vint __attribute__((vector_size(4 * DISTILL_LANES)));
typedef uint32_t vuint __attribute__((vector_size(4 * DISTILL_LANES)));
typedef uint16_t vhalf __attribute__((vector_size(2 * DISTILL_LANES)));  // bfloat16 bits
typedef float vfloat_unaligned
    __attribute__((vector_size(4 * DISTILL_LANES), aligned(4), may_alias));
typedef uint16_t vhalf_unaligned
    __attribute__((vector_size(2 * DISTILL_LANES), aligned(2), may_alias));

// MARK: Loading, storing, converting

DISTILL_INLINE vfloat broadcast(float x) { return x - vfloat{}; }  // x − 0 is x, also for −0
DISTILL_INLINE vfloat load(const float *p) {
  return *reinterpret_cast<const vfloat_unaligned *>(p);
}
DISTILL_INLINE void store(float *p, vfloat x) { *reinterpret_cast<vfloat_unaligned *>(p) = x; }

// The first `count` lanes (0 ... lanes); the others read as zero without touching their memory.
DISTILL_INLINE vfloat load(const float *p, int count) {
#ifdef DISTILL_AVX512
  return (vfloat)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), p);
#elif defined(DISTILL_AVX2)
  const __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return (vfloat)_mm256_maskload_ps(p, _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lane));
#else
  float lane[DISTILL_LANES] = {};
  for (int i = 0; i < count; ++i) lane[i] = p[i];
  return load(lane);
#endif
}
DISTILL_INLINE void store(float *p, vfloat x, int count) {
#ifdef DISTILL_AVX512
  _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << count) - 1), (__m512)x);
#else
  float lane[DISTILL_LANES];
  store(lane, x);
  for (int i = 0; i < count; ++i) p[i] = lane[i];
#endif
}

DISTILL_INLINE vfloat bits(vint x) { return (vfloat)x; }
DISTILL_INLINE vint bits(vfloat x) { return (vint)x; }
DISTILL_INLINE vfloat convert(vint x) { return __builtin_convertvector(x, vfloat); }
DISTILL_INLINE vint truncate(vfloat x) { return __builtin_convertvector(x, vint); }

// bfloat16 is the upper half of a float; storing rounds to nearest, ties to even (NaN stays NaN).
DISTILL_INLINE vfloat load(const uint16_t *p) {
  return (vfloat)(__builtin_convertvector(*reinterpret_cast<const vhalf_unaligned *>(p), vuint)
                  << 16);
}
DISTILL_INLINE vhalf bfloat16(vfloat x) {
  const vuint u = (vuint)x;
  const vuint rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;
  const vuint quiet = (u >> 16) | 0x40;
  return __builtin_convertvector((vuint)(x == x ? (vint)rounded : (vint)quiet), vhalf);
}
DISTILL_INLINE void store(uint16_t *p, vfloat x) {
  *reinterpret_cast<vhalf_unaligned *>(p) = bfloat16(x);
}

// MARK: Choosing, adding up

DISTILL_INLINE vfloat select(vint mask, vfloat yes, vfloat no) { return mask ? yes : no; }
// When one operand is NaN the second operand is the result.
DISTILL_INLINE vfloat minimum(vfloat a, vfloat b) { return a < b ? a : b; }
DISTILL_INLINE vfloat maximum(vfloat a, vfloat b) { return a > b ? a : b; }
DISTILL_INLINE vfloat absolute(vfloat x) { return bits(bits(x) & 0x7fffffff); }
// a·b + c, fused where the processor can (the kernels are compiled with -ffp-contract=fast).
DISTILL_INLINE vfloat fma(vfloat a, vfloat b, vfloat c) { return a * b + c; }

// Lanes are added in pairs, so the result does not depend on the compiler.
DISTILL_INLINE float sum(vfloat x) {
  float lane[DISTILL_LANES];
  store(lane, x);
  for (int width = lanes / 2; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) lane[i] += lane[i + width];
  return lane[0];
}
DISTILL_INLINE float maximum(vfloat x) {
  float lane[DISTILL_LANES];
  store(lane, x);
  for (int width = lanes / 2; width > 0; width /= 2)
    for (int i = 0; i < width; ++i) lane[i] = lane[i] > lane[i + width] ? lane[i] : lane[i + width];
  return lane[0];
}

// MARK: Roots and quotients

DISTILL_INLINE vfloat squareRoot(vfloat x) {
#if defined(DISTILL_AVX512)
  return (vfloat)_mm512_sqrt_ps((__m512)x);
#elif defined(DISTILL_AVX2)
  return (vfloat)_mm256_sqrt_ps((__m256)x);
#else
  for (int i = 0; i < lanes; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
#endif
}
// 1/x to 2 ulp for normal x and 1/x; not for zero or infinite x. One Newton step from a 14-bit
// estimate, a cubic one from a 12-bit estimate, a division where there is none.
DISTILL_INLINE vfloat approximateReciprocal(vfloat x) {
#ifdef DISTILL_AVX512
  const vfloat estimate = (vfloat)_mm512_rcp14_ps((__m512)x);
  return fma(estimate, fma(-x, estimate, broadcast(1)), estimate);
#elif defined(DISTILL_AVX2)
  const vfloat estimate = (vfloat)_mm256_rcp_ps((__m256)x);
  const vfloat error = fma(-x, estimate, broadcast(1));
  return fma(estimate, fma(error, error, error), estimate);
#else
  return 1 / x;
#endif
}
// 1/√x to 2 ulp for normal x; not for zero.
DISTILL_INLINE vfloat approximateReciprocalSquareRoot(vfloat x) {
#ifdef DISTILL_AVX512
  const vfloat estimate = (vfloat)_mm512_rsqrt14_ps((__m512)x);
  const vfloat error = fma(x * estimate, -estimate, broadcast(1));
  return fma(estimate * 0.5f, error, estimate);
#elif defined(DISTILL_AVX2)
  const vfloat estimate = (vfloat)_mm256_rsqrt_ps((__m256)x);
  const vfloat error = fma(x * estimate, -estimate, broadcast(1));
  return fma(estimate * error, fma(broadcast(0.375f), error, broadcast(0.5f)), estimate);
#else
  return 1 / squareRoot(x);
#endif
}

// MARK: Exponential and logarithm

// 2ⁿ·x for integral n in [-300, 300], in two steps so that subnormal results round once.
DISTILL_INLINE vfloat scaleByPowerOfTwo(vfloat x, vfloat n) {
#ifdef DISTILL_AVX512
  return (vfloat)_mm512_scalef_ps((__m512)x, (__m512)n);
#else
  const vint whole = truncate(n), half = whole >> 1;
  return x * bits((half + 127) << 23) * bits((whole - half + 127) << 23);
#endif
}
// eˣ, 1 ulp: x = n·ln 2 + r, |r| ≤ ½ ln 2, degree-7 polynomial (Moshier's Cephes).
DISTILL_INLINE vfloat exp(vfloat x) {
  x = x < -104.0f ? broadcast(-104.0f) : x;
  x = x > 89.0f ? broadcast(89.0f) : x;
  const vfloat shifted = x * 1.44269504f + 12582912.0f;  // 1.5·2²³ rounds to an integer
  const vfloat n = shifted - 12582912.0f;
  vfloat r = fma(n, broadcast(-0.693359375f), x);
  r = fma(n, broadcast(2.12194440e-4f), r);
  vfloat p = broadcast(1.9875691500e-4f);
  p = fma(p, r, broadcast(1.3981999507e-3f));
  p = fma(p, r, broadcast(8.3334519073e-3f));
  p = fma(p, r, broadcast(4.1665795894e-2f));
  p = fma(p, r, broadcast(1.6666665459e-1f));
  p = fma(p, r, broadcast(5.0000001201e-1f));
  p = fma(p, r * r, r) + 1;
  return scaleByPowerOfTwo(p, n);
}
// ln x, 1 ulp: x = 2ⁿ·m with m in [√½, √2), degree-9 polynomial in m − 1 (Cephes).
DISTILL_INLINE vfloat log(vfloat x) {
  const vint small = x < 1.17549435e-38f;
  const vfloat scaled = small ? x * 8388608.0f : x;
  const vint u = bits(scaled);
  const vint exponent = (u - 0x3f3504f3) >> 23;  // 0x3f3504f3 is √½
  const vfloat m = bits(u - (exponent << 23));
  const vfloat n = convert(exponent) - (small ? broadcast(23) : broadcast(0));
  const vfloat f = m - 1, square = f * f;
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
  y = fma(n, broadcast(0.693359375f), y);
  y = x == __builtin_inff() ? x : y;
  y = x == 0 ? broadcast(-__builtin_inff()) : y;
  return x >= 0 ? y : broadcast(__builtin_nanf(""));
}
// ln(1 + x) for x > −1, 2 ulp: the rounding of 1 + x is put back.
DISTILL_INLINE vfloat log1p(vfloat x) {
  const vfloat u = 1 + x;
  const vfloat correction = (x - (u - 1)) / u;
  return u == __builtin_inff() ? x : log(u) + (u > 0 ? correction : broadcast(0));
}

// MARK: Sigmoids

// 1/(1 + e⁻ˣ), 3 ulp, also where it is tiny.
DISTILL_INLINE vfloat sigmoid(vfloat x) {
  const vfloat e = exp(-absolute(x));
  const vfloat large = 1 / (1 + e);
  return x < 0 ? e * large : large;
}
// ln(1 + eˣ), 2 ulp: max(x, 0) + ln(1 + e⁻|ˣ|).
DISTILL_INLINE vfloat softplus(vfloat x) {
  return (x < 0 ? broadcast(0) : x) + log1p(exp(-absolute(x)));
}
// tanh x, 2 ulp: an odd polynomial below 0.625, 1 − 2/(e²ˣ + 1) above (Cephes).
DISTILL_INLINE vfloat tanh(vfloat x) {
  const vfloat size = absolute(x), square = x * x;
  vfloat p = broadcast(-5.70498872745e-3f);
  p = fma(p, square, broadcast(2.06390887954e-2f));
  p = fma(p, square, broadcast(-5.37397155531e-2f));
  p = fma(p, square, broadcast(1.33314422036e-1f));
  p = fma(p, square, broadcast(-3.33332819422e-1f));
  const vfloat near = fma(p * square, x, x);
  const vfloat far = 1 - 2 / (exp(size + size) + 1);
  const vfloat signedFar = bits(bits(far) | (bits(x) & (int32_t)0x80000000));
  return size < 0.625f ? near : signedFar;
}


