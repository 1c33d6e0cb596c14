// Products of bfloat16 pairs with Float32 sums (AVX-512 BF16). Part of mlp_evaluate_body.h.
// A pair is two neighbours along the inner index; an odd one has a zero beside it.

// The layer's parameters as pairs: panel by panel, [⌈inputs/2⌉, width, 2].
static std::vector<uint16_t> bfloat16Pairs(const Layer &layer) {
  const Panels &panels = layer.panels;
  const long pairs = (panels.rows + 1) / 2;
  std::vector<uint16_t> result(pairs * 2 * padded(panels.columns));
  for (long panel = 0; panel < panels.count(); ++panel) {
    const long width = panels.widthOf(panel);
    const float *from = layer.weight[0] + panels.offset(panel);
    uint16_t *to = result.data() + panel * panels.width * pairs * 2;
    for (long k = 0; k < panels.rows; ++k)
      for (long c = 0; c < width; c += lanes) {
        const vhalf half = bfloat16(load(from + k * width + c));
        for (int i = 0; i < lanes; ++i) to[(k / 2 * width + c + i) * 2 + k % 2] = half[i];
      }
  }
  return result;
}

static void roundRows(const float *const *rows, long count, long width, uint16_t *out,
                      long stride) {
  for (long n = 0; n < count; ++n) {
    for (long k = 0; k < width; k += lanes) {
      const int left = static_cast<int>(width - k < lanes ? width - k : lanes);
      const __m256bh half = _mm512_cvtneps_pbh((__m512)load(rows[n] + k, left));
      std::memcpy(out + n * stride + k, &half, sizeof half);
    }
  }
}

template <int R, int V>
static void pairTile(const uint16_t *left, long leftStride, long begin, long end,
                     const uint16_t *right, long width, const float *start, long startStride,
                     float *out, long stride) {
  __m512 sums[R][V];
  for (int v = 0; v < V; ++v)
    for (int r = 0; r < R; ++r) sums[r][v] = (__m512)load(start + r * startStride + v * lanes);
  right += 2 * width * begin;
  for (long t = begin; t < end; ++t, right += 2 * width) {
    __m512bh row[V];
    for (int v = 0; v < V; ++v) std::memcpy(&row[v], right + 2 * v * lanes, sizeof row[v]);
    for (int r = 0; r < R; ++r) {
      int32_t pair;
      std::memcpy(&pair, left + r * leftStride + 2 * t, sizeof pair);
      const __m512bh factor = (__m512bh)_mm512_set1_epi32(pair);
      for (int v = 0; v < V; ++v) sums[r][v] = _mm512_dpbf16_ps(sums[r][v], factor, row[v]);
    }
  }
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) store(out + r * stride + v * lanes, (vfloat)sums[r][v]);
}

static void pairProductPanel(const uint16_t *left, long leftStride, long count,
                             const Panels &panels, const uint16_t *right, long panel,
                             const float *start, float *out, long stride) {
  const long width = panels.widthOf(panel), first = panel * panels.width;
  const long pairs = (panels.rows + 1) / 2;
  const uint16_t *data = right + first * pairs * 2;
  for (long t = 0; t < pairs; t += depthTogether) {
    const long until = std::min(pairs, t + depthTogether);
    acrossPanel(panels, panel, [&](long column, int vectors) {
      forTiles(0, count, vectors, [&](long row, int rows) {
        float *to = out + row * stride + first + column;
        withTile(rows, vectors, [&]<int R, int V>() {
          pairTile<R, V>(left + row * leftStride, leftStride, t, until, data + 2 * column, width,
                         t > 0 ? to : start + first + column, t > 0 ? stride : 0, to, stride);
        });
      });
    });
  }
}
