/* Dense layers and convolutions. Images are [height, width, channels]. Outputs are computed in blocks
   of 8, several pixels at a time, each a sum in the order of its inputs. */

struct operation {
  int kind, activation, in, out, other, channels, height, width, filters, out_height, out_width,
      window_height, window_width, down, right, top, left, groups, weights, biases, hidden;
};

/* The floats of a vector: 8, 4 or, for the smallest code, 1. */
#ifndef STUDENT_LANES
#if defined(__GNUC__) && defined(__x86_64__)
#define STUDENT_LANES 8
#elif defined(__GNUC__) && (defined(__ARM_NEON) || defined(__wasm_simd128__))
#define STUDENT_LANES 4
#else
#define STUDENT_LANES 1
#endif
#endif
#define WIDTH STUDENT_LANES

#if WIDTH > 1
typedef float lanes __attribute__((vector_size(4 * WIDTH), aligned(4), may_alias));
typedef int mask __attribute__((vector_size(4 * WIDTH)));
/* What is no number stays none. */
#define RELU(x) ((lanes)((mask)(x) & ~(mask)((x) < (lanes){0})))
#else
typedef float lanes;
#define RELU(x) ((x) < 0 ? 0 : (x))
#endif
#define LOAD(place) (*(const lanes *)(place))
#define STORE(place, x) (*(lanes *)(place) = (x))

#ifdef __GNUC__
#define INLINE static inline __attribute__((always_inline))
#define EACH(i, count) _Pragma("GCC unroll 16") for (int i = 0; i < (count); i++)
#else
#define INLINE static inline
#define EACH(i, count) for (int i = 0; i < (count); i++)
#endif

/* What there is code for: tiles of some pixels, of which `most` fit the registers, and blocks of outputs,
   blocks where there is one pixel, and channels each by itself. A file of one student says what it has. */
#ifndef HAS_TILE
#define HAS_TILE(most, pixels, blocks) 1
#define HAS_BLOCKS(blocks) 1
#define HAS_ROW(blocks) 1
#define HAS_STRIPS 1
#endif

/* Columns of a window that the same pixels of a tile have inside the image, a bit each. */
struct stretch { int column, columns, inside; };

/* The same pointer, of which a compiler does not know that it is. */
INLINE const float *again(const float *place) {
#ifdef __GNUC__
  __asm__ volatile("" : "+r"(place));
#endif
  return place;
}

/* What lies outside an image. */
static const float zeros[256];

/* Adds products of inputs that lie side by side, and of weights, to the sums of some pixels. Sums and
   factors fill the registers; the last factor is read for each pixel where a value would have none. */
INLINE void add(lanes sums[][64 / WIDTH], const float *const source[], int count, const float *w,
                int apart, const int pixels, const int parts) {
#define PLACE(b) (w + (b) * WIDTH / 8 * apart + (b) * WIDTH % 8)
  const int kept = WIDTH == 8 && parts > 2 && pixels > 1 ? parts - 1 : parts;
  for (int i = 0; i < count; i++, w += 8) {
    lanes factors[64 / WIDTH];
    EACH(b, kept) factors[b] = LOAD(PLACE(b));
    EACH(p, pixels) {
      float value = source[p][i];
      EACH(b, kept) sums[p][b] += factors[b] * value;
      if (kept < parts) sums[p][kept] += LOAD(again(PLACE(kept))) * value;
    }
  }
#undef PLACE
}

/* The same of those pixels that are inside. */
INLINE void add_inside(lanes sums[][64 / WIDTH], const float *in, int step, int count, const float *w,
                       int apart, int inside, const int pixels, const int parts) {
  const int all = (1 << pixels) - 1, apply = pixels > 3 && parts > 8 / WIDTH;
  const float *source[8];
  EACH(p, pixels) source[p] = in + p * step;
  if (pixels == 1 || (apply && inside == all)) add(sums, source, count, w, apart, pixels, parts);
  else if (apply && inside == all - 1) add(sums + 1, source + 1, count, w, apart, pixels - 1, parts);
  else if (apply && inside == all / 2) add(sums, source, count, w, apart, pixels - 1, parts);
  else
    for (int start = 0; start < count; start += 256) {
      int some = inside == all || count - start < 256 ? count - start : 256;
      EACH(p, pixels) source[p] = inside >> p & 1 ? in + p * step + start : zeros;
      add(sums, source, some, w + start * 8, apart, pixels, parts);
      if (inside == all) break;
    }
}

