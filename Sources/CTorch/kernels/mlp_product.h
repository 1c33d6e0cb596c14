// The two matrix products of a multilayer perceptron, in register tiles. Part of mlp_body.h.
// Every element is summed in the order of the inner index, whatever the tile or thread.

// A tile of tileRows × tileVectors sums and its factors fit the vector registers: 32 of AVX-512,
// else 16.
#ifdef DISTILL_AVX512
constexpr int tileRows = 6, tileVectors = 4;
#else
constexpr int tileRows = 6, tileVectors = 2;
#endif

// Rows of a panel that stay in the first-level cache while all rows of the left factor pass.
constexpr long depthTogether = 128;

// out[r][·] = start[r][·] + Σ_t left[r][t] · right[t][·] for R rows, V vectors of columns and t in
// [begin, end); the rows of `start` are startStride apart (0: a bias), null means zero.
template <int R, int V>
static void productTile(const float *const *left, long begin, long end, const float *right,
                        long width, const float *start, long startStride, float *out,
                        long stride) {
  vfloat sums[R][V];
  for (int v = 0; v < V; ++v)
    for (int r = 0; r < R; ++r)
      sums[r][v] = start ? load(start + r * startStride + v * lanes) : vfloat{};
  right += begin * width;
  for (long t = begin; t < end; ++t, right += width) {
    vfloat row[V];
    for (int v = 0; v < V; ++v) row[v] = load(right + v * lanes);
    for (int r = 0; r < R; ++r) {
      const vfloat factor = broadcast(left[r][t]);
      for (int v = 0; v < V; ++v) sums[r][v] = fma(factor, row[v], sums[r][v]);
    }
  }
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) store(out + r * stride + v * lanes, sums[r][v]);
}

// out[r][·] = Σ_n left[n][column + r] · right[n][·]: R columns of the left factor.
template <int R, int V>
static void outerTile(const float *const *left, long column, const float *const *right,
                      long rightColumn, long count, float *out, long stride) {
  vfloat sums[R][V] = {};
  for (long n = 0; n < count; ++n) {
    const float *a = left[n] + column, *b = right[n] + rightColumn;
    vfloat row[V];
    for (int v = 0; v < V; ++v) row[v] = load(b + v * lanes);
    for (int r = 0; r < R; ++r) {
      const vfloat factor = broadcast(a[r]);
      for (int v = 0; v < V; ++v) sums[r][v] = fma(factor, row[v], sums[r][v]);
    }
  }
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) store(out + r * stride + v * lanes, sums[r][v]);
}

// Calls body.operator()<R, V>() with the tile's run-time size as constants.
template <int R, class Body>
DISTILL_INLINE void withTile(int rows, int vectors, Body &&body) {
  if (rows == R) {
    if constexpr (tileVectors == 4) {
      switch (vectors) {
        case 1: return body.template operator()<R, 1>();
        case 2: return body.template operator()<R, 2>();
        case 3: return body.template operator()<R, 3>();
        default: return body.template operator()<R, 4>();
      }
    } else {
      return body.template operator()<R, tileVectors>();
    }
  }
  if constexpr (R > 1) withTile<R - 1>(rows, vectors, body);
}

// The vectors of a tile in a panel `width` columns wide: all of a panel with AVX-512.
DISTILL_INLINE int tileVectorsIn(long width) {
  return tileVectors == 4 ? static_cast<int>(width / lanes) : tileVectors;
}

// out[row][columns of panel] = start + left[row] · right for the rows [begin, end);
// start (a bias, or null) and out have their columns at the matrix's own positions.
static void productPanel(const float *const *left, long begin, long end, const Panels &panels,
                         const float *right, long panel, const float *start, float *out,
                         long stride) {
  const long width = panels.widthOf(panel), first = panel * Panels::width;
  const int vectors = tileVectorsIn(width);
  const float *data = right + panels.offset(panel);
  // Below that many rows the sums' way to memory and back costs more than the cache gives.
  const long together = end - begin >= 192 ? depthTogether : panels.rows;
  for (long t = 0; t < panels.rows; t += together) {
    const long until = std::min(panels.rows, t + together);
    for (long row = begin; row < end; row += tileRows) {
      const int rows = static_cast<int>(std::min<long>(tileRows, end - row));
      for (long column = 0; column < width; column += vectors * lanes) {
        float *to = out + row * stride + first + column;
        const float *from = t > 0 ? to : start ? start + first + column : nullptr;
        withTile<tileRows>(rows, vectors, [&]<int R, int V>() {
          productTile<R, V>(left + row, t, until, data + column, width, from, t > 0 ? stride : 0,
                            to, stride);
        });
      }
    }
  }
}

// sums[r][columns of panel] (rows `width` apart) = Σ_n left[n][k + r] · right[n][·], R ≤ tileRows.
static void outerPanel(const float *const *left, long k, int rows, const float *const *right,
                       long panel, long width, long count, float *sums) {
  const int vectors = tileVectorsIn(width);
  for (long column = 0; column < width; column += vectors * lanes)
    withTile<tileRows>(rows, vectors, [&]<int R, int V>() {
      outerTile<R, V>(left, k, right, panel * Panels::width + column, count, sums + column, width);
    });
}

// MARK: Transposing

#if DISTILL_LANES == 16
#define DISTILL_LOWER 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define DISTILL_UPPER 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif DISTILL_LANES == 8
#define DISTILL_LOWER 0, 8, 1, 9, 2, 10, 3, 11
#define DISTILL_UPPER 4, 12, 5, 13, 6, 14, 7, 15
#else
#define DISTILL_LOWER 0, 4, 1, 5
#define DISTILL_UPPER 2, 6, 3, 7
#endif

// Transposes a square of lanes × lanes in registers by log₂(lanes) perfect shuffles of the rows.
DISTILL_INLINE void transpose(vfloat (&rows)[DISTILL_LANES]) {
  for (int round = 1; round < lanes; round *= 2) {
    vfloat shuffled[DISTILL_LANES];
    for (int i = 0; i < lanes / 2; ++i) {
      shuffled[2 * i] = __builtin_shufflevector(rows[i], rows[i + lanes / 2], DISTILL_LOWER);
      shuffled[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + lanes / 2], DISTILL_UPPER);
    }
    for (int i = 0; i < lanes; ++i) rows[i] = shuffled[i];
  }
}
#undef DISTILL_LOWER
#undef DISTILL_UPPER

// A block of a layer's parameters; the borders are multiples of 16 or the layer's own.
struct Block {
  long firstInput, endInput, firstPanel, endPanel;

  static Block all(const Layer &layer) { return {0, layer.inputs, 0, layer.panels.count()}; }
};

// Writes a block of the parameters into `back`, which has the layout layer.transposed.
static void transposeInto(float *back, const Layer &layer, const Block &block) {
  const long first = block.firstPanel * Panels::width;
  const long end = std::min(layer.outputs, block.endPanel * Panels::width);
  for (long k = block.firstInput; k < block.endInput; k += lanes)
    for (long c = first; c < end; c += lanes) {
      vfloat square[DISTILL_LANES];
      for (int i = 0; i < lanes; ++i)
        square[i] = k + i < layer.inputs
                        ? load(layer.weight[0] + layer.panels.offset(k + i, c))
                        : vfloat{};
      transpose(square);
      for (int i = 0; i < lanes && c + i < layer.outputs; ++i)
        store(back + layer.transposed.offset(c + i, k), square[i]);
    }
}
