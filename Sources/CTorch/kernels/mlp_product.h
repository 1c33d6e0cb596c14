// The two matrix products of a multilayer perceptron, in register tiles. Part of mlp_body.h.
// Every element is summed in the order of the inner index, whatever the tile or thread.

// A tile's sums and its factors fit the vector registers: 32 of AVX-512, else 16. Of one vector
// there are more rows, as every sum waits four cycles for its last product.
#ifdef DISTILL_AVX512
constexpr int tileVectors = 4;
#else
constexpr int tileVectors = 2;
#endif
constexpr int tileRows(int vectors) { return vectors == 1 ? 8 : 6; }

// Rows of a panel that stay in the first-level cache while all rows of the left factor pass.
constexpr long depthTogether = tileVectors == 4 ? 128 : 256;

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

// out[r][·] = Σ_n left(n)[r] · right[n][·], added to what `out` holds if asked: R columns of the
// left factor.
template <int R, int V, class Left>
static void outerTile(const Left &left, const float *right, long rightStride, long count, bool adds,
                      float *out, long stride) {
  vfloat sums[R][V];
  for (int v = 0; v < V; ++v)
    for (int r = 0; r < R; ++r) sums[r][v] = adds ? load(out + r * stride + v * lanes) : vfloat{};
  for (long n = 0; n < count; ++n, right += rightStride) {
    const float *a = left(n);
    vfloat row[V];
    for (int v = 0; v < V; ++v) row[v] = load(right + v * lanes);
    for (int r = 0; r < R; ++r) {
      const vfloat factor = broadcast(a[r]);
      for (int v = 0; v < V; ++v) sums[r][v] = fma(factor, row[v], sums[r][v]);
    }
  }
  for (int r = 0; r < R; ++r)
    for (int v = 0; v < V; ++v) store(out + r * stride + v * lanes, sums[r][v]);
}

template <int R, int V, class Body>
DISTILL_INLINE void withRows(int rows, Body &&body) {
  if (rows == R) return body.template operator()<R, V>();
  if constexpr (R > 1) withRows<R - 1, V>(rows, body);
}
// Calls body.operator()<R, V>() with the tile's run-time size as constants.
template <class Body>
DISTILL_INLINE void withTile(int rows, int vectors, Body &&body) {
  if constexpr (tileVectors == 4) {
    if (vectors == 3) return withRows<tileRows(3), 3>(rows, body);
    if (vectors == 4) return withRows<tileRows(4), 4>(rows, body);
  }
  if (vectors == 1) return withRows<tileRows(1), 1>(rows, body);
  withRows<tileRows(2), 2>(rows, body);
}

// Calls body(first, count) for the rows [begin, end) in the fewest tiles, all of about one size.
template <class Body>
DISTILL_INLINE void forTiles(long begin, long end, int vectors, Body &&body) {
  constexpr int one = tileRows(1), more = tileRows(2);
  const int rows = static_cast<int>(end - begin);
  const int tiles = vectors == 1 ? (rows + one - 1) / one : (rows + more - 1) / more;
  int size = vectors == 1 ? one : more, larger = 0;
  if (size * tiles != rows) {
    size = rows / tiles;
    larger = rows - size * tiles;
  }
  for (int tile = 0; tile < tiles; ++tile) {
    const int count = size + (tile < larger);
    body(begin, count);
    begin += count;
  }
}

// Columns that whole vectors cover.
DISTILL_INLINE long whole(long width) { return (width + lanes - 1) / lanes * lanes; }

// Calls body(column, vectors) for the tiles across a panel; what only pads it is left out.
template <class Body>
DISTILL_INLINE void acrossPanel(const Panels &panels, long panel, Body &&body) {
  const long left = std::min(panels.widthOf(panel), panels.columns - panel * panels.width);
  for (long column = 0; column < left; column += tileVectors * lanes) {
    const long vectors = (left - column + lanes - 1) / lanes;
    body(column, static_cast<int>(std::min<long>(vectors, tileVectors)));
  }
}

// out[row][columns of panel] = start + left[row] · right for the rows [begin, end);
// start (a bias, or null) and out have their columns at the matrix's own positions.
static void productPanel(const float *const *left, long begin, long end, const Panels &panels,
                         const float *right, long panel, const float *start, float *out,
                         long stride) {
  const long width = panels.widthOf(panel), first = panel * panels.width;
  const float *data = right + panels.offset(panel);
  // Below that many rows the sums' way to memory and back costs more than the cache gives.
  const long together = end - begin >= 192 ? depthTogether : panels.rows;
  for (long t = 0; t < panels.rows; t += together) {
    const long until = std::min(panels.rows, t + together);
    acrossPanel(panels, panel, [&](long column, int vectors) {
      forTiles(begin, end, vectors, [&](long row, int rows) {
        float *to = out + row * stride + first + column;
        const float *from = t > 0 ? to : start ? start + first + column : nullptr;
        withTile(rows, vectors, [&]<int R, int V>() {
          productTile<R, V>(left + row, t, until, data + column, width, from, t > 0 ? stride : 0,
                            to, stride);
        });
      });
    });
  }
}

// MARK: Packing

// Inputs whose products and update follow each other while all is in the cache: whole tiles, and
// whole squares of the transposed copy.
constexpr long inputsTogether = 48;

// Where row n of `rows` has its input k in a gradient's left factor, [⌈inputs/48⌉, rows, 48]: a
// tile reads its columns of all rows from few pages.
template <class Float>
DISTILL_INLINE Float *packedAt(Float *packed, long rows, long n, long k) {
  const long within = k % inputsTogether;
  return packed + (k - within) * rows + n * inputsTogether + within;
}

// Whether that is worth a copy of a batch's rows: with AVX-512 a tile has time to wait for them.
DISTILL_INLINE bool isPacked(long batch) { return tileVectors < 4 && batch > 40; }

static void packRow(const float *row, long width, float *packed, long rows, long n) {
  long k = 0;
  for (; k + inputsTogether <= width; k += inputsTogether)
    std::memcpy(packedAt(packed, rows, n, k), row + k, inputsTogether * sizeof(float));
  if (k < width) std::memcpy(packedAt(packed, rows, n, k), row + k, (width - k) * sizeof(float));
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
  const Panels &from = layer.panels, &to = layer.transposed;
  for (long panel = block.firstPanel; panel < block.endPanel; ++panel) {
    const long width = from.widthOf(panel), first = panel * from.width;
    const long end = std::min(layer.outputs - first, width);
    for (long k = block.firstInput; k < block.endInput; k += lanes) {
      const float *source = layer.weight[0] + from.offset(panel) + k * width;
      const long toWidth = to.widthOf(k / to.width);
      float *target = back + to.offset(first, k);
      for (long c = 0; c < end; c += lanes) {
        vfloat square[DISTILL_LANES];
        for (int i = 0; i < lanes; ++i)
          square[i] = k + i < layer.inputs ? load(source + i * width + c) : vfloat{};
        transpose(square);
        for (int i = 0; i < lanes && c + i < end; ++i)
          store(target + (c + i) * toWidth, square[i]);
      }
    }
  }
}