/* Some pixels of every row, and some blocks of a group's outputs from one on. */
INLINE void tile(const struct operation *o, const float *numbers, const float *in, float *out,
                 int group, int block, int x, const int pixels, const int blocks) {
  const int parts = blocks * 8 / WIDTH;
  int channels = o->channels / o->groups, filters = o->filters / o->groups;
  int apart = o->window_height * o->window_width * channels * 8;
  int index = group * ((filters + 7) / 8) + block;
  const float *weights = numbers + o->weights + index * apart;
  const float *biases = numbers + o->biases + 8 * index;
  int first = x * o->right - o->left, count = 0;
  int step = o->out_width > 1 ? o->right * o->channels : 0;
  /* Each pixel enters the image once and leaves it once. */
  struct stretch stretches[17];
  for (int column = 0, former = 0; column < o->window_width; column++) {
    int inside = 0;
    EACH(p, pixels) {
      int place = first + column + p * o->right;
      inside |= (place >= 0 && place < o->width) << p;
    }
    if (inside && inside == former) stretches[count - 1].columns++;
    else if (inside) stretches[count++] = (struct stretch){column, 1, inside};
    former = inside;
  }
  for (int y = 0; y < o->out_height; y++) {
    lanes sums[8][64 / WIDTH];
    EACH(p, pixels) EACH(b, parts) sums[p][b] = LOAD(biases + b * WIDTH);
    for (int row = 0; row < o->window_height; row++) {
      int from = y * o->down - o->top + row;
      if (from < 0 || from >= o->height) continue;
      for (int s = 0; s < count; s++) {
        int column = stretches[s].column, inside = stretches[s].inside;
        const float *source = in + (from * o->width + first + column) * o->channels + group * channels;
        const float *w = weights + (row * o->window_width + column) * channels * 8;
        /* Without groups the inputs of neighbouring columns lie side by side. */
        int runs = o->groups == 1 ? 1 : stretches[s].columns;
        int length = stretches[s].columns / runs * channels;
        for (int run = 0; run < runs; run++, source += o->channels, w += length * 8)
          add_inside(sums, source, step, length, w, apart, inside, pixels, parts);
      }
    }
    int left = filters - 8 * block;
    EACH(p, pixels) {
      float *result = out + (y * o->out_width + x + p) * o->filters + group * filters + 8 * block;
      float some[64], *target = left < 8 * blocks ? some : result;
      EACH(b, parts) STORE(target + b * WIDTH, o->activation == 1 ? RELU(sums[p][b]) : sums[p][b]);
      if (target == some)
        for (int i = 0; i < left; i++) result[i] = some[i];
    }
  }
}

/* All pixels of some blocks of outputs, of a row about as many at once. */
INLINE void tiles(const struct operation *o, const float *numbers, const float *in, float *out,
                  int group, int block, const int most, const int blocks) {
  int count = (o->out_width + most - 1) / most;
  for (int t = 0, x = 0; t < count; t++) {
    int pixels = (o->out_width - x + count - t - 1) / (count - t);
#define TILE(n) \
  case n: \
    if (HAS_TILE(most, n, blocks) && n <= most) tile(o, numbers, in, out, group, block, x, n, blocks); \
    break;
    switch (pixels) { TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) }
#undef TILE
    x += pixels;
  }
}

/* A dense layer or a convolution. */
INLINE void products(const struct operation *o, const float *numbers, const float *in, float *out,
                     const int pixels, const int blocks, const int row) {
  int all = (o->filters / o->groups + 7) / 8, one = o->out_width * o->out_height == 1;
  for (int group = 0; group < o->groups; group++)
    for (int block = 0, n; block < all; block += n) {
      int left = all - block, most = one ? row : blocks, count = (left + most - 1) / most;
      n = (left + count - 1) / count;
      /* Three are not worth the code where four fit. */
      if (!one && n == 3 && blocks == 4) n = left > 3 ? 4 : 2;
#define ROW(n) \
  case n: if (HAS_ROW(n) && n <= row) tile(o, numbers, in, out, group, block, 0, 1, n); break;
#define TILES(n) \
  case n: \
    if (HAS_BLOCKS(n) && n <= blocks && (n != 3 || blocks == 3)) \
      tiles(o, numbers, in, out, group, block, pixels, n); \
    break;
      if (one) switch (n) { ROW(1) ROW(2) ROW(3) ROW(4) ROW(5) ROW(6) ROW(7) ROW(8) }
      else switch (n) { TILES(1) TILES(2) TILES(3) TILES(4) }
#undef ROW
#undef TILES
    }
}

/* Some pixels of a row of a convolution whose channels are each by itself. The input is read to the
   end of a vector. */
INLINE void strip(const struct operation *o, const float *numbers, const float *in, float *out, int y,
                  int x, const int pixels) {
  int padded = (o->channels + 7) / 8 * 8;
  for (int channel = 0; channel < o->channels; channel += WIDTH) {
    const float *weights = numbers + o->weights + channel;
    lanes sums[4];
    EACH(p, pixels) sums[p] = LOAD(numbers + o->biases + channel);
    for (int row = 0; row < o->window_height; row++) {
      int from = y * o->down - o->top + row;
      if (from < 0 || from >= o->height) continue;
      for (int column = 0; column < o->window_width; column++) {
        lanes factor = LOAD(weights + (row * o->window_width + column) * padded);
        EACH(p, pixels) {
          int place = (x + p) * o->right - o->left + column;
          if (place >= 0 && place < o->width)
            sums[p] += factor * LOAD(in + (from * o->width + place) * o->channels + channel);
        }
      }
    }
    int left = o->channels - channel;
    EACH(p, pixels) {
      float *result = out + (y * o->out_width + x + p) * o->channels + channel;
      float some[WIDTH], *target = left < WIDTH ? some : result;
      STORE(target, o->activation == 1 ? RELU(sums[p]) : sums[p]);
      if (target == some)
        for (int i = 0; i < left; i++) result[i] = some[i];
    }
  }
}

/* An operation with weights; what follows it is done where it is ReLU. */
INLINE void multiply_within(const struct operation *o, const float *numbers, float *workspace,
                            const int pixels, const int blocks, const int row) {
  const float *in = workspace + o->in;
  float *out = workspace + o->out;
  if (o->kind != 8) products(o, numbers, in, out, pixels, blocks, row);
  else if (HAS_STRIPS)
    for (int y = 0; y < o->out_height; y++) {
      int x = 0;
      for (; WIDTH > 1 && x + 4 <= o->out_width; x += 4) strip(o, numbers, in, out, y, x, 4);
      for (; x < o->out_width; x++) strip(o, numbers, in, out, y, x, 1);
    }
}

/* How many pixels, blocks of outputs and, where there is one pixel, blocks of outputs fit the
   registers. */
#if WIDTH == 8
#ifdef __clang__
#define WITH(features) __attribute__((target(features)))
#else
#define WITH(features) __attribute__((target(features), optimize("fp-contract=fast")))
#endif
WITH("avx2,fma,avx512f,avx512vl,avx512dq")
static void multiply_with_avx512(const struct operation *o, const float *numbers, float *workspace) {
  multiply_within(o, numbers, workspace, 7, 4, 8);
}
WITH("avx2,fma")
static void multiply_with_avx2(const struct operation *o, const float *numbers, float *workspace) {
  multiply_within(o, numbers, workspace, 4, 3, 8);
}
static void multiply(const struct operation *o, const float *numbers, float *workspace) {
  if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    multiply_with_avx512(o, numbers, workspace);
  else if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    multiply_with_avx2(o, numbers, workspace);
  else
    multiply_within(o, numbers, workspace, 4, 1, 8);
}
#else
static void multiply(const struct operation *o, const float *numbers, float *workspace) {
  if (WIDTH == 4) multiply_within(o, numbers, workspace, 6, 2, 8);
  else multiply_within(o, numbers, workspace, 1, 1, 1);
}
#endif
